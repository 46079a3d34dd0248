// The eight salts of a WordPress configuration: 64 printable characters each, spaces included.

import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';
import { entropy } from '../score.ts';

const LENGTH = 64;
const MIN_BITS = 4.5;
const MAX_GAP = 16;
const NAMES = ['AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'];

export const wordpressRules: readonly SecretRule[] = [
  {
    id: 'wordpress-salt',
    vendor: 'WordPress',
    title: 'WordPress authentication key or salt',
    severity: 'medium',
    url: 'https://developer.wordpress.org/advanced-administration/security/logging-in/',
    remedy: 'Replace all eight keys and salts, which ends every session.',
    anchors: NAMES.map((text) => ({ text })),
    check: (_bytes, _start, end, reading) => saltAfter(reading, end),
  },
];

/** `'`, a comma, and the value in quotes. */
function saltAfter(reading: Reading, from: number): Candidate | undefined {
  const gap = reading.text(from, Math.min(reading.to, from + MAX_GAP));
  const open = /^['"]\s*,\s*(['"])/.exec(gap);
  if (open === null) return undefined;
  const start = from + open[0].length;
  const end = start + LENGTH;
  if (reading.find(open[1] as string, start, end + 1) !== end || entropy(reading.bytes, start, end) < MIN_BITS)
    return undefined;
  return { start, end, certainty: 'high' };
}
