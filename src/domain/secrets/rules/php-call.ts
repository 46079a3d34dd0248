// Passwords that PHP takes by their place: `new PDO('mysql:…', 'user', 'password')`.
import { stated } from '../build/stated.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const MAX_CALL = 400;
/** The last of three arguments: where to, who, and the password. */
const ARGUMENTS =
  /^\s*[^()\n]{1,200}?,\s*(?:(["'])(?<user>[^"'\n]{0,64})\1|\$[\w>[\]'"-]{1,64})\s*,\s*(["'])(?<password>[^"'\n]{4,128})\3/;
const FUNCTIONS = [
  'PDO(',
  'new mysqli(',
  'mysqli_connect(',
  'mysql_connect(',
  'ftp_login(',
  'ssh2_auth_password(',
  'imap_open(',
  'ldap_bind(',
];

export const phpCallRules: readonly SecretRule[] = [
  {
    id: 'php-call-password',
    vendor: 'generic',
    title: 'Password given to a function of PHP',
    severity: 'high',
    url: 'https://www.php.net/manual/en/pdo.construct.php',
    remedy: 'Change the password and read it from the environment or a secret store.',
    anchors: FUNCTIONS.map((text) => ({ text, boundary: true })),
    check: (_bytes, _start, end, reading) => passwordAt(reading, end),
  },
];

function passwordAt(reading: Reading, at: number): Candidate | undefined {
  const found = ARGUMENTS.exec(reading.text(at, Math.min(reading.to, at + MAX_CALL)));
  const { password, user } = found?.groups ?? {};
  if (found === null || password === undefined) return undefined;
  const start = at + found[0].length - 1 - password.length;
  return stated({ start, password, ...(user && { user }) });
}
