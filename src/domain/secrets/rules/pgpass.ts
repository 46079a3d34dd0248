import { SOME_HOST, stated } from '../build/stated.ts';
import { NAMED_FILES } from '../named-files.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const MAX_FILE = 4096;
const MAX_LINE = 300;
/** host:port:database:user:password; a backslash goes before colons and backslashes in a field. */
const LINE = /^((?:[^\s:\\"'#]|\\.)+):(\d{1,5}|\*):((?:[^\s:\\]|\\.)+):((?:[^\s:\\]|\\.)+):((?:[^\s:\\"']|\\.)+)$/;

export const pgpassRules: readonly SecretRule[] = [
  {
    id: 'pgpass-password',
    vendor: 'PostgreSQL',
    title: 'Password of a database in a .pgpass file',
    severity: 'high',
    url: 'https://www.postgresql.org/docs/current/libpq-pgpass.html',
    remedy: 'Change the password of that database user and keep the file out of the repository.',
    anchors: [{ text: ':5432:' }],
    atStart: true,
    check: (_bytes, start, end, reading) => (start === end ? wholeFile(reading) : lineAround(reading, start)),
  },
];

/** Every line, whatever its port; in a file of this name no host is a sample. */
function wholeFile(reading: Reading): Candidate[] | undefined {
  if (!NAMED_FILES.pgpass.test(reading.path)) return undefined;
  const found: Candidate[] = [];
  let at = reading.from;
  for (const line of reading.text(at, Math.min(reading.to, at + MAX_FILE)).split('\n')) {
    const one = entry(line.trimEnd(), at, SOME_HOST);
    if (one !== undefined) found.push(one);
    at += line.length + 1;
  }
  return found;
}

/** The line or string around the port, in any file. */
function lineAround(reading: Reading, port: number): Candidate | undefined {
  const before = reading
    .text(Math.max(reading.from, port - MAX_LINE), port)
    .split(/[\n"']|\\n/)
    .at(-1) as string;
  const after = reading.text(port, Math.min(reading.to, port + MAX_LINE)).split(/[\r\n"']|\\n/)[0] as string;
  return entry(before.trimStart() + after.trimEnd(), port - before.trimStart().length);
}

function entry(line: string, at: number, knownHost?: string): Candidate | undefined {
  const [, host = '', , , user = '', password] = LINE.exec(line) ?? [];
  if (password === undefined) return undefined;
  return stated({ start: at + line.length - password.length, user, password, host: knownHost ?? host });
}
