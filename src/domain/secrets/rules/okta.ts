import { URL_SAFE } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'Okta';
const url = 'https://developer.okta.com/docs/guides/create-an-api-token/main/';
const remedy = 'Revoke the token under API, Tokens, in the Okta admin console and make a new one.';

export const oktaRules = [
  keyed({
    id: 'okta-api-token',
    vendor,
    title: 'Okta API token',
    severity: 'critical',
    url,
    remedy,
    keywords: ['okta', 'ssws'],
    parts: ['00', run(URL_SAFE, 40)],
    verify: mixedOnly,
  }),
];
