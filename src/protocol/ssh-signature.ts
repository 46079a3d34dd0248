// Signatures that people make with their SSH keys over any bytes: `git commit -S` with gpg.format=ssh, `ssh-keygen -Y sign`.
//   blob   = "SSHSIG" uint32 1, string public key, string namespace, string reserved, string hash, string signature
//   signed = "SSHSIG" string namespace, string reserved, string hash, string H(message)    OpenSSH's PROTOCOL.sshsig
//   signature = string algorithm, string value                                             RFC 4253, 5656, 8332, 8709
//   of a security key: the same, then byte flags, uint32 counter                           OpenSSH's PROTOCOL.u2f
// Only that the key in the blob made the signature: whose key that is, the caller must know.
import { createHash } from 'node:crypto';
import {
  decodeSshPublicKey,
  type SshKeyRefusal,
  type SshPublicKey,
  sshKeyFingerprint,
  verifyWithSshKey,
} from './ssh-key.ts';
import { WireReader, wireString } from './ssh-wire.ts';

export interface SshSignatureToVerify {
  /** The blob itself, not its text form: see sshSignatureBlob(). */
  readonly blob: Buffer;
  readonly message: Uint8Array;
  /** What it must have been made for: `git` for commits and tags. */
  readonly namespace: string;
}

export type VerifiedSshSignature =
  | {
      readonly outcome: 'verified';
      /** The public key in its wire form. */
      readonly key: Buffer;
      /** `SHA256:…` as OpenSSH prints it. */
      readonly fingerprint: string;
    }
  | { readonly outcome: 'refused'; readonly why: SshSignatureFault; readonly text: string };

export type SshSignatureFault =
  | 'malformed'
  /** Of a key, an algorithm or a hash that we do not take: it may be good. */
  | 'not-taken'
  | 'other-namespace'
  | 'does-not-verify';

type Refusal = Extract<VerifiedSshSignature, { readonly outcome: 'refused' }>;

/** Bytes of a blob: the largest RSA key and its signature need a third of it. */
export const MAX_SSH_SIGNATURE_BYTES = 16_384;

const MAGIC = Buffer.from('SSHSIG');
const VERSION = 1;
const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';

/** The blob of its text form (`-----BEGIN SSH SIGNATURE-----` …); `undefined` when it is none, or has something behind it. */
export function sshSignatureBlob(text: string): Buffer | undefined {
  if (text.length > MAX_SSH_SIGNATURE_BYTES * 2) return undefined;
  const body = text.trim();
  if (!body.startsWith(BEGIN) || !body.endsWith(END)) return undefined;
  const encoded = body.slice(BEGIN.length, -END.length).replace(/[\r\n]/g, '');
  const blob = Buffer.from(encoded, 'base64');
  // Buffer.from skips what is not base64, so only an exact round trip counts.
  return blob.length > 0 && blob.toString('base64') === encoded ? blob : undefined;
}

/** Checks the signature with the key that it names. Certificates, DSA, SHA-1 and RSA keys below 3072 bits are refused. */
export function verifySshSignature({ blob, message, namespace }: SshSignatureToVerify): VerifiedSshSignature {
  const parts = parseBlob(blob);
  if (parts === undefined) return refused('malformed', 'the signature is malformed');
  if (parts.namespace.toString('latin1') !== namespace) {
    return refused('other-namespace', 'the signature was made for something else');
  }
  const hash = parts.hash.toString('latin1');
  if (hash !== 'sha256' && hash !== 'sha512')
    return refused('not-taken', 'the signature uses a hash that is not taken');
  const key = decodeSigner(parts.key);
  if ('refused' in key) return refused('not-taken', key.refused);
  const digest = createHash(hash).update(message).digest();
  const signed = Buffer.concat([MAGIC, ...[parts.namespace, parts.reserved, parts.hash, digest].map(wireString)]);
  const fault = faultOf(key, parts.signature, signed);
  if (fault !== undefined) return fault;
  return { outcome: 'verified', key: Buffer.from(parts.key), fingerprint: sshKeyFingerprint(parts.key) };
}

interface BlobParts {
  readonly key: Buffer;
  readonly namespace: Buffer;
  readonly reserved: Buffer;
  readonly hash: Buffer;
  readonly signature: Buffer;
}

function parseBlob(blob: Buffer): BlobParts | undefined {
  if (blob.length > MAX_SSH_SIGNATURE_BYTES) return undefined;
  const reader = new WireReader(blob);
  if (reader.take(MAGIC.length)?.equals(MAGIC) !== true || reader.uint32() !== VERSION) return undefined;
  const key = reader.string();
  const namespace = reader.string();
  const reserved = reader.string();
  const hash = reader.string();
  const signature = reader.string();
  if (key === undefined || namespace === undefined || reserved === undefined) return undefined;
  if (hash === undefined || signature === undefined || !reader.atEnd()) return undefined;
  return { key, namespace, reserved, hash, signature };
}

/** A key that signs: a plain one, or one that lives in a security key and signs for one application. */
interface Signer {
  readonly key: SshPublicKey;
  /** Given for a security key. */
  readonly application?: Buffer;
}

/** Kind of a security key → the plain key inside it. */
const SECURITY_KEYS: Readonly<Record<string, 'ssh-ed25519' | 'ecdsa-sha2-nistp256'>> = {
  'sk-ssh-ed25519@openssh.com': 'ssh-ed25519',
  'sk-ecdsa-sha2-nistp256@openssh.com': 'ecdsa-sha2-nistp256',
};

function decodeSigner(wire: Buffer): Signer | SshKeyRefusal {
  const reader = new WireReader(wire);
  const kind = reader.string()?.toString('latin1') ?? '';
  const plain = Object.hasOwn(SECURITY_KEYS, kind) ? SECURITY_KEYS[kind] : undefined;
  if (plain === undefined) {
    const key = decodeSshPublicKey(wire);
    return 'refused' in key ? key : { key };
  }
  const fields = plain === 'ssh-ed25519' ? [reader.string()] : [reader.string(), reader.string()];
  const application = reader.string();
  if (application === undefined || !reader.atEnd()) return { refused: 'the key is cut off', hint: '' };
  const inside = [Buffer.from(plain), ...fields.map((field) => field ?? Buffer.alloc(0))].map(wireString);
  const key = decodeSshPublicKey(Buffer.concat(inside));
  return 'refused' in key ? key : { key, application };
}

/** The hash of RFC 8332 that an RSA signature names; `ssh-rsa` would be SHA-1. */
const RSA_HASHES: Readonly<Record<string, string>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' };
const USER_PRESENT = 1;

/** Why the signature does not count; `undefined` when it does. */
function faultOf({ key, application }: Signer, signature: Buffer, signed: Buffer): Refusal | undefined {
  const reader = new WireReader(signature);
  const algorithm = reader.string()?.toString('latin1') ?? '';
  const value = reader.string();
  const flags = application === undefined ? Buffer.alloc(0) : reader.take(1);
  const counter = application === undefined ? Buffer.alloc(0) : reader.take(4);
  if (value === undefined || flags === undefined || counter === undefined || !reader.atEnd()) {
    return refused('malformed', 'the signature is malformed');
  }
  if (!isAlgorithmOf(key, application, algorithm))
    return refused('not-taken', 'the signature is of another kind than its key');
  // A security key that was not touched signs for whatever runs on its owner's machine.
  if (application !== undefined && ((flags[0] as number) & USER_PRESENT) === 0) {
    return refused('not-taken', 'the security key was not touched');
  }
  const data =
    application === undefined ? signed : Buffer.concat([sha256(application), flags, counter, sha256(signed)]);
  const plain = key.algorithm.startsWith('ecdsa-') ? ecdsaToDer(value) : value;
  const isGood = plain !== undefined && verifyWithSshKey(key, data, plain, RSA_HASHES[algorithm]);
  return isGood ? undefined : refused('does-not-verify', 'the signature does not verify');
}

function isAlgorithmOf(key: SshPublicKey, application: Buffer | undefined, algorithm: string): boolean {
  if (application !== undefined) return SECURITY_KEYS[algorithm] === key.algorithm;
  if (key.algorithm === 'ssh-rsa') return Object.hasOwn(RSA_HASHES, algorithm);
  return algorithm === key.algorithm;
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

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function refused(why: SshSignatureFault, text: string): Refusal {
  return { outcome: 'refused', why, text };
}
