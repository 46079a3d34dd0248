import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const typeformRules = [
  prefixed({
    id: 'typeform-personal-token',
    vendor: 'Typeform',
    title: 'Typeform personal access token',
    severity: 'high',
    url: 'https://www.typeform.com/developers/get-started/personal-access-token/',
    remedy: 'Delete the token in the Typeform account settings and make a new one with fewer scopes.',
    prefix: 'tfp_',
    parts: [run(URL_SAFE, 59)],
  }),
];
