// Edits of single files. Before a tool runs, what changed since we last looked is nobody's we know; after it, what is new in
// the file is the session's. The file is compared, not what the agent says of it.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rangesOf } from '../../domain/attribution/lines/line-ranges.ts';
import { lineAt } from '../../domain/attribution/lines/text-lines.ts';
import { type AddedPiece, type EditEvent, SESSION_BOUNDS } from '../../domain/attribution/sessions/session-event.ts';
import {
  type Followed,
  type HashedText,
  hashedText,
  type MovedFrom,
  ownedBy,
} from '../../domain/attribution/working/owned-lines.ts';
import { askGit, readBlobs } from './git/run-git.ts';
import type { HookCall, ReplacedText } from './payload.ts';
import type { Repository } from './repository.ts';
import { followFile, type LineOwner, readText, type WorkingFile, type WorkingFiles } from './state/working-files.ts';

/** Whoever began to edit so long ago is not at it any more. */
export const OPEN_FOR = 10 * 60_000;
const MAX_BYTES = 4 * 1024 * 1024;

/** What differs from what is known was not written by a session. */
export function beforeEdit(files: WorkingFiles, repository: Repository, path: string, session: string): void {
  const known = files.load(path);
  if (known === undefined && isIgnored(repository, path)) return;
  const seen = seenAs(files, repository, path, undefined);
  if (seen === undefined) files.forget(path);
  else files.save({ ...seen.file, open: { ...stillOpen(known?.open), [session]: Date.now() } });
}

/** The edit, or undefined when nothing is new, or when two sessions were at the file at once. */
export function afterEdit(
  files: WorkingFiles,
  repository: Repository,
  path: string,
  call: Pick<HookCall, 'tool' | 'replaced'>,
  writer: LineOwner,
): EditEvent | undefined {
  let known = files.load(path);
  const base = known === undefined || call.replaced.length > 0 ? baseOf(repository, path, call.replaced, known) : known;
  if (base === undefined) return undefined;
  known ??= base;
  const open = Object.fromEntries(Object.entries(stillOpen(known.open)).filter(([name]) => name !== writer.session));
  const isDisputed = Object.keys(open).length > 0;
  const seen = seenAs(files, repository, path, isDisputed ? undefined : writer, base);
  if (seen === undefined) {
    files.forget(path);
    return undefined;
  }
  files.save({ ...seen.file, open });
  return isDisputed ? undefined : editEvent(path, call.tool, writer, seen);
}

export interface Seen extends Followed<LineOwner> {
  readonly file: WorkingFile;
  readonly text: HashedText;
}

/** The file as it is now; of one that is gone, nothing. Undefined for what is no text. */
export function seenAs(
  files: WorkingFiles,
  { top }: Repository,
  path: string,
  writer: LineOwner | undefined,
  known = files.load(path),
  moved?: MovedFrom<LineOwner>,
): Seen | undefined {
  const at = join(top, path);
  const text = readText(at) ?? (existsSync(at) ? undefined : hashedText(Buffer.alloc(0)));
  if (text === undefined) return undefined;
  const isFirst = known === undefined && writer === undefined;
  const followed = isFirst
    ? { lines: ownedBy<LineOwner>(text, undefined), isNew: new Uint8Array(text.text.count) }
    : followFile(known, text, writer, moved);
  return { ...followed, text, file: { path, lines: followed.lines, open: known?.open ?? {} } };
}

export function editEvent(
  path: string,
  tool: string,
  { promptId, userModified }: LineOwner,
  { text, isNew }: Seen,
): EditEvent | undefined {
  const added = piecesOf(text, isNew);
  if (added.length === 0) return undefined;
  return {
    ...{ id: randomUUID(), at: Date.now(), kind: 'edit', path, tool, added },
    ...(promptId !== undefined && { promptId }),
    ...(userModified && { userModified }),
  };
}

function piecesOf({ text }: HashedText, isNew: Uint8Array): AddedPiece[] {
  const pieces: AddedPiece[] = [];
  for (const { start, end } of rangesOf(isNew).slice(0, SESSION_BOUNDS.piecesOfAnEdit)) {
    const lines: string[] = [];
    const last = Math.min(end, start + SESSION_BOUNDS.linesOfAnEdit - 1);
    for (let line = start; line <= last; line++) lines.push(lineAt(text, line - 1).toString('utf8'));
    pieces.push({ start, lines });
  }
  return pieces;
}

/** What the file was before an edit that no hook told of: the edit undone, else what is committed. */
function baseOf(
  repository: Repository,
  path: string,
  replaced: readonly ReplacedText[],
  known: WorkingFile | undefined,
): WorkingFile | undefined {
  if (known === undefined && isIgnored(repository, path)) return undefined;
  const undone = undo(join(repository.top, path), replaced);
  if (undone !== undefined) {
    const before = hashedText(undone);
    const lines =
      known === undefined ? ownedBy<LineOwner>(before, undefined) : followFile(known, before, undefined).lines;
    return { path, lines, open: known?.open ?? {} };
  }
  if (known !== undefined) return known;
  const [committed] = readBlobs(repository.top, [`HEAD:${path}`], MAX_BYTES);
  return committed && { path, lines: ownedBy<LineOwner>(hashedText(committed.content), undefined), open: {} };
}

/** Only where it is clear which text was put in. */
function undo(file: string, replaced: readonly ReplacedText[]): Buffer | undefined {
  if (replaced.length === 0) return undefined;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  for (const { before, after } of replaced.toReversed()) {
    const at = after === '' ? -1 : text.indexOf(after);
    if (at < 0 || text.indexOf(after, at + 1) >= 0) return undefined;
    text = text.slice(0, at) + before + text.slice(at + after.length);
  }
  return Buffer.from(text);
}

/** Made by no one's commit: a build, a log, a file of secrets. */
function isIgnored({ top }: Repository, path: string): boolean {
  return askGit(top, 'check-ignore', `./${path}`) !== undefined;
}

function stillOpen(open: WorkingFile['open'] = {}): WorkingFile['open'] {
  return Object.fromEntries(Object.entries(open).filter(([, since]) => Date.now() - since < OPEN_FOR));
}
