// What an escape stands for and its size in one number: a text of nothing but escapes would fill the memory with pairs.
const SIZE_BITS = 9;
const SIZE = (1 << SIZE_BITS) - 1;
const IS_BYTE = 1 << SIZE_BITS;
const CODE_SHIFT = SIZE_BITS + 1;
/** No code point is larger; what is written so stands for none. */
const MOST_CODE = 0x110000;
const NOTHING = MOST_CODE + 1;

export const NO_ESCAPE = -1;

/** A code point, or more than any, written in up to 511 bytes. */
export function escapeOf(code: number, size: number): number {
  return (Math.min(code, MOST_CODE) << CODE_SHIFT) | size;
}

/** A byte of whatever charset. */
export function byteEscapeOf(byte: number, size: number): number {
  return (byte << CODE_SHIFT) | IS_BYTE | size;
}

/** What is left out. */
export function omissionOf(size: number): number {
  return (NOTHING << CODE_SHIFT) | size;
}

/** Below 0 of NO_ESCAPE. */
export function codeOf(written: number): number {
  return written >> CODE_SHIFT;
}

export function sizeOf(written: number): number {
  return written & SIZE;
}

export function isByte(written: number): boolean {
  return (written & IS_BYTE) !== 0;
}

export function isOmission(written: number): boolean {
  return written >> CODE_SHIFT === NOTHING;
}
