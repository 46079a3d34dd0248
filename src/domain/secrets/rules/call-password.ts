// Passwords that functions take by their place: `new PDO('mysql:…', 'user', 'password')`, `SetBasicAuth("user", "password")`.
import { stated } from '../build/stated.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const MAX_CALL = 400;
const USER = `(?:@?(?<a>["'])(?<user>[^"'\\n]{0,64})\\k<a>|[$\\w.>-]{1,64})`;
const PASSWORD = `@?(?<b>["'])(?<password>[^"'\\s]{4,128})\\k<b>`;
const PAIR = new RegExp(`^\\s*${USER}\\s*,\\s*${PASSWORD}`);
/** Where to comes first. */
const TRIPLE = new RegExp(`^\\s*[^()\\n]{1,200}?,\\s*${USER}\\s*,\\s*${PASSWORD}`);
const JOINED = /^\s*,\s*"(?<user>[^":\n]{1,64}):(?<password>[^"\s]{4,128})"/;

const CALLS: readonly (readonly [form: RegExp, names: readonly string[]])[] = [
  [
    PAIR,
    [
      'NetworkCredential(',
      'UsernamePasswordCredentials(',
      'UsernamePasswordAuthenticationToken(',
      'PasswordAuthentication(',
      'Credentials.basic(',
      'setBasicAuth(',
      'SetBasicAuth(',
      'basicAuth(',
      'basic_auth(',
      'HTTPBasicAuth(',
      'HTTPDigestAuth(',
      'auth=(',
      '.login(',
      'simple_bind_s(',
    ],
  ],
  [
    TRIPLE,
    [
      'PDO(',
      'new mysqli(',
      'mysqli_connect(',
      'mysql_connect(',
      'mysql_real_connect(',
      'ftp_login(',
      'ssh2_auth_password(',
      'imap_open(',
      'ldap_bind(',
      'getConnection(',
      'DBI->connect(',
      'DBI.connect(',
      'PlainAuth(',
      'ftplib.FTP(',
    ],
  ],
  [JOINED, ['CURLOPT_USERPWD', 'CURLOPT_PROXYUSERPWD']],
];

export const callPasswordRules: readonly SecretRule[] = [
  {
    id: 'call-password',
    vendor: 'generic',
    title: 'Password given to a function beside the name of its user',
    severity: 'high',
    url: 'https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html',
    remedy: 'Change the password and read it from the environment or a secret store.',
    anchors: CALLS.flatMap(([, names]) => names.map((text) => ({ text }))),
    check: (_bytes, start, end, reading) => passwordAt(reading, start, end),
  },
];

function passwordAt(reading: Reading, start: number, end: number): Candidate | undefined {
  const form = CALLS.find(([, names]) => names.some((name) => reading.hasLiteral(name, start)))?.[0];
  const found = form?.exec(reading.text(end, Math.min(reading.to, end + MAX_CALL)));
  const { password, user } = found?.groups ?? {};
  if (!found || password === undefined) return undefined;
  const candidate = stated({ start: end + found[0].length - 1 - password.length, password, ...(user && { user }) });
  // Tests of every library log in somewhere.
  return candidate === undefined || candidate.certainty === 'low' ? undefined : { ...candidate, certainty: 'medium' };
}
