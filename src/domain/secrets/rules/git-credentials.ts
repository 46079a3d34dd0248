import { stated } from '../build/stated.ts';
import { NAMED_FILES } from '../named-files.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const MAX_FILE = 4096;
const LINE = /^https?:\/\/([^:@/\s]*):([^@/\s]+)@([^/\s]+)\/?$/;

export const gitCredentialsRules: readonly SecretRule[] = [
  {
    id: 'git-credentials-file',
    vendor: 'Git',
    title: 'Password or token in a file of git credential store',
    severity: 'critical',
    url: 'https://git-scm.com/docs/git-credential-store',
    remedy: 'Revoke the token at that host and keep the file out of the repository.',
    anchors: [],
    atStart: true,
    check: (_bytes, _start, _end, reading) =>
      NAMED_FILES.gitCredentials.test(reading.path) ? credentialsIn(reading) : undefined,
  },
];

function credentialsIn(reading: Reading): Candidate[] {
  const found: Candidate[] = [];
  let at = reading.from;
  for (const line of reading.text(at, Math.min(reading.to, at + MAX_FILE)).split('\n')) {
    const [, user = '', password] = LINE.exec(line.trimEnd()) ?? [];
    const one = password && stated({ start: at + line.indexOf('://') + user.length + 4, user, password });
    if (one) found.push({ ...one, certainty: 'certain', severity: 'critical' });
    at += line.length + 1;
  }
  return found;
}
