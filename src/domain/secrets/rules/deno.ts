import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Deno Deploy';
const url = 'https://docs.deno.com/deploy/';
const remedy = 'Revoke the token in the Deno Deploy settings and create a new one.';

export const denoRules = [
  prefixed({
    id: 'deno-deploy-token',
    vendor,
    title: 'Deno Deploy account or organisation token',
    severity: 'high',
    url,
    remedy,
    prefix: ['ddp_', 'ddo_'],
    parts: [run(ALNUM, 36)],
  }),
];
