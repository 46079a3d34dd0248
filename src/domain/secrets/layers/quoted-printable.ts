// Quoted-printable (RFC 2045, section 6.7): =XX for a byte, and lines cut at 76 characters with a trailing `=`.
import { hexByte, isVisible } from './bytes.ts';
import { byteEscapeOf, NO_ESCAPE, omissionOf } from './escape-number.ts';
import { marksOf, type TextEncoding } from './text-encoding.ts';

export const QUOTED_PRINTABLE: TextEncoding = { label: 'quoted-printable', rank: 3, marks: marksOf('=') };

// Encoders fill their lines; `NAME=` at the end of a short line is an empty setting.
const LEAST_LINE = 50;
const MAX_LINE = 78;

/** Whether `=` is an escape: `=3D` (which text of this kind cannot avoid), two escapes in a row, or a filled line. */
export function isQuotedPrintableWorth(bytes: Buffer, at: number): boolean {
  const next = bytes[at + 1];
  if (next === 0x0a || next === 0x0d) return endsFilledLine(bytes, at);
  const code = hexByte(bytes, at + 1);
  if (code === 0x3d) return true;
  return isVisible(code) && bytes[at + 3] === 0x3d && isVisible(hexByte(bytes, at + 4));
}

function endsFilledLine(bytes: Buffer, at: number): boolean {
  const before = bytes[at - 1];
  if (before === 0x3d || before === undefined || softBreakSize(bytes, at) === 0) return false;
  let start = at;
  while (start > 0 && at - start <= MAX_LINE && bytes[start - 1] !== 0x0a) start -= 1;
  return at - start >= LEAST_LINE && at - start < MAX_LINE;
}

function softBreakSize(bytes: Buffer, at: number): number {
  if (bytes[at + 1] === 0x0a) return 2;
  return bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0a ? 3 : 0;
}

/** What the equals sign at `at` begins, as an escape number. */
export function quotedAt(bytes: Buffer, at: number): number {
  const byte = hexByte(bytes, at + 1);
  if (byte >= 0) return byteEscapeOf(byte, 3);
  const size = softBreakSize(bytes, at);
  return size === 0 ? NO_ESCAPE : omissionOf(size);
}
