// The key that seals what is recorded of coding agents' sessions: prompts and code in the store are no use without it.
import { ensureKeyFile } from './key-file.ts';

export const SESSIONS_KEY_FILE = 'sessions.key';

/** The 32 bytes of `<dir>/sessions.key`; made when there is no such file. Throws with a hint. */
export function ensureSessionsKey(dir: string): Uint8Array {
  return ensureKeyFile(dir, { name: SESSIONS_KEY_FILE, withoutIt: 'recorded sessions can then no longer be read' });
}
