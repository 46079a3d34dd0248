import { ALNUM } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Vercel';
const url = 'https://vercel.com/docs/rest-api#authentication';
const remedy = 'Delete the token in the Vercel account settings and make a new one with a smaller scope.';

export const vercelRules = [
  prefixed({
    id: 'vercel-token',
    vendor,
    title: 'Vercel token of a person, an integration, an app or the AI gateway',
    severity: 'high',
    url,
    remedy,
    prefix: ['vcp_', 'vci_', 'vca_', 'vcr_', 'vck_'],
    parts: [run(ALNUM, 56)],
  }),
  keyed({
    id: 'vercel-legacy-token',
    vendor,
    title: 'Vercel token of the old form',
    severity: 'high',
    url,
    remedy,
    keywords: ['vercel_token', 'vercel-token', 'verceltoken', 'vercel_api', 'vercel_access', 'now_token'],
    parts: [run(ALNUM, 24)],
    maxDistance: 24,
  }),
];
