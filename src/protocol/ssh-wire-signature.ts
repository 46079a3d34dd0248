// A signature by an SSH key, in its wire form.
//   signature = string algorithm, string value                          RFC 4253, 5656, 8332, 8709
//   of a security key: the same, then byte flags, uint32 counter        OpenSSH's PROTOCOL.u2f
// RSA with SHA-1 is never taken, nor is a security key that was not touched.
import { createHash } from 'node:crypto';
import { type SshPublicKey, verifyWithSshKey } from './ssh-key.ts';
import { WireReader, wireString } from './ssh-wire.ts';

export type WireSignatureFault =
  | 'malformed'
  /** Of a key, an algorithm or a hash that we do not take: it may be good. */
  | 'not-taken'
  | 'does-not-verify';

export type CheckedWireSignature =
  | {
      readonly outcome: 'verified';
      /** A security key asked for a PIN or a fingerprint. */
      readonly userVerified: boolean;
    }
  | { readonly outcome: 'refused'; readonly why: WireSignatureFault; readonly text: string };

/** The hash of RFC 8332 that an RSA signature names; `ssh-rsa` would be SHA-1. */
const RSA_HASHES: Readonly<Record<string, string>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' };
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;

interface Parts {
  readonly algorithm: string;
  readonly value: Buffer;
  /** Flags and counter of a security key; empty for others. */
  readonly flags: Buffer;
  readonly counter: Buffer;
}

/** Is `signature` this key's over `signed`? Says why not. */
export function verifyWireSignature(key: SshPublicKey, signed: Uint8Array, signature: Buffer): CheckedWireSignature {
  const parts = parse(key, signature);
  if (parts === undefined) return refused('malformed', 'the signature is malformed');
  const { algorithm, value, flags, counter } = parts;
  if (!isAlgorithmOf(key, algorithm)) return refused('not-taken', 'the signature is of another kind than its key');
  const bits = flags[0] ?? 0;
  // A security key that was not touched signs for whatever runs on its owner's machine.
  if (key.application !== undefined && (bits & USER_PRESENT) === 0) {
    return refused('not-taken', 'the security key was not touched');
  }
  const data =
    key.application === undefined ? signed : Buffer.concat([sha256(key.application), flags, counter, sha256(signed)]);
  const plain = key.plain.startsWith('ecdsa-') ? ecdsaToDer(value) : value;
  const isGood = plain !== undefined && verifyWithSshKey(key, data, plain, RSA_HASHES[algorithm]);
  if (!isGood) return refused('does-not-verify', 'the signature does not verify');
  return { outcome: 'verified', userVerified: (bits & USER_VERIFIED) !== 0 };
}

/** The wire form of a plain signature. */
export function encodeWireSignature(algorithm: string, value: Uint8Array): Buffer {
  return Buffer.concat([wireString(algorithm), wireString(value)]);
}

function parse(key: SshPublicKey, signature: Buffer): Parts | undefined {
  const reader = new WireReader(signature);
  const algorithm = reader.string()?.toString('latin1');
  const value = reader.string();
  const flags = reader.take(key.application === undefined ? 0 : 1);
  const counter = reader.take(key.application === undefined ? 0 : 4);
  if (algorithm === undefined || value === undefined || flags === undefined || counter === undefined) return undefined;
  return reader.atEnd() ? { algorithm, value, flags, counter } : undefined;
}

function isAlgorithmOf(key: SshPublicKey, algorithm: string): boolean {
  return key.algorithm === 'ssh-rsa' ? Object.hasOwn(RSA_HASHES, algorithm) : algorithm === key.algorithm;
}

/** RFC 5656 section 3.1.2 (mpint r, mpint s) to the DER of X9.62, whose INTEGER has the very bytes of an mpint. */
function ecdsaToDer(value: Buffer): Buffer | undefined {
  const reader = new WireReader(value);
  const numbers = [reader.positiveMpint(), reader.positiveMpint()];
  if (!reader.atEnd()) return undefined;
  const parts: Buffer[] = [];
  for (const number of numbers) {
    // Of the largest curve; so every length below is one byte, or 0x81 and one byte.
    if (number === undefined || number.length > 66) return undefined;
    const sign = (number[0] as number) >= 0x80 ? [0] : [];
    parts.push(Buffer.from([0x02, number.length + sign.length, ...sign]), number);
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([0x30, ...(body.length < 0x80 ? [] : [0x81]), body.length]), body]);
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function refused(why: WireSignatureFault, text: string): CheckedWireSignature {
  return { outcome: 'refused', why, text };
}
