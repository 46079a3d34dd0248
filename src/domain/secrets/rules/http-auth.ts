// Credentials of HTTP headers: `Basic` with a name and a password in base64, `Bearer` with a token.
import { alphabet, BASE64, URL_SAFE } from '../alphabet.ts';
import { decodedText } from '../base64.ts';
import { gradeUrlPassword } from '../generic/url-credentials.ts';
import { isCode, looksRandom } from '../generic/value.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const TOKEN = alphabet('bearer-token', `${URL_SAFE.chars}.~+/`);
const BASIC = alphabet('basic', `${BASE64.chars}=`);
const MIN_BASIC = 8;
const MAX_BASIC = 256;
const MIN_BEARER = 20;
/** `gradeUrlPassword` wants a host; a header has none, so this stands for one that exists. */
const SOME_HOST = 'host.internal';

export const httpAuthRules: readonly SecretRule[] = [
  {
    id: 'http-basic-credentials',
    vendor: 'generic',
    title: 'Name and password of an HTTP Basic header',
    severity: 'high',
    url: 'https://datatracker.ietf.org/doc/html/rfc7617',
    remedy: 'Change the password and take the header out of the file.',
    anchors: [{ text: 'basic ', fold: true, boundary: true }],
    check: (_bytes, _start, end, reading) => basic(reading, end),
  },
  {
    id: 'http-bearer-token',
    vendor: 'generic',
    title: 'Token of an HTTP Bearer header',
    severity: 'medium',
    url: 'https://datatracker.ietf.org/doc/html/rfc6750',
    remedy: 'Revoke the token where it was issued and take the header out of the file.',
    anchors: [{ text: 'bearer ', fold: true, boundary: true }],
    check: (_bytes, _start, end, reading) => bearer(reading, end),
  },
];

function basic(reading: Reading, start: number): Candidate | undefined {
  const end = reading.runEnd(BASIC, start);
  if (end - start < MIN_BASIC || end - start > MAX_BASIC) return undefined;
  const text = decodedText(reading.text(start, end));
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon < 0) return undefined;
  const grade = gradeUrlPassword(text.slice(0, colon), text.slice(colon + 1), SOME_HOST);
  return grade && { start, end, ...grade };
}

function bearer(reading: Reading, start: number): Candidate | undefined {
  const end = reading.runEnd(TOKEN, start);
  if (end - start < MIN_BEARER || isCode(reading.text(start, end))) return undefined;
  return looksRandom(reading.bytes, start, end) ? { start, end, certainty: 'medium' } : undefined;
}
