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

/** Found by the end of their names: these are few, and begin as anchors of other rules do. */
interface Call {
  readonly form: RegExp;
  readonly ending: string;
  /** What stands before the ending; nothing else does. None: anything may. */
  readonly before?: RegExp;
}

const BASIC = /(?:set|http)?_?(?:basic|digest)_?$/i;

const CALLS: readonly Call[] = [
  { form: PAIR, ending: 'auth(', before: BASIC },
  { form: PAIR, ending: 'auth=(' },
  { form: PAIR, ending: 'credential(', before: /network$/i },
  { form: PAIR, ending: 'credentials(', before: /password$/i },
  { form: PAIR, ending: 'credentials.basic(' },
  { form: PAIR, ending: 'authentication(', before: /password$/i },
  { form: PAIR, ending: '.login(' },
  { form: TRIPLE, ending: 'auth(', before: /plain$/i },
  { form: TRIPLE, ending: 'auth_password(', before: /ssh2_$/ },
  { form: TRIPLE, ending: 'pdo(' },
  { form: TRIPLE, ending: 'mysqli(' },
  { form: TRIPLE, ending: 'mysqli_connect(' },
  { form: TRIPLE, ending: 'mysql_connect(' },
  { form: TRIPLE, ending: 'mysql_real_connect(' },
  { form: TRIPLE, ending: 'ftp_login(' },
  { form: TRIPLE, ending: 'ldap_bind(' },
  { form: TRIPLE, ending: 'getconnection(' },
  { form: TRIPLE, ending: 'dbi->connect(' },
  { form: JOINED, ending: 'curlopt_userpwd' },
];
const MAX_BEFORE = 32;

export const callPasswordRules: readonly SecretRule[] = [
  {
    id: 'call-password',
    vendor: 'generic',
    title: 'Password given to a function beside the name of its user',
    severity: 'high',
    url: 'https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html',
    remedy: 'Change the password and read it from the environment or a secret store.',
    anchors: [...new Set(CALLS.map(({ ending }) => ending))].map((text) => ({ text, fold: true })),
    check: (_bytes, start, end, reading) => passwordAt(reading, start, end),
  },
];

function passwordAt(reading: Reading, start: number, end: number): Candidate | undefined {
  const call = CALLS.find((one) => reading.hasFolded(one.ending, start) && isCalled(reading, start, one));
  const found = call?.form.exec(reading.text(end, Math.min(reading.to, end + MAX_CALL)));
  const { password, user } = found?.groups ?? {};
  if (!found || password === undefined) return undefined;
  const candidate = stated({ start: end + found[0].length - 1 - password.length, password, ...(user && { user }) });
  // Tests of every library log in somewhere.
  return candidate === undefined || candidate.certainty === 'low' ? undefined : { ...candidate, certainty: 'medium' };
}

function isCalled(reading: Reading, start: number, { before }: Call): boolean {
  return before === undefined || before.test(reading.text(Math.max(reading.from, start - MAX_BEFORE), start));
}
