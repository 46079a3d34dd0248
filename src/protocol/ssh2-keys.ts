// ssh2 1.17.0 hands node:crypto the bytes of its keys for every packet. Node 24 takes 50 us to find out that bytes are
// no KeyObject, more than it takes to encrypt the packet; with a KeyObject it is 2 us. So the keys are wrapped when a
// cipher is put in place, after the first key exchange and after each later one. Nothing else about ssh2 is changed, and
// where its inside is another one, nothing happens at all.
import { createSecretKey } from 'node:crypto';

const CIPHERS = ['_cipher', '_decipher'] as const;
/** Fields of its ciphers that are given to createCipheriv(), createDecipheriv() or createHmac(). */
const KEYS = ['_encKey', '_decipherKey', '_macKey'] as const;

/** To be called when a client or server connection of ssh2 exists, before its first key exchange ends. */
export function keepKeyObjects(connection: object): void {
  const protocol: unknown = Reflect.get(connection, '_protocol');
  if (typeof protocol !== 'object' || protocol === null) return;
  for (const name of CIPHERS) {
    let current: unknown = withKeyObjects(Reflect.get(protocol, name));
    Object.defineProperty(protocol, name, {
      configurable: true,
      enumerable: true,
      get: () => current,
      set: (cipher: unknown) => {
        current = withKeyObjects(cipher);
      },
    });
  }
}

function withKeyObjects(cipher: unknown): unknown {
  if (typeof cipher !== 'object' || cipher === null) return cipher;
  for (const name of KEYS) {
    const key: unknown = Reflect.get(cipher, name);
    if (Buffer.isBuffer(key)) Reflect.set(cipher, name, createSecretKey(key));
  }
  return cipher;
}
