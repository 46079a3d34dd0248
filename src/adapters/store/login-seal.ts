// What must be known again in the clear but not from a copy of the store: providers' refresh tokens, and what an attempt
// to log in keeps. AES-256-GCM under a key that is not in the data directory, bound to the row it stands in.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { StoreError } from './store-error.ts';

export interface LoginSeal {
  seal(place: string, text: string): Uint8Array;
  /** `undefined` when it was sealed with another key or for another place: then nothing is known. */
  open(place: string, sealed: Uint8Array): string | undefined;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `key`: 32 bytes. */
export function createLoginSeal(key: Uint8Array): LoginSeal {
  return {
    seal(place, text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(place));
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },
    open(place, sealed) {
      try {
        const end = sealed.length - TAG_BYTES;
        const nonce = sealed.subarray(0, NONCE_BYTES);
        const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(end));
        return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

/** For a store opened without the key. */
export const NO_LOGIN_SEAL: LoginSeal = {
  seal: () => {
    throw new StoreError('store-read-only', 'the store was opened without the key that seals logins');
  },
  open: () => undefined,
};
