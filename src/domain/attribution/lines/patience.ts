// Fixed points between two sequences that are too different to be compared in full: the numbers that stand exactly once in
// both, as many of them as keep their order (a longest increasing subsequence, by piles).
import type { Box } from './myers.ts';

const MANY = 2;

export class UniqueCommon {
  readonly #before: Int32Array;
  readonly #after: Int32Array;
  readonly #beforeCounts: Uint8Array;
  readonly #afterCounts: Uint8Array;
  readonly #afterPlaces: Int32Array;

  /** For any number of boxes of these sequences, whose numbers are below `count`. */
  constructor(before: Int32Array, after: Int32Array, count: number) {
    this.#before = before;
    this.#after = after;
    this.#beforeCounts = new Uint8Array(count);
    this.#afterCounts = new Uint8Array(count);
    this.#afterPlaces = new Int32Array(count);
  }

  /** Positions in both sequences, ascending in both; time n log n of the box. */
  pairsIn(box: Box): readonly (readonly [before: number, after: number])[] {
    this.#count(box);
    const places: [number, number][] = [];
    for (let at = box.beforeFrom; at < box.beforeTo; at++) {
      const id = this.#before[at] as number;
      if (this.#beforeCounts[id] !== 1 || this.#afterCounts[id] !== 1) continue;
      places.push([at, this.#afterPlaces[id] as number]);
    }
    return longestAscending(places);
  }

  #count({ beforeFrom, beforeTo, afterFrom, afterTo }: Box): void {
    const before = this.#before.subarray(beforeFrom, beforeTo);
    const after = this.#after.subarray(afterFrom, afterTo);
    for (const id of before) this.#afterCounts[id] = 0;
    for (const id of after) this.#beforeCounts[id] = 0;
    for (const id of before) this.#beforeCounts[id] = 0;
    for (const id of before) this.#beforeCounts[id] = Math.min(MANY, (this.#beforeCounts[id] as number) + 1);
    for (const id of after) this.#afterCounts[id] = 0;
    for (const id of after) this.#afterCounts[id] = Math.min(MANY, (this.#afterCounts[id] as number) + 1);
    for (let at = afterFrom; at < afterTo; at++) this.#afterPlaces[this.#after[at] as number] = at;
  }
}

function longestAscending(places: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const tops: number[] = [];
  const previous = new Int32Array(places.length);
  for (const [at, [, after]] of places.entries()) {
    const pile = pileFor(after, tops, places);
    previous[at] = pile === 0 ? -1 : (tops[pile - 1] as number);
    tops[pile] = at;
  }
  const chain: (readonly [number, number])[] = [];
  for (let at = tops.at(-1) ?? -1; at >= 0; at = previous[at] as number) chain.push(places[at] as [number, number]);
  return chain.reverse();
}

/** The first pile whose top is not below. */
function pileFor(after: number, tops: readonly number[], places: readonly (readonly [number, number])[]): number {
  let low = 0;
  let high = tops.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[tops[middle] as number] as readonly [number, number])[1] < after) low = middle + 1;
    else high = middle;
  }
  return low;
}
