// What the added lines of a file are compared by: a hash each, and whether it can speak for itself. Made once a file, for
// the patch id, for what is remembered and for what is found again.
import type { AddedFile } from '../added-file.ts';
import { lineHashHex } from './line-hash.ts';
import { isInformative, normaliseBytes, normaliseLine } from './normalise.ts';

export const HASH_BYTES = 8;
/** A line at least this long can be found again by itself. */
const LONG_LINE = 40;

export const LINE_WEIGHTS = { none: 0, informative: 1, long: 2 } as const;

export interface LineMarks {
  /** HASH_BYTES for each line, as `lineHash` has them, big-endian. */
  readonly hashes: Buffer;
  /** One of LINE_WEIGHTS for each line. */
  readonly weights: Uint8Array;
}

const ALL_HASHES = new WeakMap<AddedFile, Buffer>();
const ALL_MARKS = new WeakMap<AddedFile, LineMarks>();

export function lineHashes(file: AddedFile): Buffer {
  const known = ALL_HASHES.get(file);
  if (known !== undefined) return known;
  const longest = file.lines.reduce((most, { length }) => Math.max(most, length), 0);
  const normalised = Buffer.allocUnsafe(longest);
  const hashes = Buffer.allocUnsafe(file.lines.length * HASH_BYTES);
  for (const [at, line] of file.lines.entries()) {
    const length = normaliseBytes(line, normalised);
    hashes.write(lineHashHex(normalised.subarray(0, length)), at * HASH_BYTES, HASH_BYTES, 'hex');
  }
  ALL_HASHES.set(file, hashes);
  return hashes;
}

export function lineMarks(file: AddedFile): LineMarks {
  const known = ALL_MARKS.get(file);
  if (known !== undefined) return known;
  const weights = new Uint8Array(file.lines.length);
  for (const [at, line] of file.lines.entries()) weights[at] = weightOf(normaliseLine(line));
  const marks = { hashes: lineHashes(file), weights };
  ALL_MARKS.set(file, marks);
  return marks;
}

function weightOf(normalised: string): number {
  if (!isInformative(normalised)) return LINE_WEIGHTS.none;
  return normalised.length >= LONG_LINE ? LINE_WEIGHTS.long : LINE_WEIGHTS.informative;
}
