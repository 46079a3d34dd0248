// Percent-encoding (RFC 3986, section 2.1), and the %uXXXX of JavaScript's old escape().
import { hexNumber } from './bytes.ts';
import type { MappedText } from './mapped-text.ts';
import { marksOf, type TextEncoding } from './text-encoding.ts';

export const PERCENT: TextEncoding = { label: 'percent', marks: marksOf('%'), decodeAt };

/** Whether the escape stands for printable ASCII. `%d`, `%5s` and bytes of other scripts hide no secret. */
export function isPercentWorth(bytes: Buffer, at: number): boolean {
  const code = bytes[at + 1] === 0x75 ? hexNumber(bytes, at + 2, 4) : hexNumber(bytes, at + 1, 2);
  return code >= 0x20 && code < 0x7f;
}

function decodeAt(bytes: Buffer, at: number, _end: number, out: MappedText): number {
  const byte = hexNumber(bytes, at + 1, 2);
  if (byte >= 0) {
    out.putByte(byte, at, 3);
    return 3;
  }
  const code = bytes[at + 1] === 0x75 ? hexNumber(bytes, at + 2, 4) : -1;
  if (code < 0) return 0;
  out.putCode(code, at, 6);
  return 6;
}
