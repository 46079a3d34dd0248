// What is known of the files of a commit as numbers: a push has a hundred thousand of them, and names and object ids are
// with whoever asked. For each file:
//
//   file  = change column count *range      change: position among the changes of the commit; column: 1 = generated
//   range = start end state tier count *evidence      tier: 0 = none, else its position + 1

import type { FileAttribution, OwnedRange } from '../../domain/attribution/attribution.ts';
import { LINE_STATES, type LineCounts, NO_LINES } from '../../domain/attribution/attribution.ts';
import { TIERS } from '../../domain/attribution/evidence.ts';
import type { Change } from '../../domain/push/inputs.ts';

const NOBODY: readonly number[] = [];

export function packFiles(files: readonly FileAttribution[], changes: readonly Change[]): Int32Array {
  const places = new Map<string, number>();
  for (const [at, { path }] of changes.entries()) if (!places.has(path)) places.set(path, at);
  const numbers: number[] = [];
  for (const { path, column, ranges } of files) {
    const at = places.get(path);
    if (at === undefined) throw new Error('a file was attributed that the commit does not change');
    numbers.push(at, column === 'generated' ? 1 : 0, ranges.length);
    for (const range of ranges) pushRange(numbers, range);
  }
  return Int32Array.from(numbers);
}

function pushRange(numbers: number[], { start, end, state, tier, evidence }: OwnedRange): void {
  numbers.push(start, end, LINE_STATES.indexOf(state), tier === undefined ? 0 : TIERS.indexOf(tier) + 1);
  numbers.push(evidence.length);
  for (const at of evidence) numbers.push(at);
}

export function unpackFiles(numbers: Int32Array, changes: readonly Change[]): FileAttribution[] {
  const reader = new NumberReader(numbers);
  const files: FileAttribution[] = [];
  while (!reader.isAtEnd) {
    const change = changes[reader.next()];
    if (change === undefined) throw new Error('a file was attributed that the commit does not change');
    const column = reader.next() === 1 ? 'generated' : 'source';
    const ranges = Array.from({ length: reader.next() }, () => nextRange(reader));
    files.push({ path: change.path, blob: change.newOid, column, lines: countsOf(ranges), ranges });
  }
  return files;
}

function nextRange(reader: NumberReader): OwnedRange {
  const [start, end] = [reader.next(), reader.next()];
  const state = LINE_STATES[reader.next()] ?? 'unknown';
  const tier = TIERS[reader.next() - 1];
  const evidence = reader.list(reader.next());
  return { start, end, state, ...(tier !== undefined && { tier }), evidence };
}

class NumberReader {
  readonly #numbers: Int32Array;
  #at = 0;
  /** Neighbours mostly have the same. */
  #last: readonly number[] = NOBODY;

  constructor(numbers: Int32Array) {
    this.#numbers = numbers;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#numbers.length;
  }

  next(): number {
    const number = this.#numbers[this.#at++];
    if (number === undefined) throw new Error('what was said of files breaks off');
    return number;
  }

  list(length: number): readonly number[] {
    const from = this.#at;
    this.#at += length;
    const isSame = this.#last.length === length && this.#last.every((one, at) => one === this.#numbers[from + at]);
    if (!isSame) this.#last = length === 0 ? NOBODY : [...this.#numbers.subarray(from, this.#at)];
    return this.#last;
  }
}

function countsOf(ranges: readonly OwnedRange[]): LineCounts {
  const counts = { ...NO_LINES };
  for (const { state, start, end } of ranges) counts[state] += end - start + 1;
  return counts;
}
