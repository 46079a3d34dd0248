// Private keys in ASCII armour (RFC 7468, RFC 4716, RFC 9580): the body as it stands in files, and as it stands in
// strings of source code and JSON, where lines end in `\n` and are joined by quotes and plus signs.
import type { Reading } from '../reading.ts';

/** Longest armoured key that is looked at, in bytes. */
export const MAX_KEY = 65_536;

export interface Armour {
  /** Such as `RSA PRIVATE KEY`. */
  readonly label: string;
  readonly end: number;
  /** The base64 text, without all that stood between its lines. */
  readonly base64: string;
  /** Something was left out: dots in the body. */
  readonly isElided: boolean;
  /** Lines such as `Proc-Type: 4,ENCRYPTED`, all in one. */
  readonly headers: string;
}

const MAX_LABEL = 40;
const DASHES = '-----';
const END = '-----END ';
/** What may stand between the lines of a body: blanks, escapes, quotes, and what joins or marks lines of code. */
const JOINTS = /["'`]\s*[+.]\s*["'`]|\\[nrt]|\\u000[ad]|[\s"'`,\\;()>#*|]|&#(?:10|13|xA|xD);/g;

/** The armour that begins with `-----BEGIN ` at `start`; undefined if it does not end within 64 KiB. */
export function armourAt(reading: Reading, start: number, labelStart: number): Armour | undefined {
  const labelEnd = reading.find(DASHES, labelStart, labelStart + MAX_LABEL);
  if (labelEnd < 0) return undefined;
  const bodyStart = labelEnd + DASHES.length;
  const bodyEnd = reading.find(DASHES, bodyStart, start + MAX_KEY);
  if (bodyEnd < 0 || !reading.hasLiteral(END, bodyEnd)) return undefined;
  const label = reading.text(labelStart, labelEnd);
  const closing = bodyEnd + END.length + label.length + DASHES.length;
  return { label, end: Math.min(closing, reading.to), ...bodyOf(reading.text(bodyStart, bodyEnd)) };
}

/** Headers are the lines with a colon in front; PGP ends its body with a checksum of its own after `=`. */
function bodyOf(text: string): Pick<Armour, 'base64' | 'headers' | 'isElided'> {
  const lines = text.split(/\r?\n|\\r\\n|\\n/);
  const isHeader = (line: string): boolean => /^[\s"'`+]*[A-Z][A-Za-z-]+: /.test(line);
  const body = lines
    .filter((line) => !isHeader(line))
    .join('\n')
    .replace(/\n=[A-Za-z0-9+/]{4}\s*$/, '');
  const joined = body.replace(JOINTS, '');
  const base64 = joined.replaceAll('.', '');
  return { headers: lines.filter(isHeader).join(' '), base64, isElided: base64.length < joined.length };
}
