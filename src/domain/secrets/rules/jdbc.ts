import { edgeTable, pieceEnd } from '../build/piece.ts';
import { stated } from '../build/stated.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const MAX_URL = 600;
const EDGES = edgeTable('"\'`<> \t\r\n\\');
const PASSWORD = /[?&;,](?:password|pwd)=([^&;]+)/i;
const USER = /[?&;](?:user|uid|username|user name)=([^&;]+)/i;
const HOST = /:\/\/(?:[^@/?]*@)?([\w.-]+)/;
/** Oracle's thin driver: `oracle:thin:user/password@host`. */
const THIN = /^oracle:(?:thin|oci\d?):([\w$#]+)\/([^@]+)@(?:\/\/)?([\w.-]+)/;

export const jdbcRules: readonly SecretRule[] = [
  {
    id: 'jdbc-password',
    vendor: 'generic',
    title: 'Password in a JDBC URL',
    severity: 'high',
    url: 'https://docs.oracle.com/en/java/javase/21/docs/api/java.sql/java/sql/DriverManager.html',
    remedy: 'Change the password of that database account and pass it apart from the URL.',
    anchors: [{ text: 'jdbc:', boundary: true }],
    check: (_bytes, _start, end, reading) => passwordIn(reading, end),
  },
];

function passwordIn(reading: Reading, at: number): Candidate | undefined {
  const url = reading.text(at, pieceEnd(reading, EDGES, at, MAX_URL));
  const thin = THIN.exec(url);
  if (thin !== null) {
    const [, user = '', password = '', host] = thin;
    return stated({ start: at + url.indexOf('/') + 1, user, password, ...(host && { host }) });
  }
  const [whole = '', password = ''] = PASSWORD.exec(url) ?? [];
  if (password === '') return undefined;
  const start = at + url.indexOf(whole) + whole.length - password.length;
  const [user, host] = [USER.exec(url)?.[1], HOST.exec(url)?.[1]];
  return stated({ start, password, ...(user && { user }), ...(host && { host }) });
}
