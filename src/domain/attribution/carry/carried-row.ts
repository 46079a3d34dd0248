// What is kept of a push, so that its evidence is found again when the same work comes back as other commits: one row for
// a commit as a whole, one for each of its files with lines that somebody speaks for. A row holds no line, only hashes.
import type { Oid } from '../../../protocol/oid.ts';
import type { AddedFile } from '../added-file.ts';
import type { Evidence } from '../evidence.ts';
import { patchId } from '../lines/patch-id.ts';

export interface CarriedRow {
  readonly version: 1;
  readonly commit: Oid;
  /** Of the whole commit; rows of one commit have the same. */
  readonly patchId: string;
  /** Absent: what is known of the commit as a whole. Then there are no lines. */
  readonly path?: string;
  /** The last part of `path`: renamed folders keep it. */
  readonly name?: string;
  /** Of what the commit does to this file. */
  readonly filePatchId?: string;
  /** HASH_BYTES for each added line, in order. */
  readonly hashes: Buffer;
  /** Two bytes for each of them, as `packLine` has it. */
  readonly lines: Buffer;
  readonly claims: CarriedClaims;
}

/** For JSON. */
export interface CarriedClaims {
  /** Without their targets: the lines say what they are about. */
  readonly evidence: readonly Evidence[];
  /** For owner n of a line (from 1), at n - 1: its evidence, as positions in `evidence`. */
  readonly owners: readonly (readonly number[])[];
}

/** Lines of one file that are remembered; the rest is as if it had never been seen. */
export const MAX_LINES = 100_000;
/** Different owners in one file. */
export const MAX_OWNERS = 1_000;
export const LINE_BYTES = 2;

export interface PackedLine {
  /** Position in `owners`, from 1; 0 when nothing was known. */
  readonly owner: number;
  /** One of LINE_WEIGHTS. */
  readonly weight: number;
  /** Whether the line before it in the file is not one of the added. */
  readonly isStart: boolean;
}

/** Bits: two for the weight, one for the start, thirteen for the owner. */
export function packLine({ owner, weight, isStart }: PackedLine): number {
  return (owner << 3) | (isStart ? 4 : 0) | weight;
}

export function unpackLine(packed: number): PackedLine {
  return { owner: packed >> 3, weight: packed & 3, isStart: (packed & 4) !== 0 };
}

/** What rows can be looked up by for new commits. */
export interface RowKeys {
  readonly patchIds: readonly string[];
  readonly paths: readonly string[];
  readonly names: readonly string[];
}

export function rowKeys(files: readonly AddedFile[]): RowKeys {
  const byCommit = Map.groupBy(files, ({ commit }) => commit);
  const paths = new Set(files.map(({ path }) => path));
  return {
    patchIds: [...new Set([...byCommit.values()].flatMap((ofCommit) => patchId(ofCommit) ?? []))],
    paths: [...paths],
    names: [...new Set([...paths].map(nameOf))],
  };
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
