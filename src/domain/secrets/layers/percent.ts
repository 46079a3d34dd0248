// Percent-encoding (RFC 3986, section 2.1), and the %uXXXX of JavaScript's old escape().
import { hexNumber, hexValue } from './bytes.ts';
import type { MappedText } from './mapped-text.ts';
import { marksOf, type TextEncoding, type Worth } from './text-encoding.ts';

export const PERCENT: TextEncoding = { label: 'percent', rank: 1, marks: marksOf('%'), decodeAt };

/** Whether the escape stands for printable ASCII. `%d`, `%5s` and bytes of other scripts hide no secret. */
export function percentWorth(bytes: Buffer, at: number): Worth {
  const isWide = bytes[at + 1] === LETTER_U;
  const code = isWide ? hexNumber(bytes, at + 2, 4) : hexNumber(bytes, at + 1, 2);
  if (code < 0x20 || code >= 0x7f) return 0;
  return isWide ? 6 : 3;
}

const LETTER_U = 0x75;

function decodeAt(bytes: Buffer, at: number, _end: number, out: MappedText): number {
  const high = hexValue(bytes[at + 1]);
  const low = hexValue(bytes[at + 2]);
  if (high >= 0 && low >= 0) {
    out.putByte(high * 16 + low, at, 3);
    return 3;
  }
  const code = bytes[at + 1] === LETTER_U ? hexNumber(bytes, at + 2, 4) : -1;
  if (code < 0) return 0;
  out.putCode(code, at, 6);
  return 6;
}
