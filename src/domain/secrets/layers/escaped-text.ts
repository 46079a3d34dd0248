// Text that was decoded escape by escape, with the place of every byte: where each few bytes come from somewhere else,
// that takes less time than segments, and the texts are short (MappedText is for the long ones).
import { escapeAt } from './escape-at.ts';
import { codeOf, isByte, isOmission, NO_ESCAPE, sizeOf } from './escape-number.ts';
import { JOINT, jointAt } from './joint.ts';
import type { Range } from './layer.ts';
import type { PositionMap } from './mapped-text.ts';
import type { TextEncoding } from './text-encoding.ts';

// A name is looked for on the line before its value; not two lines before.
const SEPARATOR = 0x0a;
const SEPARATORS = 3;
const FULL_BYTES = 1 << 18;
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

  /** Appends [start, end) of the parent with every escape of this encoding decoded, once. */
  decode(encoding: TextEncoding, parent: Buffer, { start, end }: Range): void {
    // No escape is shorter than what it stands for.
    this.#reserve(end - start);
    const { marks } = encoding;
    const isJoint = encoding === JOINT;
    const region = parent.subarray(0, end);
    const bytes = this.#bytes;
    const places = this.#places;
    let length = this.#length;
    let at = start;
    while (at < end) {
      const byte = region[at] as number;
      const written = marks[byte] !== 1 ? NO_ESCAPE : isJoint ? jointAt(region, at) : escapeAt(region, at);
      places[length] = at;
      if (written === NO_ESCAPE) {
        bytes[length++] = byte;
        at += 1;
        continue;
      }
      const code = codeOf(written);
      const size = sizeOf(written);
      if (code < 0x80 || isByte(written)) bytes[length++] = code;
      else if (!isOmission(written)) length += this.#putWide(code, length, at + size);
      at += size;
    }
    places[length] = at;
    this.#length = length;
  }

  /** Writes a code point as UTF-8; answers the bytes it takes. `end`: of the escape. */
  #putWide(code: number, at: number, end: number): number {
    const scalar = isScalar(code) ? code : REPLACEMENT;
    const width = scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4;
    // The first byte is the one that more stands for than itself; nobody asks for the others alone.
    for (let rest = width - 1; rest > 0; rest--) {
      this.#places[at + width - rest] = end - rest;
      this.#bytes[at + width - rest] = 0x80 | ((scalar >> (6 * (rest - 1))) & 0x3f);
    }
    this.#bytes[at] = ((0xf00 >> width) & 0xff) | (scalar >> (6 * (width - 1)));
    return width;
  }

  /** What comes next stands elsewhere: nothing is read across it. */
  separate(from: number): void {
    if (this.#length === 0) return;
    this.#reserve(SEPARATORS);
    this.#bytes.fill(SEPARATOR, this.#length, this.#length + SEPARATORS);
    this.#places.fill(from, this.#length, this.#length + SEPARATORS + 1);
    this.#length += SEPARATORS;
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
