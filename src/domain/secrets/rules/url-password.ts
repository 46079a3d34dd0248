// `scheme://user:password@host`, for every scheme, and `https://token@host`.
import { LETTERS } from '../alphabet.ts';
import { gradeUrlPassword, gradeUrlToken } from '../generic/url-credentials.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const MAX_USER = 128;
const MAX_AUTHORITY = 512;
const MAX_HOST = 128;
const SLASH = 0x2f;
const AT = 0x40;

/** Ends of schemes that take a token in place of name and password. */
const TOKEN_SCHEMES = ['http', 'https', 'git', 'ssh'];

/** Ends of an authority that no password holds unescaped: blanks, quotes, brackets and the like. */
const STOPS = new Uint8Array(256).fill(1, 0, 0x21);
for (const one of '"\'`<>\\|,;)]') STOPS[one.charCodeAt(0)] = 1;
for (const one of '/?#') STOPS[one.charCodeAt(0)] = 1;

export const urlPasswordRules: readonly SecretRule[] = [
  {
    id: 'url-password',
    vendor: 'generic',
    title: 'URL with a password or token in it',
    severity: 'high',
    url: 'https://datatracker.ietf.org/doc/html/rfc3986#section-3.2.1',
    remedy: 'Change the password on that host and take it out of the URL.',
    anchors: [{ text: '://' }],
    check: (bytes, start, end, reading) => {
      if (LETTERS.has[bytes[start - 1] as number] !== 1) return undefined;
      const at = lastAt(reading, end);
      return at < 0 ? undefined : credentialIn(reading, start, end, at);
    },
  },
];

/** The last `@` of the authority, or -1. */
function lastAt({ bytes, to }: Reading, from: number): number {
  const limit = Math.min(to, from + MAX_AUTHORITY);
  let end = from;
  while (end < limit && STOPS[bytes[end] as number] === 0) end++;
  for (let at = end - 1; at >= from; at--) if (bytes[at] === AT) return at;
  return -1;
}

function credentialIn(reading: Reading, scheme: number, from: number, at: number): Candidate | undefined {
  const colon = reading.find(':', from, at);
  const host = reading.text(at + 1, hostEnd(reading, at + 1));
  // Elsewhere what stands before the host may be anything: the server's own public key, say.
  if (colon < 0 && !TOKEN_SCHEMES.some((one) => reading.hasLiteral(one, scheme - one.length))) return undefined;
  if (colon < 0) return graded(from, at, gradeUrlToken(reading.text(from, at), host));
  if (colon - from > MAX_USER) return undefined;
  const user = reading.text(from, colon);
  return graded(colon + 1, at, gradeUrlPassword(user, reading.text(colon + 1, at), host));
}

function graded(start: number, end: number, grade: Pick<Candidate, 'certainty' | 'severity'> | undefined) {
  return grade && { start, end, ...grade };
}

function hostEnd(reading: Reading, from: number): number {
  const limit = Math.min(reading.to, from + MAX_HOST);
  let end = from;
  while (end < limit && STOPS[reading.bytes[end] as number] === 0 && reading.bytes[end] !== SLASH) end++;
  return end;
}
