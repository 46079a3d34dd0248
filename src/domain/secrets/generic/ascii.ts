// Bytes that assignments are made of, and steps over them.
import type { Reading } from '../reading.ts';

export const SPACE = 0x20;
export const TAB = 0x09;
export const NEWLINE = 0x0a;
export const RETURN = 0x0d;
export const QUOTE = 0x22;
export const APOSTROPHE = 0x27;
export const BACKTICK = 0x60;
export const BACKSLASH = 0x5c;
export const EQUALS = 0x3d;
export const COLON = 0x3a;
export const GREATER = 0x3e;
export const LESS = 0x3c;
export const COMMA = 0x2c;
export const PAREN = 0x28;
export const DASH = 0x2d;
export const BAR = 0x7c;
export const QUESTION = 0x3f;
export const BRACE = 0x7b;

/** Blanks in a row that still belong to one assignment. */
export const MAX_SPACES = 24;

export function isQuote(byte: number | undefined): boolean {
  return byte === QUOTE || byte === APOSTROPHE || byte === BACKTICK;
}

export function afterSpaces(reading: Reading, from: number): number {
  const limit = Math.min(reading.to, from + MAX_SPACES);
  let at = from;
  while (at < limit && (reading.bytes[at] === SPACE || reading.bytes[at] === TAB)) at++;
  return at;
}
