// Who this agent is: its key, its certificate and the authority of its gateway, in one file of its state directory, so
// that they change together or not at all. The key is made here and never leaves.
import { createPrivateKey, generateKeyPair, sign, X509Certificate } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { KeyProof } from '../../protocol/agent-link.ts';

export const IDENTITY_FILE = 'identity.json';

export interface LinkIdentity {
  /** As the gateway knows it. */
  readonly agent: string;
  readonly name: string;
  /** PEM, all three. */
  readonly key: string;
  readonly certificate: string;
  readonly authority: string;
  /** Hex SHA-256 of the join token that was used: another one in the configuration means to join anew. */
  readonly joinedWith: string;
}

/** Something about this agent's own identity that its operator has to mend; says how. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError';
}

/** What is kept in `stateDir`; `undefined` = this agent has never joined. Throws IdentityError. */
export function loadIdentity(stateDir: string): LinkIdentity | undefined {
  const path = join(stateDir, IDENTITY_FILE);
  let text: string;
  try {
    const { mode, uid } = statSync(path);
    if (uid === process.getuid?.() && (mode & 0o077) !== 0) {
      throw new IdentityError(`${path} can be read by others; hint: revoke this agent and let it join anew`);
    }
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new IdentityError(`${path} cannot be read (${codeOf(error)})`);
  }
  const identity = parseIdentity(text);
  if (identity === undefined || !isCertificateFor(identity.certificate, identity.key, identity.authority)) {
    return broken(path);
  }
  return identity;
}

function parseIdentity(text: string): LinkIdentity | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Record<keyof LinkIdentity, unknown>;
  const { agent, name, key, certificate, authority, joinedWith } = fields;
  const texts = [agent, name, key, certificate, authority, joinedWith];
  return texts.every((one) => typeof one === 'string') ? (fields as LinkIdentity) : undefined;
}

function broken(path: string): never {
  throw new IdentityError(`${path} is damaged; hint: remove it, and let this agent join anew with a new join token`);
}

/** Durable when it returns: what the gateway is told is then true. */
export function saveIdentity(stateDir: string, identity: LinkIdentity): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const path = join(stateDir, IDENTITY_FILE);
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, `${JSON.stringify(identity, undefined, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  const directory = openSync(stateDir, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

export interface NewKey {
  /** PEM, PKCS #8. */
  readonly privateKey: string;
  /** PEM, SubjectPublicKeyInfo. */
  readonly publicKey: string;
}

/** RSA of 3072 bits: what node-forge can certify, at the strength of the rest of the link. */
export function newKey(): Promise<NewKey> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength: 3072,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/** That whoever sends this key has its private half, on this connection (`binding`: what the connection exports). */
export function proveKey({ privateKey, publicKey }: NewKey, binding: Buffer): KeyProof {
  return { publicKey, proof: sign('sha256', binding, privateKey).toString('base64') };
}

/** Whether `certificate` is for this key, by this authority. */
export function isCertificateFor(certificate: string, key: string, authority: string): boolean {
  try {
    const own = new X509Certificate(certificate);
    const issuer = new X509Certificate(authority);
    return own.checkPrivateKey(createPrivateKey(key)) && own.checkIssued(issuer) && own.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unexpected error';
}
