// Passwords of users in SQL: `CREATE USER app WITH PASSWORD '…'`, `… IDENTIFIED BY '…'`.
import { stated } from '../build/stated.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const MAX_PASSWORD = 128;
const APOSTROPHE = 0x27;
const NEWLINE = 0x0a;

export const sqlPasswordRules: readonly SecretRule[] = [
  {
    id: 'sql-user-password',
    vendor: 'generic',
    title: 'Password of a database user in SQL',
    severity: 'high',
    url: 'https://www.postgresql.org/docs/current/sql-createrole.html',
    remedy: 'Change the password of the database user and take the statement out of the file.',
    anchors: [" password '", "identified by '", "identified with mysql_native_password by '"].map((text) => ({
      text,
      fold: true,
    })),
    check: (_bytes, _start, end, reading) => passwordAt(reading, end),
  },
];

function passwordAt(reading: Reading, start: number): Candidate | undefined {
  const limit = Math.min(reading.to, start + MAX_PASSWORD);
  let end = start;
  while (end < limit && reading.bytes[end] !== APOSTROPHE && reading.bytes[end] !== NEWLINE) end++;
  if (reading.bytes[end] !== APOSTROPHE) return undefined;
  const password = reading.text(start, end);
  return password.includes(' ') ? undefined : stated({ start, password });
}
