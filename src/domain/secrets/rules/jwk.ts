// Private JSON Web Keys (RFC 7517): an object with a key type and the private member `d`, or `k` for a symmetric key.
import { URL_SAFE } from '../alphabet.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const KEY_TYPE = '"kty"';
const OPEN = 0x7b;
const CLOSE = 0x7d;
const REACH = 4000;
const MIN_MEMBER = 32;
const MEMBER = /"(?:d|k)"\s*:\s*"/g;

export const jwkRules: readonly SecretRule[] = [
  {
    id: 'json-web-key-private',
    vendor: 'generic',
    title: 'Private JSON Web Key',
    severity: 'critical',
    url: 'https://datatracker.ietf.org/doc/html/rfc7517',
    remedy: 'Take the key out of every key set, make a new one and sign with that.',
    anchors: [{ text: KEY_TYPE }],
    check: (_bytes, start, end, reading) => privateMember(reading, start, end),
  },
];

/** The private member of the object around `"kty"`: between the braces, or other key types, on either side. */
function privateMember(reading: Reading, start: number, end: number): Candidate | undefined {
  const from = edgeBefore(reading, start);
  const object = reading.text(from, edgeAfter(reading, end));
  for (const member of object.matchAll(MEMBER)) {
    const value = from + member.index + member[0].length;
    const last = reading.runEnd(URL_SAFE, value);
    if (last - value >= MIN_MEMBER) return { start: value, end: last, certainty: 'certain' };
  }
  return undefined;
}

function edgeBefore(reading: Reading, start: number): number {
  const limit = Math.max(reading.from, start - REACH);
  let at = start;
  while (at > limit && reading.bytes[at - 1] !== OPEN && !reading.hasLiteral(KEY_TYPE, at - 1)) at--;
  return at;
}

function edgeAfter(reading: Reading, end: number): number {
  const limit = Math.min(reading.to, end + REACH);
  let at = end;
  while (at < limit && reading.bytes[at] !== CLOSE && !reading.hasLiteral(KEY_TYPE, at)) at++;
  return at;
}
