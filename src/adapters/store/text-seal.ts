// Texts of sessions as the store keeps them: AES-256-GCM under a key that is not in the data directory, named by a keyed
// digest of their content, so that the same text is kept once and a copy of the store confirms no guess. What lines are
// found by is keyed as well.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { StoreError } from './store-error.ts';

export interface TextSeal {
  /** The same for the same text. */
  nameOf(text: string): string;
  seal(name: string, text: string): Uint8Array;
  /** Throws StoreError when it was sealed with another key, or under another name. */
  open(name: string, sealed: Uint8Array): string;
  /** 64-bit hashes without a sign, each as the number that stands for it in the index; in the same order. */
  indexed(hashes: Iterable<bigint>): readonly bigint[];
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const BLOCK_BYTES = 16;

/** `key`: 32 bytes, from which all others are derived. */
export function createTextSeal(key: Uint8Array): TextSeal {
  const derived = (purpose: string) => Buffer.from(hkdfSync('sha256', key, '', purpose, KEY_BYTES));
  const [nameKey, sealKey, indexKey] = ['sallyport text name', 'sallyport text seal', 'sallyport line index'].map(
    derived,
  ) as [Buffer, Buffer, Buffer];
  return {
    nameOf: (text) => createHmac('sha256', nameKey).update(text).digest('hex'),
    seal(name, text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, sealKey, nonce).setAAD(Buffer.from(name));
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },
    open(name, sealed) {
      try {
        const end = sealed.length - TAG_BYTES;
        const decipher = createDecipheriv(CIPHER, sealKey, sealed.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(Buffer.from(name)).setAuthTag(sealed.subarray(end));
        return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]).toString('utf8');
      } catch (cause) {
        const text = 'a text of a session was sealed with another key (hint: put sessions.key of that time back)';
        throw new StoreError('store-corrupt', text, { cause });
      }
    },
    indexed: (hashes) => permuted([...hashes], indexKey),
  };
}

/** One block of a block cipher for each, all in one go: what follows from equal hashes is equal, and says no more. */
function permuted(hashes: readonly bigint[], key: Buffer): readonly bigint[] {
  const blocks = Buffer.alloc(hashes.length * BLOCK_BYTES);
  for (const [i, hash] of hashes.entries()) blocks.writeBigUInt64BE(hash, i * BLOCK_BYTES);
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const sealed = Buffer.concat([cipher.update(blocks), cipher.final()]);
  return hashes.map((_, i) => sealed.readBigInt64BE(i * BLOCK_BYTES));
}
