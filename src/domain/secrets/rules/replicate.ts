import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const replicateRules = [
  prefixed({
    id: 'replicate-api-token',
    vendor: 'Replicate',
    title: 'Replicate API token',
    severity: 'high',
    url: 'https://replicate.com/docs/topics/security/api-tokens',
    remedy: 'Disable the token in the Replicate account settings and make a new one.',
    prefix: 'r8_',
    parts: [run(ALNUM, 37)],
  }),
];
