// Hashes of passwords (crypt(3), Apache, LDAP, argon2). Those beside a name of a user can be tried offline; elsewhere they
// are mostly of tests.
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const REACH = 256;
const LINE_REACH = 80;
const SALT = '[./A-Za-z0-9]';
/** Compose files write every dollar twice. */
const D = '\\$\\$?';
const HASH = new RegExp(
  `^(?:\\$2[abxy]${D}\\d\\d${D}${SALT}{53}` +
    `|\\$(?:1|apr1)${D}${SALT}{1,8}${D}${SALT}{22}` +
    `|\\$5${D}(?:rounds=\\d{1,9}${D})?${SALT}{1,16}${D}${SALT}{43}` +
    `|\\$6${D}(?:rounds=\\d{1,9}${D})?${SALT}{1,16}${D}${SALT}{86}` +
    `|\\$y${D}${SALT}{1,16}${D}${SALT}{1,86}${D}${SALT}{43}` +
    `|\\$argon2(?:id|i|d)${D}v=\\d+${D}m=\\d+,t=\\d+,p=\\d+${D}[A-Za-z0-9+/]{11,64}${D}[A-Za-z0-9+/]{16,128}` +
    `|\\{S?SHA\\}[A-Za-z0-9+/]{27,60}={0,2})(?![./A-Za-z0-9])`,
);
/** From the beginning of the line or string up to the hash: the name of a user and a colon. */
const USER = /(?:^|[\n"'=,]|\\n)\s*[\w.@+-]{1,48}:$/;

const ANCHORS = ['$2a$', '$2b$', '$2x$', '$2y$', '$1$', '$apr1$', '$5$', '$6$', '$y$', '$argon2', '{SHA}', '{SSHA}'];

export const passwordHashRules: readonly SecretRule[] = [
  {
    id: 'password-hash',
    vendor: 'generic',
    title: 'Hash of a password',
    severity: 'low',
    url: 'https://httpd.apache.org/docs/2.4/misc/password_encryptions.html',
    remedy: 'Change the password: with the hash it can be guessed offline.',
    anchors: ANCHORS.map((text) => ({ text })),
    check: (_bytes, start, _end, reading) => hashAt(reading, start),
  },
];

function hashAt(reading: Reading, start: number): Candidate | undefined {
  const hash = HASH.exec(reading.text(start, Math.min(reading.to, start + REACH)))?.[0];
  if (hash === undefined) return undefined;
  const end = start + hash.length;
  const body = start + Math.max(hash.lastIndexOf('$'), hash.indexOf('}')) + 1;
  const found = { start, end, body, certainty: 'high' as const };
  return isOfUser(reading, start) ? { ...found, severity: 'medium' } : found;
}

/** Those of crypt(3) beside a password's name are of a system that is set up from the file. */
const NAMED = /passw(?:or)?d["']?\s*[:=]\s*["']?$/i;
const CRYPT = /^\$(?:1|5|6|y)\$/;

function isOfUser(reading: Reading, start: number): boolean {
  const before = reading.text(Math.max(reading.from, start - LINE_REACH), start).replace(/\$$/, '');
  return USER.test(before) || (NAMED.test(before) && CRYPT.test(reading.text(start, start + 3)));
}
