import { URL_SAFE } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'Bitrise';
const url = 'https://docs.bitrise.io/en/bitrise-platform/accounts/personal-access-tokens';
const remedy = 'Revoke the token in the Bitrise security settings and create a new one.';

export const bitriseRules = [
  keyed({
    id: 'bitrise-access-token',
    vendor,
    title: 'Bitrise access token',
    severity: 'high',
    url,
    remedy,
    keywords: ['bitrise'],
    parts: [run(URL_SAFE, 60, 120)],
    verify: mixedOnly,
  }),
];
