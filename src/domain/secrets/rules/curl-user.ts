// `curl -u user:password`: in scripts, histories and documentation.
import { stated } from '../build/stated.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const CURL = 'curl ';
const MAX_LINE = 400;
const USER = /(?:^|\s)(?:-u|--user)[ =]?(\\?["']?)([\w.@+-]{1,64}):([^\s"'`\\]{4,128})\1(?=[\s"'`\\]|$)/;

export const curlUserRules: readonly SecretRule[] = [
  {
    id: 'curl-user-password',
    vendor: 'generic',
    title: 'Name and password given to curl',
    severity: 'high',
    url: 'https://curl.se/docs/manpage.html#-u',
    remedy: 'Change the password and let curl read it from a .netrc file or the environment.',
    anchors: [{ text: CURL, boundary: true }],
    check: (_bytes, _start, end, reading) => userIn(reading, end),
  },
];

/** In this command, up to the end of its line or the next curl. */
function userIn(reading: Reading, from: number): Candidate | undefined {
  const limit = Math.min(reading.to, from + MAX_LINE);
  const ends = ['\n', CURL].map((one) => reading.find(one, from, limit)).filter((at) => at >= 0);
  const text = reading.text(from, Math.min(limit, ...ends));
  const found = USER.exec(text);
  if (found === null) return undefined;
  const [whole, quote = '', user = '', password = ''] = found;
  const start = from + found.index + whole.length - quote.length - password.length;
  const candidate = stated({ start, user, password });
  // Keys of vendors are given so too, and their own rules say more.
  return candidate && { ...candidate, certainty: candidate.certainty === 'low' ? 'low' : 'medium' };
}
