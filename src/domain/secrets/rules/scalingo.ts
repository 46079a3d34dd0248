import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const scalingoRules = [
  prefixed({
    id: 'scalingo-api-token',
    vendor: 'Scalingo',
    title: 'Scalingo API token',
    severity: 'high',
    url: 'https://developers.scalingo.com/tokens',
    remedy: 'Delete the token in the Scalingo profile and make a new one.',
    prefix: 'tk-us-',
    parts: [run(URL_SAFE, 48)],
  }),
];
