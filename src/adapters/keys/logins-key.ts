// The key that seals what providers gave us to ask about people again: no use to whoever has the store alone.
import { ensureKeyFile } from './key-file.ts';

export const LOGINS_KEY_FILE = 'logins.key';

/** The 32 bytes of `<dir>/logins.key`; made when there is no such file. Throws with a hint. */
export function ensureLoginsKey(dir: string): Uint8Array {
  return ensureKeyFile(dir, { name: LOGINS_KEY_FILE, withoutIt: 'people then have to log in again' });
}
