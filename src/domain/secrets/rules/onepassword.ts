import { alphabet, BASE64, PADDING, UPPER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { variants } from '../build/variants.ts';
import { holdsJson } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = '1Password';
const TOKEN = alphabet('base64-any', `${BASE64.chars}_-`);

const secretKey = {
  id: 'onepassword-secret-key',
  vendor,
  title: '1Password secret key',
  severity: 'critical',
  url: 'https://support.1password.com/secret-key/',
  remedy: 'Generate a new secret key in the 1Password account settings.',
  prefix: 'A3-',
} as const;
const tail = ['-', run(UPPER_ALNUM, 5), '-', run(UPPER_ALNUM, 5), '-', run(UPPER_ALNUM, 5)];

export const onepasswordRules = [
  prefixed({
    id: 'onepassword-service-account-token',
    vendor,
    title: '1Password service account token',
    severity: 'critical',
    url: 'https://developer.1password.com/docs/service-accounts/',
    remedy: 'Rotate the token of the service account in 1Password and change the items it could read.',
    prefix: 'ops_eyJ',
    parts: [run(TOKEN, 250, 3000), run(PADDING, 0, 2)],
    verify: holdsJson('ops_'.length, 'signInAddress'),
  }),
  variants(
    prefixed({ ...secretKey, parts: [run(UPPER_ALNUM, 6), '-', run(UPPER_ALNUM, 11), ...tail] }),
    prefixed({
      ...secretKey,
      parts: [run(UPPER_ALNUM, 6), '-', run(UPPER_ALNUM, 6), '-', run(UPPER_ALNUM, 5), ...tail],
    }),
  ),
];
