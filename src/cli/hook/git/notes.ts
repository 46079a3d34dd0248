// The notes of git-ai: read, and written without losing what others wrote.
import { type GitAiNote, parseGitAiNote, serialiseGitAiNote } from '../../../domain/attribution/notes/git-ai-note.ts';
import { mergeNotes } from '../../../domain/attribution/notes/merge-notes.ts';
import { MAX_NOTE_BYTES } from '../../../domain/attribution/notes/note-limits.ts';
import { askGit, readBlobs, runGit } from './run-git.ts';

export const NOTES_REF = 'refs/notes/ai';

export type NoteThere =
  | { readonly outcome: 'none' }
  | { readonly outcome: 'read'; readonly note: GitAiNote }
  /** Something that we do not understand: not ours to touch. */
  | { readonly outcome: 'unreadable' };

export function readNote(top: string, commit: string, ref = NOTES_REF): NoteThere {
  const oid = askGit(top, 'notes', `--ref=${ref}`, 'list', commit);
  return oid === undefined ? { outcome: 'none' } : readNoteBlob(top, oid);
}

export function readNoteBlob(top: string, oid: string): NoteThere {
  const [blob] = readBlobs(top, [oid], MAX_NOTE_BYTES);
  const parsed = blob && parseGitAiNote(blob.content);
  return parsed?.outcome === 'parsed' ? { outcome: 'read', note: parsed.note } : { outcome: 'unreadable' };
}

const ATTEMPTS = 4;

/** Adds it to what is said of its commit already; one that is about another commit is replaced. */
export function addNote(top: string, note: GitAiNote): boolean {
  const there = readNote(top, note.baseCommit);
  if (there.outcome === 'unreadable') return false;
  const isAboutThis = there.outcome === 'read' && there.note.baseCommit === note.baseCommit;
  return putNote(top, isAboutThis ? mergeNotes(there.note, note) : note);
}

/** The ref moves under us when another tool writes a note at the same time. */
export function putNote(top: string, note: GitAiNote): boolean {
  const blob = runGit(top, ['hash-object', '-w', '--stdin'], { input: serialiseGitAiNote(note) })
    ?.toString()
    .trim();
  if (blob === undefined) return false;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (runGit(top, ['notes', `--ref=${NOTES_REF}`, 'add', '-f', '-C', blob, note.baseCommit]) !== undefined)
      return true;
  }
  return false;
}
