// After an amend or a rebase: what notes say of lines goes with the lines that are still there.
import { addLine, type GrowingRange } from '../../../domain/attribution/lines/line-ranges.ts';
import { type GitAiNote, type NoteFile, serialiseGitAiNote } from '../../../domain/attribution/notes/git-ai-note.ts';
import { mergeNotes } from '../../../domain/attribution/notes/merge-notes.ts';
import { agentOfTool } from '../../../domain/attribution/notes/tool-names.ts';
import { followLines, hashedText, ownedBy } from '../../../domain/attribution/working/owned-lines.ts';
import { flushBehind, handOver } from '../outbox.ts';
import type { Repository } from '../repository.ts';
import { withLock } from '../state/lock.ts';
import { placesOf } from '../state/places.ts';
import { commitEvents, type LineShare } from './claims.ts';
import { type CommittedText, readCommitPaths, readCommitted } from './commit-files.ts';
import { addNote, readNote } from './notes.ts';
import { readBlobs } from './run-git.ts';

const MAX_COMMITS = 1_000;
const MAX_BYTES = 4 * 1024 * 1024;

/** `input`: a line for each commit, the old id and the new one (githooks, post-rewrite). */
export async function postRewrite(repository: Repository, input: string): Promise<void> {
  const pairs = [...input.matchAll(/^([0-9a-f]{40,64}) ([0-9a-f]{40,64})/gm)].slice(0, MAX_COMMITS);
  const byNew = Map.groupBy(pairs, (pair) => pair[2] as string);
  const items = withLock(placesOf(repository).lock, () =>
    [...byNew].flatMap(([commit, olds]) =>
      carryTo(
        repository,
        commit,
        olds.map((pair) => pair[1] as string),
      ),
    ),
  );
  await handOver(repository, items ?? []);
  flushBehind(repository);
}

function carryTo({ top }: Repository, commit: string, olds: readonly string[]) {
  const notes = olds.flatMap((old) => {
    const there = readNote(top, old);
    return there.outcome === 'read' ? [{ old, note: there.note }] : [];
  });
  const made = notes.length === 0 ? undefined : readCommitPaths(top, commit);
  if (made === undefined) return [];
  const wanted = new Set(notes.flatMap(({ note }) => note.files.map(({ path }) => path)));
  const texts = readCommitted(top, made, (path) => wanted.has(path));
  const carried = notes.map(({ old, note }) => carriedNote(top, { old, note, commit, texts }));
  const [first, ...rest] = carried.toReversed();
  const note = rest.reduce(mergeNotes, first as GitAiNote);
  const there = readNote(top, commit);
  // Of an amended commit the post-commit hook has said it already, as far as it is the same.
  const known = there.outcome === 'read' && there.note.baseCommit === commit ? there.note : undefined;
  const isKnown = known !== undefined && serialiseGitAiNote(mergeNotes(known, note)).equals(serialiseGitAiNote(known));
  if (note.files.length === 0 || isKnown || !addNote(top, note)) return [];
  return commitEvents(commit, sharesIn(note, texts));
}

interface ToCarry {
  readonly old: string;
  readonly note: GitAiNote;
  readonly commit: string;
  readonly texts: readonly CommittedText[];
}

function carriedNote(top: string, { old, note, commit, texts }: ToCarry): GitAiNote {
  const byPath = new Map(texts.map((text) => [text.path, text]));
  const files = note.files.filter(({ path }) => byPath.has(path));
  const before = readBlobs(
    top,
    files.map(({ path }) => `${old}:${path}`),
    MAX_BYTES,
  );
  const carried = files.flatMap((file, at) => {
    const content = before[at]?.content;
    const text = byPath.get(file.path);
    const moved = content && text && carriedFile(file, content, text);
    return moved === undefined || moved.entries.length === 0 ? [] : [moved];
  });
  return { ...note, files: carried, baseCommit: commit };
}

function carriedFile({ path, entries }: NoteFile, content: Buffer, { blob, added }: CommittedText): NoteFile {
  const before = hashedText(content);
  const owners = [...ownedBy<string>(before, undefined).owners];
  for (const { key, ranges } of entries) {
    for (const { start, end } of ranges) owners.fill(key, start - 1, Math.min(end, owners.length));
  }
  const after = followLines({ hashes: before.hashes, owners }, hashedText(blob.content), undefined).lines.owners;
  const ranges = new Map<string, GrowingRange[]>();
  for (const { start, end } of added) {
    for (let line = start; line <= end; line++) extend(ranges, after[line - 1], line);
  }
  return { path, entries: [...ranges].map(([key, lines]) => ({ key, ranges: lines })) };
}

function extend(ranges: Map<string, GrowingRange[]>, key: string | undefined, line: number): void {
  if (key === undefined) return;
  const lines = ranges.get(key) ?? [];
  ranges.set(key, lines);
  addLine(lines, line);
}

/** Of sessions that the note names; which prompt it was is not in it. */
function sharesIn(note: GitAiNote, texts: readonly CommittedText[]): LineShare[] {
  const blobs = new Map(texts.map(({ path, blob }) => [path, blob.oid]));
  return note.files.flatMap(({ path, entries }) =>
    entries.flatMap(({ key, ranges }): LineShare[] => {
      const session = note.sessions.get(key.split('::')[0] ?? '');
      const blob = blobs.get(path);
      const { codingAgent } = agentOfTool(session?.tool);
      if (session === undefined || session.id === '' || blob === undefined || codingAgent === undefined) return [];
      const model = session.model === 'unknown' || session.model === '' ? {} : { model: session.model };
      return [{ path, blob, session: { codingAgent, conversation: session.id, ...model }, ranges }];
    }),
  );
}
