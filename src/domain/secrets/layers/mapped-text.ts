// Decoded bytes that remember where they came from. The map is a list of segments: from layer offset `at` on, every
// `out` bytes came from `source` bytes of the parent, the first of them at `from`. Verbatim text is 1:1, hex 2:1,
// base64 4:3, %41 3:1; a text of one kind needs one segment however long it is.

export interface PositionMap {
  /** Offset in the parent of what stands at this offset of the layer. */
  parentOffset(offset: number): number;
  /** Whether [start, end) stands in the parent exactly so, in one piece. */
  isVerbatim(start: number, end: number): boolean;
}

/** Everything in the layer comes from one place. */
export function mappedTo(parentOffset: number): PositionMap {
  return { parentOffset: () => parentOffset, isVerbatim: () => false };
}

// Beyond it positions become those of the last segment. Only text made to have very many is so long-winded; without an
// end the map would be eight times as large as such a text.
const MAX_SEGMENTS = 1 << 18;
const FIELDS = 4;
const FEW = 48;
/** Segments looked at one after another before they are searched. */
const NEAR = 8;
// A name is looked for on the line before its value; not two lines before.
const SEPARATOR = '\n\n\n';
const FULL_BYTES = 1 << 20;
const FULL_SEGMENTS = MAX_SEGMENTS / 2;

export class MappedText implements PositionMap {
  #bytes: Buffer;
  #length = 0;
  #segments = new Int32Array(16 * FIELDS);
  #count = 0;
  #lastRow = 0;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(capacity, 16));
  }

  get length(): number {
    return this.#length;
  }

  /** Whether it is time to begin another: layers are scanned as a whole. */
  get isFull(): boolean {
    return this.#length >= FULL_BYTES || this.#count >= FULL_SEGMENTS;
  }

  /** What has been written; valid until the next write. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Appends [start, end) of the parent as it is. */
  copy(parent: Buffer, start: number, end: number): void {
    if (end <= start) return;
    this.#reserve(end - start);
    this.#segment(start, 1, 1);
    this.#append(parent, start, end);
  }

  /** There is room for it. Few bytes are copied sooner than the platform is asked to. */
  #append(from: Buffer, start: number, end: number): void {
    if (end - start < FEW) {
      for (let at = start; at < end; at++) this.#bytes[this.#length++] = from[at] as number;
    } else {
      this.#length += from.copy(this.#bytes, this.#length, start, end);
    }
  }

  /** Appends a code point (as UTF-8) that was written as the `size` bytes at `from` of the parent. */
  putCode(code: number, from: number, size: number): void {
    this.#reserve(4);
    const width = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    this.#segment(from, size, width);
    if (width === 1) this.#bytes[this.#length++] = code;
    else this.#length += this.#bytes.write(String.fromCodePoint(isScalar(code) ? code : 0xfffd), this.#length, 'utf8');
  }

  /** Appends one byte that was written as the `size` bytes at `from` of the parent. */
  putByte(byte: number, from: number, size: number): void {
    this.#reserve(1);
    this.#segment(from, size, 1);
    this.#bytes[this.#length++] = byte;
  }

  /** Appends decoded bytes of which every `out` were written as `source` bytes of the parent, beginning at `from`. */
  putBytes(bytes: Buffer, from: number, source: number, out: number): void {
    this.#reserve(bytes.length);
    this.#segment(from, source, out);
    this.#append(bytes, 0, bytes.length);
  }

  /** Appends `count` bytes, the first at `at` of the parent and each two further on; they were written as pairs from `from`. */
  putEverySecond(parent: Buffer, at: number, count: number, from: number): void {
    if (count === 0) return;
    this.#reserve(count);
    this.#segment(from, 2, 1);
    const bytes = this.#bytes;
    const length = this.#length;
    for (let index = 0; index < count; index++) bytes[length + index] = parent[at + index * 2] as number;
    this.#length += count;
  }

  /** What comes next stands elsewhere: nothing is read across it. */
  separate(from: number): void {
    if (this.#length > 0) this.putText(SEPARATOR, from);
  }

  /** Appends text of ours (ASCII) that stands for what is at `from` of the parent. */
  putText(text: string, from: number): void {
    this.#reserve(text.length);
    this.#segment(from, 0, 1);
    for (let at = 0; at < text.length; at++) this.#bytes[this.#length++] = text.charCodeAt(at);
  }

  parentOffset(offset: number): number {
    const row = this.#rowOf(offset);
    const [at, from, source, out] = this.#row(row);
    return from + Math.floor((offset - at) / out) * source;
  }

  isVerbatim(start: number, end: number): boolean {
    if (this.#count === 0) return false;
    const row = this.#rowOf(start);
    const [, , source, out] = this.#row(row);
    if (source !== 1 || out !== 1) return false;
    return row + 1 === this.#count || this.#row(row + 1)[0] >= end;
  }

  #row(row: number): readonly [at: number, from: number, source: number, out: number] {
    const base = row * FIELDS;
    const segments = this.#segments;
    if (row >= this.#count) return [0, 0, 0, 1];
    return [
      segments[base] as number,
      segments[base + 1] as number,
      segments[base + 2] as number,
      segments[base + 3] as number,
    ];
  }

  /** The last segment that begins at or before the offset. Who asks often asks in order: near the last answer first. */
  #rowOf(offset: number): number {
    if (this.#startOf(this.#lastRow) > offset) this.#lastRow = this.#search(0, this.#lastRow, offset);
    const near = Math.min(this.#lastRow + NEAR, this.#count);
    while (this.#lastRow + 1 < near && this.#startOf(this.#lastRow + 1) <= offset) this.#lastRow += 1;
    if (this.#lastRow + 1 === near) this.#lastRow = this.#search(this.#lastRow, this.#count - 1, offset);
    return this.#lastRow;
  }

  #startOf(row: number): number {
    return this.#segments[row * FIELDS] as number;
  }

  #search(first: number, last: number, offset: number): number {
    let low = first;
    let high = last;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#segments[middle * FIELDS] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Begins a segment at the end of the text, unless the last one goes on just so. */
  #segment(from: number, source: number, out: number): void {
    if (this.#count > 0) {
      const base = (this.#count - 1) * FIELDS;
      const segments = this.#segments;
      if (this.#count === MAX_SEGMENTS) return;
      const isOfKind = segments[base + 2] === source && segments[base + 3] === out;
      if (
        isOfKind &&
        goesOn(this.#length - (segments[base] as number), source, out) === from - (segments[base + 1] as number)
      )
        return;
    }
    this.#pushSegment(from, source, out);
  }

  #pushSegment(from: number, source: number, out: number): void {
    const base = this.#count * FIELDS;
    if (base === this.#segments.length) {
      const larger = new Int32Array(base * 2);
      larger.set(this.#segments);
      this.#segments = larger;
    }
    this.#segments[base] = this.#length;
    this.#segments[base + 1] = from;
    // The last one stands for all that comes: no longer a place to count from.
    this.#segments[base + 2] = this.#count === MAX_SEGMENTS - 1 ? 0 : source;
    this.#segments[base + 3] = out;
    this.#count += 1;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Bytes of the parent that this many written ones stand for; -1 when that is no whole number of steps. */
function goesOn(written: number, source: number, out: number): number {
  if (out === 1) return written * source;
  return written % out === 0 ? (written / out) * source : -1;
}

function isScalar(code: number): boolean {
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}
