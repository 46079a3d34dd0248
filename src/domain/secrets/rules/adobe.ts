import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Adobe';
const url = 'https://developer.adobe.com/developer-console/docs/guides/authentication/';
const remedy = 'Rotate the client secret in the Adobe Developer Console and delete the old one.';

export const adobeRules = [
  prefixed({
    id: 'adobe-client-secret',
    vendor,
    title: 'Adobe OAuth client secret',
    severity: 'high',
    url,
    remedy,
    prefix: 'p8e-',
    parts: [run(URL_SAFE, 32)],
  }),
];
