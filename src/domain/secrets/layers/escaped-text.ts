// Text that was decoded escape by escape, with the place of every byte: where each few bytes come from somewhere else,
// that takes less time than segments, and the texts are short (MappedText is for the long ones).
import type { PositionMap } from './mapped-text.ts';

// A name is looked for on the line before its value; not two lines before.
const SEPARATOR = 0x0a;
const SEPARATORS = 3;
const FULL_BYTES = 1 << 18;
const MOST_WIDTH = 4;
const REPLACEMENT = 0xfffd;

export class EscapedText implements PositionMap {
  #bytes = Buffer.allocUnsafe(256);
  /**
   * For each byte its offset in the parent, and one more: where the parent goes on. They grow by one a byte, and by more
   * behind an escape.
   */
  #places = new Int32Array(257);
  #length = 0;
  /** Where what stood elsewhere begins, in order. */
  readonly #regions: number[] = [0];
  /** The region asked for last. */
  #region = 0;

  get length(): number {
    return this.#length;
  }

  /** Whether it is time to begin another: layers are scanned as a whole. */
  get isFull(): boolean {
    return this.#length >= FULL_BYTES;
  }

  /** What has been written; valid until the next write. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Appends the parent from `start` up to the first byte that is in the table, which it answers, or up to `end`. */
  copyUntil(parent: Buffer, table: Readonly<Uint8Array>, start: number, end: number): number {
    this.#reserve(end - start);
    const bytes = this.#bytes;
    const places = this.#places;
    let length = this.#length;
    let at = start;
    for (; at < end && table[parent[at] as number] !== 1; at++) {
      bytes[length] = parent[at] as number;
      places[length++] = at;
    }
    places[length] = at;
    this.#length = length;
    return at;
  }

  /** Appends one byte that was written as the `size` bytes at `from` of the parent. */
  putByte(byte: number, from: number, size: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = byte;
    this.#places[this.#length++] = from;
    this.#places[this.#length] = from + size;
  }

  /** Appends a code point (as UTF-8) that was written as the `size` bytes at `from` of the parent. */
  putCode(code: number, from: number, size: number): void {
    if (code < 0x80) this.putByte(code, from, size);
    else this.#putWide(isScalar(code) ? code : REPLACEMENT, from, size);
  }

  #putWide(code: number, from: number, size: number): void {
    this.#reserve(MOST_WIDTH);
    const width = this.#bytes.write(String.fromCodePoint(code), this.#length, 'utf8');
    // The first byte is the one that more stands for than itself; nobody asks for the others alone.
    this.#places[this.#length] = from;
    for (let rest = width - 1; rest >= 0; rest--) this.#places[this.#length + width - rest] = from + size - rest;
    this.#length += width;
  }

  /** What comes next stands elsewhere: nothing is read across it. */
  separate(from: number): void {
    if (this.#length === 0) return;
    for (let count = 0; count < SEPARATORS; count++) this.putByte(SEPARATOR, from, 0);
    this.#regions.push(this.#length);
  }

  parentOffset(offset: number): number {
    return this.#places[Math.min(offset, this.#length)] as number;
  }

  isVerbatim(start: number, end: number): boolean {
    const last = Math.min(end, this.#length);
    if (last > this.#endOfRegion(start)) return false;
    return (this.#places[last] as number) - (this.#places[start] as number) === last - start;
  }

  /** Who asks mostly asks in order. */
  #endOfRegion(offset: number): number {
    const regions = this.#regions;
    while (this.#region > 0 && (regions[this.#region] as number) > offset) this.#region -= 1;
    while ((regions[this.#region + 1] ?? Number.POSITIVE_INFINITY) <= offset) this.#region += 1;
    return (regions[this.#region + 1] ?? Number.POSITIVE_INFINITY) - SEPARATORS;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const room = Math.max(this.#bytes.length * 2, needed);
    const bytes = Buffer.allocUnsafe(room);
    this.#bytes.copy(bytes, 0, 0, this.#length);
    const places = new Int32Array(room + 1);
    places.set(this.#places.subarray(0, this.#length + 1));
    this.#bytes = bytes;
    this.#places = places;
  }
}

function isScalar(code: number): boolean {
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}
