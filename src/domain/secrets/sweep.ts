// Values of one shape in one object, found from left to right once, however many names or ids ask for what stands near
// them: without this, a file full of keywords would have the same bytes looked at again for each.
import type { Alphabet } from './alphabet.ts';
import { valueOpens } from './build/near.ts';
import type { Reading } from './reading.ts';
import { alphabetOf, firstBytes, lastAlphabet, leastRun, matchParts, type Part } from './shape.ts';

export interface Range {
  readonly start: number;
  readonly end: number;
}

export class Sweep {
  readonly #parts: readonly Part[];
  readonly #first: Alphabet | undefined;
  readonly #firsts: Uint8Array;
  readonly #last: Alphabet | undefined;
  /** Bytes of the first alphabet that every value begins with. */
  readonly #least: number;
  #object = -1;
  #from = 0;
  #to = 0;
  #found: Range[] = [];

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
    this.#first = alphabetOf(parts[0]);
    this.#firsts = firstBytes(parts);
    this.#last = lastAlphabet(parts);
    this.#least = leastRun(parts);
  }

  /** Values that begin from `from` on and before `to`, in order. Both may only grow from call to call to stay cheap. */
  between(reading: Reading, from: number, to: number): Range[] {
    if (this.#object !== reading.generation || from < this.#from || from > this.#to) this.#restart(reading, from);
    while (this.#to < to) this.#step(reading);
    const first = this.#found.findIndex((one) => one.start >= from);
    if (first < 0) return [];
    if (first > 0) this.#found.splice(0, first);
    this.#from = from;
    return this.#found.filter((one) => one.start < to);
  }

  #restart(reading: Reading, from: number): void {
    this.#object = reading.generation;
    this.#from = from;
    this.#to = from;
    this.#found = [];
  }

  /** Where the next value can begin at the earliest: not before a byte that would cut its first run short. */
  #pastShortRun({ bytes, to }: Reading, at: number): number {
    if (this.#first === undefined || this.#least < 2) return at;
    const last = at + this.#least - 1;
    if (last >= to) return to;
    return this.#first.has[bytes[last] as number] === 1 ? at : last + 1;
  }

  #step(reading: Reading): void {
    const at = this.#to;
    this.#to = this.#pastShortRun(reading, at);
    if (this.#to > at) return;
    this.#to++;
    if (this.#firsts[reading.bytes[at] as number] === 0 || !valueOpens(reading, at)) return;
    const end = matchParts(reading, this.#parts, at);
    if (end >= 0 && reading.endsToken(end, this.#last)) this.#found.push({ start: at, end });
    if (this.#first !== undefined) this.#to = Math.max(this.#to, reading.runEnd(this.#first, at));
  }
}
