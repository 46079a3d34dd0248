import { stated } from '../build/stated.ts';
import { NAMED_FILES } from '../named-files.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const MAX_ENTRY = 512;
/** Names and values apart by white space, which in strings of other files is written `\n`. */
const ENTRY =
  /^([^\s\\]+)(?:\s|\\n)+(?:login(?:\s|\\n)+([^\s\\]+)(?:\s|\\n)+)?(?:account(?:\s|\\n)+[^\s\\]+(?:\s|\\n)+)?password(?:\s|\\n)+((?:[^\s"'\\]|\\(?!n))+)/;

export const netrcRules: readonly SecretRule[] = [
  {
    id: 'netrc-password',
    vendor: 'generic',
    title: 'Password of a host in a .netrc file',
    severity: 'high',
    url: 'https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html',
    remedy: 'Change the password or revoke the token at that host and keep the file out of the repository.',
    anchors: [{ text: 'machine ', boundary: true }],
    check: (_bytes, _start, end, reading) => entryAt(reading, end),
  },
];

function entryAt(reading: Reading, at: number): Candidate | undefined {
  const entry = ENTRY.exec(reading.text(at, Math.min(reading.to, at + MAX_ENTRY)));
  if (entry === null) return undefined;
  const [whole, host = '', user, password = ''] = entry;
  const isFile = NAMED_FILES.netrc.test(reading.path);
  const start = at + whole.length - password.length;
  return stated({ start, password, ...(user && { user }), ...(!isFile && { host }) });
}
