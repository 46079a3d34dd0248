import { ALNUM, alphabet } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'X (Twitter)';
const url = 'https://docs.x.com/fundamentals/authentication/oauth-2-0/application-only';
const remedy = 'Regenerate the bearer token of the app in the X developer portal.';
/** Base64 of bytes that begin with zeros, percent-encoded as the portal shows it. */
const ZEROS = 'AAAAAAAAAAAAAAAAAAAA';
const ENCODED = alphabet('percent-encoded', `${ALNUM.chars}%`);

export const twitterRules = [
  prefixed({
    id: 'twitter-bearer-token',
    vendor,
    title: 'X (Twitter) bearer token of an app',
    severity: 'high',
    url,
    remedy,
    prefix: ZEROS,
    parts: [run(ENCODED, 16, 72), '%3D', run(ALNUM, 40, 60)],
  }),
  prefixed({
    id: 'twitter-bearer-token-by-name',
    vendor,
    title: 'X (Twitter) bearer token of an app, by the name beside it',
    severity: 'high',
    url,
    remedy,
    prefix: ZEROS,
    parts: [run(ENCODED, 80, 106)],
    near: ['twitter', 'bearer', 'token', 'tweepy'],
  }),
];
