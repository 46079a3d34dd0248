// Percent-encoding (RFC 3986, section 2.1), and the %uXXXX of JavaScript's old escape().
import { hexByte, hexNumber } from './bytes.ts';
import { byteEscapeOf, escapeOf, NO_ESCAPE } from './escape-number.ts';
import { marksOf, type TextEncoding } from './text-encoding.ts';

export const PERCENT: TextEncoding = { label: 'percent', rank: 1, marks: marksOf('%') };

/** Whether the escape stands for printable ASCII. `%d`, `%5s` and bytes of other scripts hide no secret. */
export function isPercentWorth(bytes: Buffer, at: number): boolean {
  const code = bytes[at + 1] === LETTER_U ? hexNumber(bytes, at + 2, 4) : hexByte(bytes, at + 1);
  return code >= 0x20 && code < 0x7f;
}

/** How many bytes the escape at `at` takes up, if it is one. */
export function percentSize(bytes: Buffer, at: number): number {
  return bytes[at + 1] === LETTER_U ? 6 : 3;
}

const LETTER_U = 0x75;

/** What the per cent sign at `at` begins, as an escape number. */
export function percentAt(bytes: Buffer, at: number): number {
  const byte = hexByte(bytes, at + 1);
  if (byte >= 0) return byteEscapeOf(byte, 3);
  const code = bytes[at + 1] === LETTER_U ? hexNumber(bytes, at + 2, 4) : -1;
  return code < 0 ? NO_ESCAPE : escapeOf(code, 6);
}
