import { URL_SAFE } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { narrowed } from '../build/narrow.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'Fastly';
const url =
  'https://www.fastly.com/documentation/guides/organizations-and-accounts/personal-user-profiles/managing-your-personal-api-tokens';
const remedy = 'Revoke the token under API tokens of the Fastly account and make a new one.';

export const fastlyRules = [
  narrowed(
    keyed({
      id: 'fastly-api-token',
      vendor,
      title: 'Fastly API token',
      severity: 'critical',
      url,
      remedy,
      keywords: ['fastly'],
      parts: [run(URL_SAFE, 32)],
      verify: mixedOnly,
    }),
    { wants: ['key', 'token', 'secret'] },
  ),
];
