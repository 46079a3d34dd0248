import { ALNUM, URL_SAFE } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { narrowed } from '../build/narrow.ts';
import { prefixed } from '../build/prefixed.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'Netlify';
const url = 'https://docs.netlify.com/api/get-started/';
const remedy = 'Revoke the token under Applications in the Netlify user settings and make a new one.';

export const netlifyRules = [
  prefixed({
    id: 'netlify-personal-access-token',
    vendor,
    title: 'Netlify personal access token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'nfp_',
    parts: [run(ALNUM, 36)],
  }),
  narrowed(
    keyed({
      id: 'netlify-legacy-access-token',
      vendor,
      title: 'Netlify access token (legacy)',
      severity: 'critical',
      url,
      remedy,
      keywords: ['netlify'],
      parts: [run(URL_SAFE, 43)],
      verify: mixedOnly,
    }),
    { wants: ['token', 'key', 'secret', 'auth'] },
  ),
];
