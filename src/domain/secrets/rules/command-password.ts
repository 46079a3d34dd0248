// Passwords on command lines that no option of that name gives away: `sshpass -p …`, `mysqldump -p…`, `echo … | chpasswd`.
import { stated } from '../build/stated.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const MAX_LINE = 300;
const PASSWORD = `(?<password>[^\\s"'\`|;&]{4,128})`;

interface Command {
  readonly name: string;
  /** In the rest of the line, or in the line before the name; the groups are `password` and, maybe, `user`. */
  readonly after?: RegExp;
  readonly before?: RegExp;
}

/** The password after one of these options; what stands before it in the same word is given by `user`. */
const option = (options: string, user = ''): RegExp =>
  new RegExp(`^[^|;&\\n]*?\\s(?:${options})(?<quote>["']?)${user}${PASSWORD}\\k<quote>(?=[\\s"'\`]|$)`);
/** `user:password`, or what is between the two instead. */
const pairOf = (options: string, between: string): RegExp => option(options, `(?<user>[\\w.@\\\\-]{1,64})${between}`);
const piped = (user: string, command: string): RegExp =>
  new RegExp(`\\becho\\s+(?:-[en]\\s+)?(?<quote>["']?)${user}${PASSWORD}\\k<quote>\\s*\\|\\s*${command}$`);

const GLUED = option('-p');
const APART = option('-p |--pass ');

const COMMANDS: readonly Command[] = [
  { name: 'sshpass ', after: option('-p ?') },
  { name: 'redis-cli ', after: option('-a |--pass ') },
  ...['mysql ', 'mysqldump ', 'mysqladmin ', 'mysqlimport ', 'mariadb '].map((name) => ({ name, after: GLUED })),
  ...['docker login ', 'podman login ', 'az login ', 'mongo ', 'mongosh ', 'mongodump '].map((name) => ({
    name,
    after: APART,
  })),
  { name: 'sqlcmd ', after: option('-P ?') },
  { name: 'ldapsearch ', after: option('-w ?') },
  { name: 'lftp ', after: pairOf('-u ?', ',') },
  { name: 'smbclient ', after: pairOf('-U ?|--user=', '%') },
  { name: 'http ', after: pairOf('-a |--auth[ =]', ':') },
  { name: 'openssl ', after: option('-pass(?:in|out)? pass:') },
  { name: 'ssh-keygen ', after: option('-[NP] ?') },
  { name: 'keytool ', after: option('-(?:store|key)pass ') },
  { name: 'htpasswd ', after: option('-\\w*b\\w*\\s+\\S+\\s+(?<user>[\\w.@-]+) ') },
  { name: 'rabbitmqctl add_user ', after: option('(?<user>[\\w.-]+) ') },
  { name: 'net use ', after: option('/user:(?:[^\\s\\\\]+\\\\)?(?<user>[^\\s\\\\]+) ') },
  { name: 'chpasswd', before: piped('(?<user>[\\w.-]+):', '(?:sudo\\s+)?') },
  { name: '--password-stdin', before: piped('', '[^|;&]*') },
];

export const commandPasswordRules: readonly SecretRule[] = [
  {
    id: 'command-password',
    vendor: 'generic',
    title: 'Password on a command line',
    severity: 'high',
    url: 'https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html',
    remedy: 'Change the password and let the command read it from a file or the environment.',
    anchors: COMMANDS.map(({ name }) => ({ text: name, boundary: true })),
    check: (_bytes, start, end, reading) => passwordAt(reading, start, end),
  },
];

function passwordAt(reading: Reading, start: number, end: number): Candidate | undefined {
  const command = COMMANDS.find(({ name }) => reading.hasLiteral(name, start));
  if (command?.after !== undefined) return given(command.after, lineAfter(reading, end), end - 1);
  const line = lineBefore(reading, start);
  return command?.before && given(command.before, line, start - line.length);
}

/** `at` is where the line begins. */
function given(pattern: RegExp, line: string, at: number): Candidate | undefined {
  const found = pattern.exec(line);
  const { password, user } = found?.groups ?? {};
  if (found === null || password === undefined) return undefined;
  const start = at + found.index + found[0].lastIndexOf(password);
  return stated({ start, password, ...(user && { user }) });
}

/** With the blank that ends the command's name. */
function lineAfter(reading: Reading, from: number): string {
  return reading.text(from - 1, Math.min(reading.to, from + MAX_LINE)).split('\n', 1)[0] as string;
}

function lineBefore(reading: Reading, to: number): string {
  const text = reading.text(Math.max(reading.from, to - MAX_LINE), to);
  return text.slice(text.lastIndexOf('\n') + 1);
}
