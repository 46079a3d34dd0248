// Shell commands of an agent may change any file, and commit. Before one runs, the files that differ from the commit are
// looked at; what is new after it is the session's. What git itself brought meanwhile (checkout, pull) is not.
import { join } from 'node:path';
import type { EditEvent } from '../../domain/attribution/sessions/session-event.ts';
import {
  hashedText,
  type MovedFrom,
  NO_LINES,
  ownedBy,
  removedLines,
} from '../../domain/attribution/working/owned-lines.ts';
import { editEvent, OPEN_FOR, seenAs } from './edits.ts';
import { askGit, parted, readBlobs, runGit } from './git/run-git.ts';
import type { Repository } from './repository.ts';
import { namesIn, readObject, remove, writeWhole } from './state/disk.ts';
import type { Places } from './state/places.ts';
import { followFile, type LineOwner, type WorkingFile, type WorkingFiles } from './state/working-files.ts';

export interface Shell {
  readonly session: string;
  readonly tool: string;
  readonly at: number;
  /** The commit at that time; undefined before the first one. */
  readonly head?: string;
  /** Paths that differed from it: `files/` has them as they were. */
  readonly dirty: readonly string[];
}

/** A command that changes more files is no edit (a checkout of a branch, an unpacked archive). */
const MAX_FILES = 500;
const MAX_BYTES = 4 * 1024 * 1024;

export interface Surroundings {
  readonly repository: Repository;
  readonly places: Places;
  readonly files: WorkingFiles;
}

export function openShell(around: Surroundings, session: string, tool: string): void {
  const { repository, places, files } = around;
  const dirty = dirtyPaths(repository);
  if (dirty === undefined) return;
  for (const path of dirty) {
    const seen = seenAs(files, repository, path, undefined);
    if (seen === undefined) files.forget(path);
    else files.save(seen.file);
  }
  const head = askGit(repository.top, 'rev-parse', '--verify', '-q', 'HEAD');
  const shell: Shell = { session, tool, at: Date.now(), dirty, ...(head !== undefined && { head }) };
  writeWhole(join(places.shells, `${session}.json`), JSON.stringify(shell));
}

/** Those that are running; with two of them nobody can say whose a change is. */
export function runningShells({ shells }: Places): Shell[] {
  return namesIn(shells).flatMap((name) => {
    const shell = readObject(join(shells, name)) as Shell | undefined;
    return shell !== undefined && Date.now() - shell.at < OPEN_FOR && Array.isArray(shell.dirty) ? [shell] : [];
  });
}

export function closeShell({ shells }: Places, session: string): void {
  remove(join(shells, `${session}.json`));
}

/** What changed since the command began. `committed`: paths of a commit made meanwhile, and what it was made on. */
export function settleShell(
  around: Surroundings,
  shell: Shell,
  writer: LineOwner | undefined,
  committed: { readonly base: string | undefined; readonly paths: readonly string[] } | undefined,
): EditEvent[] {
  const { repository, files } = around;
  const now = dirtyPaths(repository);
  const paths = new Set([...(now ?? []), ...shell.dirty, ...(committed?.paths ?? [])]);
  if (now === undefined || paths.size > MAX_FILES) return [];
  const head = committed === undefined ? askGit(repository.top, 'rev-parse', '--verify', '-q', 'HEAD') : committed.base;
  const changes = changesOf(around, [...paths], { known: new Set(shell.dirty), head });
  const moved: MovedFrom<LineOwner> = new Map();
  for (const { base, after } of changes) removedLines(base.lines, after, moved);
  return changes.flatMap(({ base }) => {
    const seen = seenAs(files, repository, base.path, writer, base, moved);
    if (seen === undefined) return [];
    files.save(seen.file);
    const event = writer && editEvent(base.path, shell.tool, writer, seen);
    return event === undefined ? [] : [event];
  });
}

interface Change {
  readonly base: WorkingFile;
  readonly after: { readonly hashes: Buffer };
}

/** Files that are not as they were: those that were looked at before, as they were then; others as committed. */
function changesOf(
  { repository, files }: Surroundings,
  paths: readonly string[],
  was: { readonly known: ReadonlySet<string>; readonly head: string | undefined },
): Change[] {
  const clean = paths.filter((path) => !was.known.has(path));
  const names = clean.map((path) => `${was.head}:${path}`);
  const blobs = new Map(
    (was.head === undefined ? [] : readBlobs(repository.top, names, MAX_BYTES)).map((blob, at) => [clean[at], blob]),
  );
  return paths.flatMap((path) => {
    const stored = files.load(path);
    const base = was.known.has(path) ? stored : asCommitted(path, stored, blobs.get(path)?.content);
    const seen = seenAs(files, repository, path, undefined, base);
    if (seen === undefined || (base === undefined && was.known.has(path))) return [];
    if (base?.lines.hashes.equals(seen.text.hashes)) return [];
    return [{ base: base ?? { path, lines: NO_LINES, open: {} }, after: seen.text }];
  });
}

function asCommitted(
  path: string,
  stored: WorkingFile | undefined,
  content: Buffer | undefined,
): WorkingFile | undefined {
  if (content === undefined) return undefined;
  const text = hashedText(content);
  const lines = stored === undefined ? ownedBy<LineOwner>(text, undefined) : followFile(stored, text, undefined).lines;
  return { path, lines, open: stored?.open ?? {} };
}

/** Paths that differ from the commit, untracked ones among them; undefined when there are too many. */
export function dirtyPaths({ top }: Repository): string[] | undefined {
  const listed = runGit(top, ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames'], {
    timeout: 2_000,
  });
  const paths = parted(listed).map((entry) => entry.slice(3));
  return listed === undefined || paths.length > MAX_FILES ? undefined : paths;
}
