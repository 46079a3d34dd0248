import { DIGITS, LOWER_ALNUM, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import type { SecretRule } from '../rule.ts';
import { OPEN, oneOf, run } from '../shape.ts';

const vendor = 'Google';
const url = 'https://cloud.google.com/docs/authentication/api-keys';
const remedy = 'Delete or restrict the key under APIs and Services, Credentials, in the Google Cloud console.';

/** What stands around a key in the configuration that Firebase gives to browsers and phones, where it is public. */
const CLIENT_CONFIG = [
  'authdomain',
  'messagingsenderid',
  'mobilesdk_app_id',
  'current_key',
  'gcm_sender_id',
  'firebaseapp.com',
];
const NEARBY = 400;

function publicInFirebase(rule: SecretRule): SecretRule {
  const check: SecretRule['check'] = (bytes, start, end, reading) => {
    const seen = [rule.check(bytes, start, end, reading) ?? []].flat();
    if (seen.length === 0) return undefined;
    const around = reading
      .text(Math.max(reading.from, start - NEARBY), Math.min(reading.to, end + NEARBY))
      .toLowerCase();
    if (!CLIENT_CONFIG.some((word) => around.includes(word))) return seen;
    return seen.map((one) => ({ ...one, severity: 'info' }));
  };
  return { ...rule, check };
}

export const googleRules = [
  publicInFirebase(
    prefixed({
      id: 'google-api-key',
      vendor,
      title: 'Google API key',
      severity: 'high',
      url,
      remedy,
      prefix: 'AIza',
      parts: [run(URL_SAFE, 35)],
    }),
  ),
  prefixed({
    id: 'google-gemini-key',
    vendor,
    title: 'Google Gemini API key (express mode)',
    severity: 'high',
    url: 'https://ai.google.dev/gemini-api/docs/api-key',
    remedy,
    prefix: 'AQ.Ab8RN6',
    parts: [run(URL_SAFE, 44)],
  }),
  prefixed({
    id: 'google-oauth-client-secret',
    vendor,
    title: 'Google OAuth client secret',
    severity: 'high',
    url: 'https://developers.google.com/identity/protocols/oauth2',
    remedy: 'Add a new secret to the OAuth client in the Google Cloud console, then disable and delete the old one.',
    prefix: 'GOCSPX-',
    parts: [run(URL_SAFE, 28)],
  }),
  prefixed({
    id: 'google-oauth-access-token',
    vendor,
    title: 'Google OAuth access token',
    severity: 'high',
    url: 'https://developers.google.com/identity/protocols/oauth2',
    remedy: 'Revoke the token at the OAuth revocation endpoint; it ends by itself within an hour.',
    prefix: 'ya29.',
    parts: [oneOf('c.', 'd.', 'm.', ''), run(URL_SAFE, 50, OPEN)],
  }),
  prefixed({
    id: 'google-oauth-refresh-token',
    vendor,
    title: 'Google OAuth refresh token',
    severity: 'critical',
    url: 'https://developers.google.com/identity/protocols/oauth2',
    remedy: 'Revoke the token at the OAuth revocation endpoint, or remove the access of the app in the account.',
    prefix: '1//',
    parts: [run(URL_SAFE, 60, OPEN)],
    near: ['refresh_token', 'refresh-token', 'refreshtoken', 'google', 'gmail', 'oauth'],
  }),
  prefixed({
    id: 'google-oauth-client-id',
    vendor,
    title: 'Google OAuth client id',
    severity: 'info',
    url: 'https://developers.google.com/identity/protocols/oauth2',
    remedy: 'Nothing has to be done: the id is public, but its secret must not stand beside it.',
    prefix: '.apps.googleusercontent.com',
    before: [run(DIGITS, 10, 12), '-', run(LOWER_ALNUM, 32)],
    parts: [],
  }),
];
