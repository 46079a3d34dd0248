// The encodings that stand inside ordinary text: a few bytes written otherwise, the rest verbatim. Each is a record; one
// loop finds where they matter (text-regions.ts), one turns a region into a layer.

import type { EscapedText } from './escaped-text.ts';
import type { Range } from './layer.ts';

export interface TextEncoding {
  readonly label: string;
  /** Another number for each. Where escapes of two encodings stand side by side, the lower one is decoded first. */
  readonly rank: number;
  /** Table of the bytes an escape begins with. */
  readonly marks: Readonly<Uint8Array>;
  /**
   * Writes what the escape at `at` stands for. Answers how many bytes it takes up, 0 when there is no escape. Reads
   * nothing from `end` on.
   */
  decodeAt(bytes: Buffer, at: number, end: number, out: EscapedText): number;
}

/** Writes the region with every escape of this encoding decoded, once. */
export function decodeRegion(encoding: TextEncoding, bytes: Buffer, { start, end }: Range, out: EscapedText): void {
  const region = bytes.subarray(0, end);
  const { marks } = encoding;
  for (let at = start; ; ) {
    if (marks[region[at] as number] !== 1) at = out.copyUntil(region, marks, at, end);
    if (at >= end) return;
    const taken = encoding.decodeAt(region, at, end, out);
    if (taken === 0) out.putByte(region[at] as number, at, 1);
    at += Math.max(taken, 1);
  }
}

// What an escape stands for and its size in one number: a text of nothing but escapes would fill the memory with pairs.
const SIZE_BITS = 5;
/** No code point is larger; what is written so stands for none. */
const MOST_CODE = 0x110000;

export const NO_ESCAPE = -1;

/** A code point, or more than any, written in up to 31 bytes. */
export function escapeOf(code: number, size: number): number {
  return (Math.min(code, MOST_CODE) << SIZE_BITS) | size;
}

/** Of NO_ESCAPE it is below 0. */
export function codeOf(written: number): number {
  return written >> SIZE_BITS;
}

export function sizeOf(written: number): number {
  return written & ((1 << SIZE_BITS) - 1);
}

export function marksOf(chars: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const char of chars) table[char.charCodeAt(0)] = 1;
  return table;
}
