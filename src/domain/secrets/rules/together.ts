import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const togetherRules = [
  prefixed({
    id: 'together-api-key',
    vendor: 'Together AI',
    title: 'Together AI API key',
    severity: 'high',
    url: 'https://docs.together.ai/docs/quickstart',
    remedy: 'Regenerate the key in the Together AI settings.',
    prefix: 'tgp_v1_',
    parts: [run(URL_SAFE, 43)],
  }),
];
