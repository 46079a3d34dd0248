import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const perplexityRules = [
  prefixed({
    id: 'perplexity-api-key',
    vendor: 'Perplexity',
    title: 'Perplexity API key',
    severity: 'high',
    url: 'https://docs.perplexity.ai/guides/api-key-management',
    remedy: 'Revoke the key in the API section of the Perplexity settings and make a new one.',
    prefix: 'pplx-',
    parts: [run(ALNUM, 48)],
  }),
];
