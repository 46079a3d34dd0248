// Backslash escapes of JSON (RFC 8259, section 7), JavaScript, C, Python and their kin, one level at a time: a string in
// a string in a string takes three layers. A notebook's cells and a service account's `private_key` are of this kind.
import { BASE64, BLANK, hexByte, hexNumber, isVisible, NAME, spanBefore, spanOf } from './bytes.ts';
import { byteEscapeOf, codeOf, escapeOf, NO_ESCAPE } from './escape-number.ts';
import { marksOf, type TextEncoding } from './text-encoding.ts';

export const BACKSLASH: TextEncoding = { label: 'escapes', rank: 0, marks: marksOf('\\') };

const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, f: 12, v: 11, a: 7 };
const CONTROL_OF: Readonly<Uint8Array> = controlTable();
const QUOTE = 0x22;
const SLASH = 0x2f;

/**
 * Whether the escape after the backslashes in [start, end) can hide a secret: it stands for a visible character, or cuts
 * a key, its name or its value off from what is around it. `\n` after a sentence and `\"` around a word do not.
 */
export function isBackslashWorth(bytes: Buffer, start: number, end: number): boolean {
  const kind = bytes[end] ?? 0;
  if (kind === QUOTE) return isByAssignment(bytes, start, end + 1);
  if (kind === SLASH) return isInsideValue(bytes, start, end + 1);
  if (CONTROL_OF[kind] !== 0) return isBeforeValue(bytes, end + 1);
  return isVisible(codeOf(numericAt(bytes, end - 1)));
}

/** The bytes after the backslash that write a number, if they do; 0 where they may be more or fewer, or say no number. */
export function numericSize(bytes: Buffer, at: number): number {
  return bytes[at + 1] === 0x7b ? 0 : (NUMERIC_SIZES[bytes[at] as number] as number);
}

function isByAssignment(bytes: Buffer, before: number, after: number): boolean {
  const next = bytes[after + spanOf(bytes, after, BLANK, 8)];
  if (next === 0x3a || next === 0x3d) return true; // : =
  const previous = bytes[before - 1 - spanBefore(bytes, before, BLANK, 8)];
  return previous === 0x3a || previous === 0x3d;
}

/** `https:\/\/` and slashes escaped amid base64, as PHP writes them. */
function isInsideValue(bytes: Buffer, before: number, after: number): boolean {
  if (bytes[before - 1] === 0x3a) return true;
  return spanBefore(bytes, before, BASE64, 8) === 8 && spanOf(bytes, after, BASE64, 8) === 8;
}

/** After a line break: a long token, `NAME=`, `name:`, or the rule of a PEM. */
function isBeforeValue(bytes: Buffer, at: number): boolean {
  const token = spanOf(bytes, at, BASE64, 16);
  if (token === 16) return true;
  const name = spanOf(bytes, at, NAME, 16);
  if (name < 3) return false;
  const next = bytes[at + name + spanOf(bytes, at + name, BLANK, 4)];
  return next === 0x3a || next === 0x3d;
}

/** What the backslash at `at` begins, as an escape number. */
export function backslashAt(bytes: Buffer, at: number): number {
  if (at + 1 >= bytes.length) return NO_ESCAPE;
  const kind = bytes[at + 1] as number;
  const numeric = numericAt(bytes, at);
  if (numeric !== NO_ESCAPE) return numeric;
  const control = CONTROL_OF[kind] as number;
  if (control !== 0) return byteEscapeOf(control, 2);
  // `\d` of a pattern, and a line that goes on, are no escapes of a character.
  return !isVisible(kind) || NAME[kind] === 1 ? NO_ESCAPE : byteEscapeOf(kind, 2);
}

const LETTER_U = 0x75;
const CAPITAL_U = 0x55;
const LETTER_X = 0x78;

/** \u0041 \x41 \U00000041 \101 */
const NUMERIC_SIZES = new Uint8Array(256);
for (const [kind, size] of Object.entries({ u: 5, x: 3, U: 9, 0: 3, 1: 3 })) NUMERIC_SIZES[kind.charCodeAt(0)] = size;

/** \u0041 \u{41} \U00000041 \x41 \101 */
function numericAt(bytes: Buffer, at: number): number {
  const kind = bytes[at + 1];
  if (kind === LETTER_U) return fourAt(bytes, at);
  if (kind === CAPITAL_U) return fixedAt(bytes, at, 8);
  if (kind === LETTER_X) return byteAt(bytes, at);
  if (kind === 0x30 || kind === 0x31) return octalAt(bytes, at);
  return NO_ESCAPE;
}

/** \x41 and \101 are bytes of whatever charset, not code points. */
function byteAt(bytes: Buffer, at: number): number {
  const byte = hexByte(bytes, at + 2);
  return byte < 0 ? NO_ESCAPE : byteEscapeOf(byte, 4);
}

function fourAt(bytes: Buffer, at: number): number {
  if (bytes[at + 2] === 0x7b) return bracedAt(bytes, at);
  const code = (hexByte(bytes, at + 2) << 8) | hexByte(bytes, at + 4);
  return code < 0 ? NO_ESCAPE : escapeOf(code, 6);
}

function fixedAt(bytes: Buffer, at: number, digits: number): number {
  const code = hexNumber(bytes, at + 2, digits);
  return code < 0 ? NO_ESCAPE : escapeOf(code, digits + 2);
}

function bracedAt(bytes: Buffer, at: number): number {
  for (let digits = 1; digits <= 6; digits++) {
    if (bytes[at + 3 + digits] !== 0x7d) continue;
    const code = hexNumber(bytes, at + 3, digits);
    return code < 0 ? NO_ESCAPE : escapeOf(code, digits + 4);
  }
  return NO_ESCAPE;
}

function octalAt(bytes: Buffer, at: number): number {
  let code = 0;
  for (let index = at + 1; index <= at + 3; index++) {
    const digit = (bytes[index] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) return NO_ESCAPE;
    code = code * 8 + digit;
  }
  return byteEscapeOf(code, 4);
}

function controlTable(): Uint8Array {
  const table = new Uint8Array(256);
  for (const [letter, code] of Object.entries(CONTROLS)) table[letter.charCodeAt(0)] = code;
  return table;
}
