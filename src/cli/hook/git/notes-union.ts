// Notes of several clones in one ref: all commits of both, and where both have a note of a commit, what both say.
import { mergeNotes } from '../../../domain/attribution/notes/merge-notes.ts';
import { NOTES_REF, putNote, readNoteBlob } from './notes.ts';
import { runGit } from './run-git.ts';

const MAX_BOTH = 200;

/** Merges `theirs` into our notes ref; false when git could not. */
export function addedToNotes(top: string, theirs: string): boolean {
  const ours = listedNotes(top, NOTES_REF);
  const both = [...listedNotes(top, theirs)].filter(([commit, note]) => (ours.get(commit) ?? note) !== note);
  if (runGit(top, ['notes', `--ref=${NOTES_REF}`, 'merge', '-q', '-s', 'ours', theirs]) === undefined) return false;
  for (const [commit, note] of both.slice(0, MAX_BOTH)) {
    const [mine, other] = [readNoteBlob(top, ours.get(commit) as string), readNoteBlob(top, note)];
    if (mine.outcome !== 'read' || other.outcome !== 'read') continue;
    if (mine.note.baseCommit === commit) putNote(top, mergeNotes(mine.note, other.note));
  }
  return true;
}

/** By commit, the blob of its note. */
function listedNotes(top: string, ref: string): Map<string, string> {
  const lines =
    runGit(top, ['notes', `--ref=${ref}`, 'list'])
      ?.toString()
      .split('\n') ?? [];
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const [note, commit] = line.split(' ');
      return note === undefined || commit === undefined ? [] : [[commit, note]];
    }),
  );
}
