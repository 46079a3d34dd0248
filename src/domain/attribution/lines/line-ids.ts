// Numbers for lines: equal lines have equal numbers. A hash table over the bytes, which compares them, so that a collision
// is never taken for equality. Whoever fills it with collisions only gets lines that count as different.
import { isSameLine, type TextLines } from './text-lines.ts';

const MAX_PROBES = 64;

/** Lines `from` up to `to` of a text. */
export interface Stretch {
  readonly text: TextLines;
  readonly from: number;
  readonly to: number;
}

export interface LineIds {
  readonly before: Int32Array;
  readonly after: Int32Array;
  /** All ids are below. */
  readonly count: number;
}

/** Ids of the lines of two stretches; at most MAX_PROBES comparisons a line. */
export function lineIds(before: Stretch, after: Stretch): LineIds {
  const table = new LineTable([before.text, after.text], before.to - before.from + after.to - after.from);
  return { before: table.idsOf(0, before), after: table.idsOf(1, after), count: table.count };
}

class LineTable {
  readonly #texts: readonly TextLines[];
  /** Id + 1; 0 is free. */
  readonly #slots: Int32Array;
  readonly #hashes: Int32Array;
  /** Where an id was first seen: line * 2 + text. */
  readonly #first: Float64Array;
  count = 0;

  constructor(texts: readonly TextLines[], lines: number) {
    this.#texts = texts;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(lines * 2 + 2)));
    this.#hashes = new Int32Array(lines);
    this.#first = new Float64Array(lines);
  }

  idsOf(side: 0 | 1, { text, from, to }: Stretch): Int32Array {
    const ids = new Int32Array(to - from);
    for (let line = from; line < to; line++) ids[line - from] = this.#idOf(side, text, line);
    return ids;
  }

  #idOf(side: 0 | 1, text: TextLines, line: number): number {
    const mask = this.#slots.length - 1;
    const hash = hashOf(text, line);
    let slot = hash & mask;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const id = (this.#slots[slot] as number) - 1;
      if (id < 0) break;
      if (this.#hashes[id] === hash && this.#isSame(id, text, line)) return id;
      slot = (slot + 1) & mask;
    }
    return this.#add(slot, hash, line * 2 + side);
  }

  #isSame(id: number, text: TextLines, line: number): boolean {
    const first = this.#first[id] as number;
    return isSameLine(this.#texts[first % 2] as TextLines, Math.floor(first / 2), text, line);
  }

  #add(slot: number, hash: number, place: number): number {
    const id = this.count++;
    this.#hashes[id] = hash;
    this.#first[id] = place;
    if (this.#slots[slot] === 0) this.#slots[slot] = id + 1;
    return id;
  }
}

/** Four bytes a multiplication: the multiplications wait for each other. */
function hashOf({ bytes, starts }: TextLines, line: number): number {
  const end = starts[line + 1] as number;
  let at = starts[line] as number;
  let hash = end - at;
  for (; at + 4 <= end; at += 4) {
    const four =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    hash = Math.imul(hash ^ four, 0x2c1b3c6d);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x2c1b3c6d);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x297a2d39) ^ (hash >>> 13);
}
