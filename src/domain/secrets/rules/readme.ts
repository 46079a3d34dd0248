import { LOWER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const readmeRules = [
  prefixed({
    id: 'readme-api-key',
    vendor: 'ReadMe',
    title: 'ReadMe API key',
    severity: 'high',
    url: 'https://docs.readme.com/main/reference/authentication',
    remedy: 'Delete the key in the ReadMe project settings and make a new one.',
    prefix: 'rdme_',
    parts: [run(LOWER_ALNUM, 70)],
  }),
];
