// Finds what was known of lines when they were part of other commits: of a rebase, a cherry-pick or an amended message by
// the patch id, of a squash or a conflict by runs of lines in files of the same name. Lines that changed on the way are not
// found, and are unknown. Carried evidence says where it comes from, and never rises in tier.

import type { Oid } from '../../../protocol/oid.ts';
import type { AddedFile } from '../added-file.ts';
import type { Evidence } from '../evidence.ts';
import { LINE_WEIGHTS, lineHashes, lineMarks } from '../lines/line-marks.ts';
import { filePatchId, patchId } from '../lines/patch-id.ts';
import { CarriedEvidence } from './carried-evidence.ts';
import { type CarriedRow, nameOf } from './carried-row.ts';
import { type Effort, type LineRun, RunFinder } from './line-runs.ts';
import { type MarkedRow, markedFile, markedRow } from './marked-lines.ts';

export interface ToCarry {
  readonly commits: readonly { readonly oid: Oid }[];
  readonly files: readonly AddedFile[];
  /** What `rowKeys(files)` finds; of one path, the latest first. */
  readonly rows: readonly CarriedRow[];
  /** What the new commits say themselves: said again, it is not carried as well. */
  readonly own?: readonly Evidence[];
}

/** Remembered files that one file is compared with. */
const MAX_ROWS = 512;
/** Lines that are looked at for one push: a fraction of a second. */
const MAX_EFFORT = 10_000_000;

export function carryOver({ commits, files, rows, own = [] }: ToCarry): Evidence[] {
  if (rows.length === 0) return [];
  const memory = new Memory(rows);
  const filesOf = Map.groupBy(files, ({ commit }) => commit);
  const carried = new CarriedEvidence(own);
  for (const { oid } of commits) {
    const ofCommit = filesOf.get(oid) ?? [];
    const known = memory.withPatch(ofCommit);
    if (known.length > 0) carryPatch(oid, ofCommit, known, carried);
    else for (const file of ofCommit) carryFile(file, memory, carried);
  }
  return carried.list();
}

class Memory {
  readonly #byPatch: ReadonlyMap<string, readonly CarriedRow[]>;
  readonly #byName: ReadonlyMap<string | undefined, readonly CarriedRow[]>;
  readonly #marked = new Map<CarriedRow, MarkedRow>();
  readonly effort: Effort = { left: MAX_EFFORT };

  constructor(rows: readonly CarriedRow[]) {
    this.#byPatch = Map.groupBy(rows, (row) => row.patchId);
    this.#byName = Map.groupBy(rows, ({ name }) => name);
  }

  /** A patch of brackets alone is anybody's. */
  withPatch(files: readonly AddedFile[]): readonly MarkedRow[] {
    const id = patchId(files);
    const rows = id === undefined ? undefined : this.#byPatch.get(id);
    if (rows === undefined || !files.some(speaksForItself)) return [];
    return rows.slice(0, MAX_ROWS).map((row) => this.#markedOf(row));
  }

  /** Those of the same path first. */
  rowsLike(path: string): readonly MarkedRow[] {
    const named = this.#byName.get(nameOf(path)) ?? [];
    const rows = [...named.filter((row) => row.path === path), ...named.filter((row) => row.path !== path)];
    return rows.slice(0, MAX_ROWS).map((row) => this.#markedOf(row));
  }

  #markedOf(row: CarriedRow): MarkedRow {
    const known = this.#marked.get(row) ?? markedRow(row);
    this.#marked.set(row, known);
    return known;
  }
}

function speaksForItself(file: AddedFile): boolean {
  return lineMarks(file).weights.some((weight) => weight !== LINE_WEIGHTS.none);
}

function carryPatch(
  commit: Oid,
  files: readonly AddedFile[],
  rows: readonly MarkedRow[],
  carried: CarriedEvidence,
): void {
  const byPath = new Map(files.map((file) => [file.path, file]));
  for (const { row, owners } of rows) {
    if (row.path === undefined) carried.addWhole(row, commit);
    const file = byPath.get(row.path ?? '');
    if (file === undefined || !hasLinesOf(file, row)) continue;
    carried.addLines(file, { row, isWholePatch: true, owners });
  }
}

function hasLinesOf(file: AddedFile, row: CarriedRow): boolean {
  return lineHashes(file).subarray(0, row.hashes.length).equals(row.hashes);
}

/** The commit is another one, but what it does to this file may be the same; else by what lines it has in common. */
function carryFile(file: AddedFile, memory: Memory, carried: CarriedEvidence): void {
  const rows = memory.rowsLike(file.path);
  if (rows.length === 0 || file.lines.length === 0) return;
  const id = speaksForItself(file) ? filePatchId(file) : undefined;
  const same = rows.filter(({ row }) => row.filePatchId === id && hasLinesOf(file, row));
  for (const { row, owners } of same) carried.addLines(file, { row, isWholePatch: false, owners });
  if (same.length === 0) carryRuns(file, rows, memory.effort, carried);
}

/** Each line goes with the longest run that it is part of. */
function carryRuns(file: AddedFile, rows: readonly MarkedRow[], effort: Effort, carried: CarriedEvidence): void {
  const finder = new RunFinder(markedFile(file));
  const found = rows.map((row) => ({ row, runs: finder.runsIn(row, effort) }));
  const longest = longestAt(
    file.lines.length,
    found.flatMap(({ runs }) => runs),
  );
  for (const { row, runs } of found) {
    if (runs.length === 0) continue;
    carried.addLines(file, { row: row.row, isWholePatch: false, owners: ownersBy(runs, row, longest) });
  }
}

function ownersBy(runs: readonly LineRun[], row: MarkedRow, longest: Int32Array): Uint16Array {
  const owners = new Uint16Array(longest.length);
  for (const { from, rowFrom, length } of runs) {
    for (let at = 0; at < length; at++) {
      if (longest[from + at] === length) owners[from + at] = row.owners[rowFrom + at] as number;
    }
  }
  return owners;
}

/** The length of the longest run through each line. */
function longestAt(lines: number, runs: readonly LineRun[]): Int32Array {
  const longest = new Int32Array(lines);
  for (const { from, length } of runs) {
    for (let at = from; at < from + length; at++) longest[at] = Math.max(longest[at] as number, length);
  }
  return longest;
}
