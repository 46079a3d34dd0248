// Private JSON Web Keys (RFC 7517): an object with a key type and the private member `d`, or `k` for a symmetric key.
import { URL_SAFE } from '../alphabet.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

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
    anchors: [{ text: '"kty"' }],
    check: (_bytes, start, end, reading) => privateMember(reading, start, end),
  },
];

/** The private member of the object around `"kty"`: between the braces on either side. */
function privateMember(reading: Reading, start: number, end: number): Candidate | undefined {
  const before = reading.text(Math.max(reading.from, start - REACH), start);
  const after = reading.text(end, Math.min(reading.to, end + REACH));
  const from = start - before.length + before.lastIndexOf('{') + 1;
  const closing = after.indexOf('}');
  const object = reading.text(from, closing < 0 ? end + after.length : end + closing);
  for (const member of object.matchAll(MEMBER)) {
    const value = from + member.index + member[0].length;
    const last = reading.runEnd(URL_SAFE, value);
    if (last - value >= MIN_MEMBER) return { start: value, end: last, certainty: 'certain' };
  }
  return undefined;
}
