// By which hashes recorded output is found again: those of its lines, and winnowed ones of its tokens, which lines that were
// all laid out anew still share. The store keeps them beside the output; both sides are made here, so that they are the same.
import { decodeBytes } from '../../../protocol/bytes.ts';
import type { AddedFile } from '../added-file.ts';
import { lineHash } from '../lines/line-hash.ts';
import { HASH_BYTES, LINE_WEIGHTS, lineMarks } from '../lines/line-marks.ts';
import { isInformative, normaliseLine } from '../lines/normalise.ts';
import { addTokenHashes } from './tokens.ts';
import { runHashes, type WinnowSizes, winnow } from './winnow.ts';

/** Coarse: a shared run of 23 tokens, some three lines, is certain to be found; one hash for about a line. Never changed. */
const INDEXED: WinnowSizes = { run: 8, window: 16 };

/** Hashes asked of the store for one push. */
const MAX_WANTED = 250_000;

/** Lines of one output that it is found by: what is longer is found by its start. */
const MAX_KEPT_LINES = 10_000;

export interface OutputLine {
  readonly hash: bigint;
  /** Says something by itself: no bracket, no blank line. */
  readonly isInformative: boolean;
}

/** The lines of a text as they are compared. */
export function outputLines(text: string): readonly OutputLine[] {
  return text.split('\n').map((line) => {
    const normalised = normaliseLine(line);
    return { hash: lineHash(normalised), isInformative: isInformative(normalised) };
  });
}

/** The distinct hashes that recorded lines, which stand together, are kept under. 64 bits, without a sign. */
export function outputHashes(lines: readonly string[]): ReadonlySet<bigint> {
  const hashes = new Set<bigint>();
  addHashes(lines.slice(0, MAX_KEPT_LINES), hashes);
  return hashes;
}

/** The distinct hashes under which recorded output of these lines would be kept; a bounded number. */
export function wantedHashes(files: readonly AddedFile[]): ReadonlySet<bigint> {
  const hashes = new Set<bigint>();
  for (const file of files) {
    let from = 0;
    for (const { start, end } of file.added) {
      const to = from + end - start + 1;
      if (hashes.size < MAX_WANTED) addPieceHashes(file, from, to, hashes);
      from = to;
    }
  }
  return hashes;
}

/** A line as it is compared with what was recorded, which is text. */
export function textOf(line: Buffer): string {
  return decodeBytes(line);
}

function addHashes(lines: readonly string[], hashes: Set<bigint>): void {
  const tokens: number[] = [];
  for (const line of lines) {
    const normalised = normaliseLine(line);
    if (isInformative(normalised)) hashes.add(lineHash(normalised));
    addTokenHashes(line, tokens);
  }
  addRunHashes(tokens, hashes);
}

/** The same for added lines that stand together, whose hashes are known. */
function addPieceHashes(file: AddedFile, from: number, to: number, hashes: Set<bigint>): void {
  const marks = lineMarks(file);
  const tokens: number[] = [];
  for (let at = from; at < to; at++) {
    if (marks.weights[at] !== LINE_WEIGHTS.none) hashes.add(marks.hashes.readBigUInt64BE(at * HASH_BYTES));
    addTokenHashes(textOf(file.lines[at] as Buffer), tokens);
  }
  addRunHashes(tokens, hashes);
}

function addRunHashes(tokens: readonly number[], hashes: Set<bigint>): void {
  const stream = Int32Array.from(tokens);
  if (stream.length < INDEXED.run) return;
  const high = runHashes(stream, INDEXED.run);
  const low = runHashes(stream, INDEXED.run, OTHER_FACTOR);
  for (const at of winnow(high, INDEXED.window)) hashes.add(joined(high[at] as number, low[at] as number));
}

/** Odd, and not the other one: two 32-bit hashes that fail apart. */
const OTHER_FACTOR = 0x2c1b3c6d;

function joined(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
