import { stated } from '../build/stated.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const MAX_LINE = 300;

export const redisConfigRules: readonly SecretRule[] = [
  {
    id: 'redis-config-password',
    vendor: 'Redis',
    title: 'Password in a Redis configuration',
    severity: 'high',
    url: 'https://redis.io/docs/latest/operate/oss_and_stack/management/security/',
    remedy: 'Set another password and put it in place when the server starts.',
    anchors: [
      { text: 'requirepass ', boundary: true },
      { text: 'masterauth ', boundary: true },
    ],
    check: (_bytes, start, end, reading) => (isDirective(reading, start) ? passwordAt(reading, end) : undefined),
  },
];

/** At the beginning of a line (in the shipped file it is commented out) or as an option of the server. */
function isDirective(reading: Reading, at: number): boolean {
  if (reading.hasLiteral('--', at - 2)) return true;
  const before = reading.text(Math.max(reading.from, at - 16), at);
  return /(?:^|\n)[ \t]*$/.test(before);
}

function passwordAt(reading: Reading, at: number): Candidate | undefined {
  const line = reading.text(at, Math.min(reading.to, at + MAX_LINE));
  const [whole = '', password = ''] = /^[ \t]*["']?([^\s"']+)/.exec(line) ?? [];
  return stated({ start: at + whole.length - password.length, password });
}
