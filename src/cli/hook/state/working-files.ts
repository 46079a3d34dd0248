// What is known of the files that agents work on: a hash a line, and whose each line is. Never their content.
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isBinary } from '../../../domain/attribution/lines/text-lines.ts';
import {
  type Followed,
  followLines,
  type HashedText,
  hashedText,
  LINE_HASH_BYTES,
  type MovedFrom,
  NO_LINES,
  type OwnedLines,
} from '../../../domain/attribution/working/owned-lines.ts';
import { readObject, remove, writeWhole } from './disk.ts';
import { nameFor } from './places.ts';

/** Who wrote a line: the session, and what it was asked before it did. */
export interface LineOwner {
  /** As `sessions/` has it. */
  readonly session: string;
  readonly promptId?: string;
  /** A person changed the proposal: the line is neither's alone. */
  readonly userModified?: true;
}

export interface WorkingFile {
  readonly path: string;
  readonly lines: OwnedLines<LineOwner>;
  /** Sessions that are about to edit it, and since when. */
  readonly open: Readonly<Record<string, number>>;
}

/** A larger file is not followed. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Undefined for what is no text file, or too large. */
export function readText(file: string): HashedText | undefined {
  try {
    const stat = lstatSync(file);
    if (!stat.isFile() || stat.size > MAX_BYTES) return undefined;
    const content = readFileSync(file);
    return isBinary(content) ? undefined : hashedText(content);
  } catch {
    return undefined;
  }
}

export class WorkingFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  load(path: string): WorkingFile | undefined {
    const stored = readObject(this.#file(path));
    if (stored?.['path'] !== path || typeof stored['hashes'] !== 'string') return undefined;
    const hashes = Buffer.from(stored['hashes'], 'base64');
    const owners = unpackOwners(stored['owners'], stored['runs']);
    if (owners.length * LINE_HASH_BYTES !== hashes.length) return undefined;
    return { path, lines: { hashes, owners }, open: (stored['open'] ?? {}) as Record<string, number> };
  }

  save({ path, lines, open }: WorkingFile): void {
    const stored = { path, open, hashes: lines.hashes.toString('base64'), ...packOwners(lines.owners) };
    writeWhole(this.#file(path), JSON.stringify(stored));
  }

  forget(path: string): void {
    remove(this.#file(path));
  }

  #file(path: string): string {
    return join(this.#directory, `${nameFor(path)}.json`);
  }
}

/** The file as it is now: what differs from what was known was written by `writer`. */
export function followFile(
  known: WorkingFile | undefined,
  text: HashedText,
  writer: LineOwner | undefined,
  moved?: MovedFrom<LineOwner>,
): Followed<LineOwner> {
  return followLines<LineOwner>(known?.lines ?? NO_LINES, text, writer, moved);
}

function packOwners(owners: readonly (LineOwner | undefined)[]): { owners: LineOwner[]; runs: number[] } {
  const table: LineOwner[] = [];
  const places = new Map<string, number>();
  const runs: number[] = [];
  for (const owner of owners) {
    const key = owner === undefined ? '' : `${owner.session} ${owner.promptId} ${owner.userModified}`;
    let place = owner === undefined ? 0 : places.get(key);
    if (place === undefined) {
      place = table.push(owner as LineOwner);
      places.set(key, place);
    }
    if (runs.at(-2) === place) runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
    else runs.push(place, 1);
  }
  return { owners: table, runs };
}

/** Pairs: place in the table (from 1; 0 is nobody), number of lines. */
function unpackOwners(table: unknown, runs: unknown): (LineOwner | undefined)[] {
  const owners: (LineOwner | undefined)[] = [];
  if (!Array.isArray(table) || !Array.isArray(runs)) return owners;
  for (let at = 0; at + 1 < runs.length; at += 2) {
    const owner = table[Number(runs[at]) - 1] as LineOwner | undefined;
    for (let left = Math.min(Number(runs[at + 1]), MAX_BYTES); left > 0; left--) owners.push(owner);
  }
  return owners;
}
