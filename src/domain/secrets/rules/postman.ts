import { HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const postmanRules = [
  prefixed({
    id: 'postman-api-key',
    vendor: 'Postman',
    title: 'Postman API key',
    severity: 'high',
    url: 'https://learning.postman.com/docs/developer/postman-api/authentication/',
    remedy: 'Revoke the key in the Postman account settings and make a new one.',
    prefix: 'PMAK-',
    parts: [run(HEX, 24), '-', run(HEX, 34)],
  }),
];
