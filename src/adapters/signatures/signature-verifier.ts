// SignatureVerifier: SSH signatures against the keys of our directory, OpenPGP and X.509 ones against the signers that the
// configuration trusts.
import { readFile } from 'node:fs/promises';
import { enrolledAgent } from '../../domain/attribution/agents/enrolled.ts';
import {
  type CommitSigner,
  checkCommitSignature,
  type SignatureVerdict,
  signatureVerdict,
} from '../../domain/attribution/readers/commit-signature.ts';
import type { TrustedSigner } from '../../domain/attribution/trusted-signer.ts';
import type { Directory, SignatureVerifier } from '../../domain/ports.ts';
import { signedPayload } from '../../protocol/signed-payload.ts';
import { type KeyCheck, MAX_SIGNATURE_BYTES } from './key-check.ts';
import { checkOpenPgp, readOpenPgpKeys } from './openpgp.ts';
import { checkX509, readCertificates } from './x509.ts';

type Check = (signature: string, payload: Buffer) => Promise<KeyCheck>;

interface ReadySigner {
  readonly kind: TrustedSigner['key']['kind'];
  readonly signer: CommitSigner;
  readonly check: Check;
}

/** Reads the signers' files; rejects with the name of the entry whose file is none. */
export async function openSignatureVerifier(
  directory: Pick<Directory, 'findKeyByFingerprint' | 'findUser'>,
  signers: readonly TrustedSigner[],
): Promise<SignatureVerifier> {
  const ready = await Promise.all(signers.map(readSigner));
  return {
    async verify(content, format) {
      const checked = checkCommitSignature(content, format);
      if (checked.outcome === 'good') return signatureVerdict(checked, await ownerOf(directory, checked.fingerprint));
      if (checked.outcome === 'bad' || (checked.format !== 'openpgp' && checked.format !== 'x509')) {
        return signatureVerdict(checked, undefined);
      }
      const parts = signedPayload(content, format);
      if (parts === undefined || parts.signature.length > MAX_SIGNATURE_BYTES)
        return signatureVerdict(checked, undefined);
      const kind = checked.format;
      return tryEach(
        ready.filter((one) => one.kind === kind),
        parts.signature.toString('latin1'),
        parts.payload,
      );
    },
  };
}

async function readSigner({ name, codingAgent, key }: TrustedSigner): Promise<ReadySigner> {
  const signer = { name, ...(codingAgent !== undefined && { codingAgent }) };
  try {
    return { kind: key.kind, signer, check: await checkOf(key) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`ai.signers: ${name}: ${key.file}: ${why}`, { cause: error });
  }
}

async function checkOf({ kind, file }: TrustedSigner['key']): Promise<Check> {
  const text = await readFile(file, 'latin1');
  if (kind === 'openpgp') {
    const keys = await readOpenPgpKeys(text);
    return (signature, payload) => checkOpenPgp(signature, payload, keys);
  }
  const certificates = readCertificates(text);
  return (signature, payload) => checkX509(signature, payload, certificates);
}

async function tryEach(signers: readonly ReadySigner[], signature: string, payload: Buffer): Promise<SignatureVerdict> {
  for (const { signer, check } of signers) {
    const result = await check(signature, payload);
    if (result.outcome === 'good') return { outcome: 'verified', signer, fingerprint: result.fingerprint };
    if (result.outcome === 'bad') return result;
  }
  return { outcome: 'unverified', text: 'nobody we know made this signature' };
}

/** A key that was revoked, and one whose owner was disabled, is nobody's. */
async function ownerOf(
  directory: Pick<Directory, 'findKeyByFingerprint' | 'findUser'>,
  fingerprint: string,
): Promise<CommitSigner | undefined> {
  const key = await directory.findKeyByFingerprint(fingerprint);
  if (key === undefined || key.revokedAt !== undefined) return undefined;
  const user = await directory.findUser(key.user);
  if (user === undefined || user.disabledAt !== undefined) return undefined;
  return { name: user.name, ...(user.kind === 'coding-agent' && { codingAgent: enrolledAgent(user.name) }) };
}
