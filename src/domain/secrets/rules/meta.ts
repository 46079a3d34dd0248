import { ALNUM, BASE64, DIGITS, HEX, URL_SAFE } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { narrowed } from '../build/narrow.ts';
import { prefixed } from '../build/prefixed.ts';
import { mixedOnly } from '../build/verify.ts';
import type { SecretRule } from '../rule.ts';
import { OPEN, run } from '../shape.ts';

const vendor = 'Meta';
const url = 'https://developers.facebook.com/docs/facebook-login/guides/access-tokens/';
const remedy = 'Invalidate the token in the Access Token tool, or reset the secret of the app.';

const LONGEST = 64;
const BLOB = 40;

/** Base64 data holds every three letters somewhere; a token does not go on beyond a plus or slash. */
function outsideBase64(rule: SecretRule): SecretRule {
  const check: SecretRule['check'] = (bytes, start, end, reading) => {
    if (start - reading.runStart(BASE64, start, LONGEST) >= BLOB) return undefined;
    const seen = [rule.check(bytes, start, end, reading) ?? []].flat();
    return seen.filter((one) => reading.runEnd(BASE64, one.end) - one.end < BLOB);
  };
  return { ...rule, check };
}

export const metaRules = [
  outsideBase64(
    prefixed({
      id: 'meta-access-token',
      vendor,
      title: 'Facebook or Meta access token',
      severity: 'high',
      url,
      remedy,
      prefix: 'EAA',
      parts: [run(ALNUM, 100, OPEN)],
      verify: mixedOnly,
    }),
  ),
  keyed({
    id: 'meta-app-token',
    vendor,
    title: 'Facebook app access or client token',
    severity: 'high',
    url,
    remedy,
    keywords: ['facebook', 'fb_app', 'fb_token', 'instagram', 'access_token'],
    parts: [run(DIGITS, 15, 16), '|', run(URL_SAFE, 27)],
  }),
  narrowed(
    keyed({
      id: 'meta-app-secret',
      vendor,
      title: 'Facebook or Instagram app secret',
      severity: 'critical',
      url: 'https://developers.facebook.com/docs/facebook-login/security/',
      remedy: 'Reset the app secret under Basic settings of the app.',
      keywords: ['facebook', 'fb_app', 'fb-app', 'fbapp', 'fb_secret', 'fb_client', 'instagram'],
      parts: [run(HEX, 32)],
    }),
    { wants: ['secret'] },
  ),
];
