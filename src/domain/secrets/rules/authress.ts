import { alphabet, BASE64, LOWER_ALNUM, PADDING } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { oneOf, run } from '../shape.ts';

const vendor = 'Authress';
const url = 'https://authress.io/knowledge-base/docs/authorization/service-clients/access-keys';
const remedy = 'Delete the access key of the service client in Authress and create a new one.';
const ACCOUNT = alphabet('lower-alnum-dash', `${LOWER_ALNUM.chars}-`);
const KEY = alphabet('base64-any', `${BASE64.chars}_-`);

export const authressRules = [
  prefixed({
    id: 'authress-access-key',
    vendor,
    title: 'Authress service client access key',
    severity: 'high',
    url,
    remedy,
    prefix: ['sc_', 'ext_', 'scauth_', 'authress_'],
    parts: [
      run(LOWER_ALNUM, 5, 30),
      '.',
      run(LOWER_ALNUM, 4, 6),
      oneOf('.acc_', '.acc-'),
      run(ACCOUNT, 10, 32),
      '.',
      run(KEY, 30, 120),
      run(PADDING, 0, 2),
    ],
  }),
];
