// Passwords in connection strings that are no URLs: `Server=…;Password=…` (ADO.NET, ODBC, EasyNetQ), `host=… password=…`
// (libpq), `host:6380,password=…` (StackExchange.Redis) and `user:password@tcp(host:3306)/…` (MySQL's driver for Go).
import { edgeTable, pieceEnd, pieceStart } from '../build/piece.ts';
import { stated } from '../build/stated.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const BEFORE = 400;
const AFTER = 400;
/** What a connection string ends at on either side: quotes, line breaks, markup. */
const EDGES = edgeTable('"\'`<>\r\n\\');
/** What stands before a field, unless it is the first. */
const FIELD_START = edgeTable(';, \t"\'`<>\r\n\\');
const HOST =
  /(?:^|[;\s])(?:server|data source|host|hostname|addr|address|network address|endpoint)\s*=\s*(?:tcp:|np:|sb:\/\/)?([^;,\s]+)/i;
const USER = /(?:^|[;\s])(?:uid|user|user id|user name|username)\s*=\s*([^;\s]+)/i;
const REDIS = /(?:^|[\s=])([\w.-]+):\d{2,5},(?:[\w ]+=[^,]*,)*\s*$/;
/** What stands before and after Go's `@tcp(`. */
const GO_USER = /^([\w.-]{1,64}):([^\s@]{4,128})$/;
const GO_BEFORE = 200;
const WORD_EDGES = edgeTable(' \t\r\n"\'`<>\\@');
const GO_HOST = /^[\w.-]+/;
const GO = '@tcp(';
const LOCAL = /^(?:\.|\(local|localhost)/i;

export const connectionStringRules: readonly SecretRule[] = [
  {
    id: 'connection-string-password',
    vendor: 'generic',
    title: 'Password in a connection string',
    severity: 'high',
    url: 'https://learn.microsoft.com/en-us/dotnet/framework/data/adonet/connection-strings',
    remedy:
      'Change the password of that account and read the connection string from the environment or a secret store.',
    anchors: [
      ...['password=', 'password =', 'pwd=', 'pwd ='].map((text) => ({ text, fold: true, boundary: true })),
      { text: GO },
    ],
    check: (_bytes, start, end, reading) =>
      reading.hasLiteral(GO, start) ? goPasswordAt(reading, start, end) : passwordAt(reading, start, end),
  },
];

function passwordAt(reading: Reading, start: number, end: number): Candidate | undefined {
  if (start > reading.from && FIELD_START[reading.bytes[start - 1] as number] === 0) return undefined;
  const before = reading.text(pieceStart(reading, EDGES, start, BEFORE), start);
  const written = reading.text(end, pieceEnd(reading, EDGES, end, AFTER));
  const after = written.trimStart();
  const at = end + written.length - after.length;
  const redis = REDIS.exec(before)?.[1];
  if (redis !== undefined) return stated({ start: at, password: upTo(after, /,|$/), host: redis });
  const whole = `${before}password=${after}`;
  const host = HOST.exec(whole)?.[1];
  if (host === undefined || !/[;\s]\s*$|^\s*$/.test(before)) return undefined;
  const password = upTo(after, whole.includes(';') ? /;|$/ : /\s|$/);
  const user = USER.exec(whole)?.[1];
  return stated({ start: at, password, host: LOCAL.test(host) ? 'localhost' : host, ...(user && { user }) });
}

function goPasswordAt(reading: Reading, start: number, end: number): Candidate | undefined {
  const found = GO_USER.exec(reading.text(pieceStart(reading, WORD_EDGES, start, GO_BEFORE), start));
  if (found === null) return undefined;
  const [, user = '', password = ''] = found;
  const host = GO_HOST.exec(reading.text(end, pieceEnd(reading, EDGES, end, AFTER)))?.[0];
  return stated({ start: start - password.length, user, password, ...(host && { host }) });
}

function upTo(text: string, stop: RegExp): string {
  return text.slice(0, text.search(stop)).trimEnd();
}
