// Notes that say who wrote commits: those that this push brings, and those that came before the commits did.
import { visibleText } from '../../../protocol/bytes.ts';
import { isZeroOid, type Oid } from '../../../protocol/oid.ts';
import type { ObjectReader } from '../../ports.ts';
import type { Finding } from '../../push/finding.ts';
import type { UpdateFacts } from '../../push/inputs.ts';
import { commitOfNotePath } from '../notes/notes-tree.ts';
import { isTellingRef } from '../notes/other-notes.ts';

/** A note in a tree of notes. */
export interface NotePlace {
  readonly ref: string;
  /** The commit it is about. */
  readonly about: Oid;
  readonly blob: Oid;
}

export interface Note extends NotePlace {
  readonly bytes: Buffer;
}

const NOTES = 'refs/notes/';
const MAX_NOTES = 50_000;
/** Of one note; past it, it is too large to be read, and that is said. */
const MAX_NOTE_BYTES = 9 * 1024 * 1024;
const MAX_BYTES = 64 * 1024 * 1024;

export function isNotesRef(refName: string): boolean {
  return refName.startsWith(NOTES);
}

/** The notes that the push adds or changes, by the commits they are about. */
export function notesBrought(updates: readonly UpdateFacts[]): readonly NotePlace[] {
  const places: NotePlace[] = [];
  for (const { refName, net } of updates) {
    if (!isTellingRef(refName)) continue;
    for (const { path, newMode, newOid } of net) {
      if (!newMode.startsWith('100') || isZeroOid(newOid) || places.length >= MAX_NOTES) continue;
      const about = commitOfNotePath(path);
      if (about !== undefined) places.push({ ref: refName, about, blob: newOid });
    }
  }
  return places;
}

export interface NotesRead {
  readonly notes: readonly Note[];
  readonly findings: readonly Finding[];
}

/** Those that can be read; one that is not here any more says nothing, one that is too large is told. */
export async function readNotes(places: readonly NotePlace[], reader: ObjectReader): Promise<NotesRead> {
  const notes: Note[] = [];
  const findings: Finding[] = [];
  let left = MAX_BYTES;
  for (const place of places) {
    const info = await reader.info(place.blob);
    if (info?.type !== 'blob') continue;
    if (info.size > Math.min(MAX_NOTE_BYTES, left)) {
      findings.push(tooLarge(place, info.size));
      continue;
    }
    left -= info.size;
    const object = await reader.read(place.blob, MAX_NOTE_BYTES);
    if (object !== undefined) notes.push({ ...place, bytes: object.content });
  }
  return { notes, findings };
}

function tooLarge({ ref, about }: NotePlace, size: number): Finding {
  const text = `a note of ${visibleText(ref)} has ${size} bytes and is not read`;
  return { rule: 'note-too-large', severity: 'medium', text, commit: about };
}
