// The key of the fingerprints by which found secrets are recognised again. Whoever has it can try values against the
// fingerprints of the store; without it exceptions cover nothing, which is safe.
import { ensureKeyFile } from './key-file.ts';

export const FINGERPRINT_KEY_FILE = 'fingerprint.key';

/** The 32 bytes of `<dir>/fingerprint.key`; made when there is no such file. Throws with a hint. */
export function ensureFingerprintKey(dir: string): Uint8Array {
  return ensureKeyFile(dir, { name: FINGERPRINT_KEY_FILE, withoutIt: 'exceptions are then asked for anew' });
}
