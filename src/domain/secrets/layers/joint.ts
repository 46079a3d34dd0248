// A value written as adjacent string literals ("AKIA" + "IOSF…", one a line in C and Python, . & || <> elsewhere) or cut
// by a backslash at the end of a line. Joining leaves out what stands between the two halves.
import { BASE64, BLANK, isIn, isVisible, NAME, spanOf } from './bytes.ts';
import { NO_ESCAPE, omissionOf } from './escape-number.ts';
import { marksOf, type TextEncoding } from './text-encoding.ts';

export const JOINT: TextEncoding = { label: 'joined', rank: 4, marks: marksOf('"\'`\\') };

const SPACE = marksOf(' \t\r\n');
const OPERATOR = marksOf('+.&|~<>\\');
const PREFIX = marksOf('rRbBfFuU@$L');
const OPENING = marksOf('([{,');
const QUOTES = marksOf('"\'`');
const MAX_SPACE = 200;

/** The end of the joint that begins at this quote or backslash: the first byte of the second half; -1 when it is none. */
export function jointEnd(bytes: Buffer, at: number): number {
  return bytes[at] === 0x5c ? lineJointEnd(bytes, at) : quoteJointEnd(bytes, at);
}

function quoteJointEnd(bytes: Buffer, at: number): number {
  const before = bytes[at - 1] ?? 0;
  const next = bytes[at + 1] ?? 0;
  // What follows a closing quote is nearly always something else.
  if (SPACE[next] !== 1 && OPERATOR[next] !== 1 && QUOTES[next] !== 1) return -1;
  if (!isVisible(before) || before === 0x5c || OPENING[before] === 1) return -1;
  const afterSpace = at + 1 + spanOf(bytes, at + 1, SPACE, MAX_SPACE);
  const operators = spanOf(bytes, afterSpace, OPERATOR, 2);
  const between = afterSpace + operators;
  const second = between + spanOf(bytes, between, SPACE, MAX_SPACE);
  const quote = second + spanOf(bytes, second, PREFIX, 2);
  if (QUOTES[bytes[quote] ?? 0] !== 1 || !isVisible(bytes[quote + 1] ?? 0)) return -1;
  if (operators > 0) return quote + 1;
  return isAdjacent(bytes, at, quote) ? quote + 1 : -1;
}

/** Without an operator between them, two literals are one only when they look alike and cut a word. */
function isAdjacent(bytes: Buffer, closing: number, opening: number): boolean {
  if (bytes[closing] !== bytes[opening]) return false;
  return opening > closing + 1 || (isIn(NAME, bytes[closing - 1]) && isIn(NAME, bytes[opening + 1]));
}

function lineJointEnd(bytes: Buffer, at: number): number {
  const next = bytes[at + 1];
  if (next !== 0x0a && next !== 0x0d) return -1;
  const line = at + (next === 0x0d && bytes[at + 2] === 0x0a ? 3 : 2);
  const end = line + spanOf(bytes, line, BLANK, MAX_SPACE);
  return isIn(BASE64, bytes[at - 1]) && isIn(BASE64, bytes[end]) ? end : -1;
}

/** What the quote or backslash at `at` begins, as an escape number: nothing is left of a joint. */
export function jointAt(bytes: Buffer, at: number): number {
  const end = jointEnd(bytes, at);
  return end < 0 ? NO_ESCAPE : omissionOf(end - at);
}
