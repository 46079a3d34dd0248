// The lines of a new file and of a remembered one in the form in which they are compared.
import type { AddedFile } from '../added-file.ts';
import { HASH_BYTES, lineMarks } from '../lines/line-marks.ts';
import { type CarriedRow, LINE_BYTES, unpackLine } from './carried-row.ts';
import type { MarkedLines } from './line-runs.ts';

export function markedFile(file: AddedFile): MarkedLines {
  const { hashes, weights } = lineMarks(file);
  const starts = new Uint8Array(file.lines.length);
  let at = 0;
  for (const { start, end } of file.added) {
    if (at < starts.length) starts[at] = 1;
    at += end - start + 1;
  }
  return { keys: keysOf(hashes), weights, starts };
}

export interface MarkedRow extends MarkedLines {
  readonly row: CarriedRow;
  /** For each line; 0 when nothing was known of it. */
  readonly owners: Uint16Array;
}

export function markedRow(row: CarriedRow): MarkedRow {
  const keys = keysOf(row.hashes);
  const weights = new Uint8Array(keys.length);
  const starts = new Uint8Array(keys.length);
  const owners = new Uint16Array(keys.length);
  const known = Math.min(keys.length, Math.floor(row.lines.length / LINE_BYTES));
  for (let at = 0; at < known; at++) {
    const { owner, weight, isStart } = unpackLine(row.lines.readUInt16LE(at * LINE_BYTES));
    weights[at] = weight;
    starts[at] = isStart ? 1 : 0;
    owners[at] = owner;
  }
  return { keys, weights, starts, owners, row };
}

/** The first 53 bits of each hash, which are a number. */
function keysOf(hashes: Buffer): Float64Array {
  const keys = new Float64Array(Math.floor(hashes.length / HASH_BYTES));
  for (let at = 0; at < keys.length; at++) {
    const high = hashes.readUInt32BE(at * HASH_BYTES);
    const low = hashes.readUInt32BE(at * HASH_BYTES + 4);
    keys[at] = high * 2 ** 21 + (low >>> 11);
  }
  return keys;
}
