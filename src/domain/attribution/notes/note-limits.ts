// What a note may cost us. Anybody who may push can write one, so every part has a bound; the largest real one is
// 2.7 MB, with 145 files, 822 entries, 4,261 ranges and 40,000 JSON values ten levels deep.
import { ProtocolError } from '../../../protocol/errors.ts';

export const MAX_NOTE_BYTES = 8 * 1024 * 1024;
/** Of what speaks about lines: without the conversations that old notes carry. More is kept, with a finding. */
export const ODD_NOTE_BYTES = 1024 * 1024;
export const MAX_NOTE_FILES = 20_000;
export const MAX_FILE_RANGES = 50_000;
export const MAX_NOTE_RANGES = 200_000;
export const MAX_JSON_DEPTH = 32;
export const MAX_JSON_VALUES = 1_000_000;
/** In bytes; git itself allows no longer ones on the systems that it runs on. */
export const MAX_PATH_BYTES = 4096;
/** Files × sessions of one note that become evidence; the largest real note has 306. */
export const MAX_NOTE_CLAIMS = 5000;

export interface RefusedNote {
  readonly outcome: 'refused';
  readonly rule: 'note-malformed' | 'note-too-large';
  /** For people; nothing of the note is in it. */
  readonly text: string;
}

/** What `parse` gives, or why the note is refused when it throws a ProtocolError. */
export function orRefused<T>(parse: () => T): T | RefusedNote {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const rule = error.code === 'limit-exceeded' ? 'note-too-large' : 'note-malformed';
    return { outcome: 'refused', rule, text: error.message };
  }
}

/** Throws ProtocolError `limit-exceeded` for a note that is not even looked at. */
export function checkNoteSize(bytes: Uint8Array): void {
  if (bytes.length <= MAX_NOTE_BYTES) return;
  throw new ProtocolError('limit-exceeded', `${bytes.length} bytes, more than the ${MAX_NOTE_BYTES} that are read`);
}
