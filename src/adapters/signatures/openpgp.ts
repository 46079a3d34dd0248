// OpenPGP signatures of commits (RFC 9580), by the `openpgp` library. Loaded when the first signer is configured: it is
// large, and most gateways have none.
import type { KeyCheck } from './key-check.ts';

type Library = typeof import('openpgp');
type PublicKeys = Awaited<ReturnType<Library['readKeys']>>;

/** Reads armored public keys; rejects when there are none. */
export async function readOpenPgpKeys(armored: string): Promise<PublicKeys> {
  const { readKeys } = await import('openpgp');
  const keys = await readKeys({ armoredKeys: armored });
  if (keys.some((key) => key.isPrivate())) throw new Error('the file holds a private key, it must be a public one');
  return keys;
}

/** Whether `armored` is a signature over exactly these bytes by one of `keys`, which must have been valid then. */
export async function checkOpenPgp(armored: string, payload: Buffer, keys: PublicKeys): Promise<KeyCheck> {
  const { createMessage, readSignature, verify } = await import('openpgp');
  try {
    const signature = await readSignature({ armoredSignature: armored });
    const message = await createMessage({ binary: payload });
    const { signatures } = await verify({ message, signature, verificationKeys: keys });
    const [only, ...more] = signatures;
    if (only === undefined || more.length > 0) return { outcome: 'bad', text: 'there is not exactly one signature' };
    const key = keys.find((one) => one.getKeys(only.keyID).length > 0);
    if (key === undefined) return { outcome: 'other-key' };
    await only.verified;
    return { outcome: 'good', fingerprint: key.getFingerprint().toUpperCase() };
  } catch (error) {
    return { outcome: 'bad', text: error instanceof Error ? error.message.slice(0, 200) : 'it cannot be read' };
  }
}
