// Lines of bytes that may be one line of a hundred megabytes, or nothing but line ends, asked for many places.
import type { Range } from './layers/layer.ts';

const BLOCK = 32 * 1024;
const LF = 0x0a;

export interface LinePosition {
  /** From 1. */
  readonly line: number;
  /** From 1, in bytes. */
  readonly column: number;
}

export class LineIndex {
  readonly #bytes: Buffer;
  /** Line ends before each block; made when it is first asked for. */
  #counts: Uint32Array | undefined;
  #last: Range = { start: 0, end: -1 };

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  positionOf(offset: number): LinePosition {
    const block = Math.floor(offset / BLOCK);
    this.#counts ??= countLines(this.#bytes);
    const line = (this.#counts[block] ?? 0) + countIn(this.#bytes, block * BLOCK, offset) + 1;
    return { line, column: offset - this.#lineOf(offset).start + 1 };
  }

  /** The whole lines that [start, end) touches, without the last one's end. */
  linesOf(start: number, end: number): Range {
    const first = this.#lineOf(start);
    const last = this.#lineOf(Math.max(start, end - 1));
    return { start: first.start, end: last.end };
  }

  /** Remembers the last line: places come in order, and a line may be as long as the whole. */
  #lineOf(offset: number): Range {
    const { start, end } = this.#last;
    if (offset >= start && offset <= end) return this.#last;
    const before = offset === 0 ? -1 : this.#bytes.lastIndexOf(LF, offset - 1);
    const after = this.#bytes.indexOf(LF, offset);
    this.#last = { start: before + 1, end: after < 0 ? this.#bytes.length : after };
    return this.#last;
  }
}

function countLines(bytes: Buffer): Uint32Array {
  const counts = new Uint32Array(Math.ceil(bytes.length / BLOCK) + 1);
  for (let block = 1; block < counts.length; block++) {
    const from = (block - 1) * BLOCK;
    counts[block] = (counts[block - 1] as number) + countIn(bytes, from, Math.min(from + BLOCK, bytes.length));
  }
  return counts;
}

function countIn(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) if (bytes[at] === LF) count += 1;
  return count;
}
