import { ALNUM, LOWER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Paddle';
const url = 'https://developer.paddle.com/api-reference/about/api-keys';
const parts = [run(LOWER_ALNUM, 26), '_', run(ALNUM, 22), '_', run(ALNUM, 3)];

export const paddleRules = [
  prefixed({
    id: 'paddle-live-api-key',
    vendor,
    title: 'Paddle API key (live)',
    severity: 'critical',
    url,
    remedy: 'Revoke the key in Paddle under Developer tools and make a new one with fewer permissions.',
    prefix: 'pdl_live_apikey_',
    parts,
  }),
  prefixed({
    id: 'paddle-sandbox-api-key',
    vendor,
    title: 'Paddle API key (sandbox)',
    severity: 'low',
    url,
    remedy: 'Revoke the key in the Paddle sandbox if others use it too.',
    prefix: 'pdl_sdbx_apikey_',
    parts,
  }),
];
