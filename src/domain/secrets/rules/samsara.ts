import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const samsaraRules = [
  prefixed({
    id: 'samsara-api-token',
    vendor: 'Samsara',
    title: 'Samsara API token',
    severity: 'high',
    url: 'https://developers.samsara.com/docs/authentication',
    remedy: 'Delete the token in the Samsara dashboard and make a new one with fewer scopes.',
    prefix: 'samsara_api_',
    parts: [run(ALNUM, 30)],
  }),
];
