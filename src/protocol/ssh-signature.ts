// Signatures that people make with their SSH keys over any bytes: `git commit -S` with gpg.format=ssh, `ssh-keygen -Y sign`.
//   blob   = "SSHSIG" uint32 1, string public key, string namespace, string reserved, string hash, string signature
//   signed = "SSHSIG" string namespace, string reserved, string hash, string H(message)    OpenSSH's PROTOCOL.sshsig
//   signature: see ssh-wire-signature.ts
// Only that the key in the blob made the signature: whose key that is, the caller must know.
import { createHash } from 'node:crypto';
import { decodeSshPublicKey, sshKeyFingerprint } from './ssh-key.ts';
import { WireReader, wireString } from './ssh-wire.ts';
import { verifyWireSignature, type WireSignatureFault } from './ssh-wire-signature.ts';

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

export type SshSignatureFault = WireSignatureFault | 'other-namespace';

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
  const key = decodeSshPublicKey(parts.key);
  if ('refused' in key) return refused('not-taken', key.refused);
  const digest = createHash(hash).update(message).digest();
  const signed = Buffer.concat([MAGIC, ...[parts.namespace, parts.reserved, parts.hash, digest].map(wireString)]);
  const checked = verifyWireSignature(key, signed, parts.signature);
  if (checked.outcome === 'refused') return checked;
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

function refused(why: SshSignatureFault, text: string): Refusal {
  return { outcome: 'refused', why, text };
}
