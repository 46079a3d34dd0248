// Private keys of SSH in files: our host keys, our authorities, and the keys that the command line makes for people.
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { chmod, link, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ssh2 from 'ssh2';
import {
  decodeSshPublicKey,
  formatSshPublicKeyLine,
  type SshPublicKey,
  sshKeyFingerprint,
} from '../../protocol/ssh-key.ts';
import { wireMpint, wireString, wireUint32 } from '../../protocol/ssh-wire.ts';
import { encodeWireSignature } from '../../protocol/ssh-wire-signature.ts';

export interface SshPrivateKey {
  /** OpenSSH or PEM format, as it was made or found. */
  readonly privateKey: string;
  readonly key: SshPublicKey;
  readonly fingerprint: string;
  /** The 32 secret bytes of an ed25519 key, for an ssh agent; `undefined` of other kinds. */
  readonly seed?: Buffer;
  /** A signature in its wire form; of rsa with SHA-512. */
  sign(data: Uint8Array): Buffer;
}

export type GeneratedKind = 'ed25519' | 'ecdsa';

/** A new key in OpenSSH format, unencrypted. */
export function generateSshKey(kind: GeneratedKind, comment: string): SshPrivateKey {
  return parseSshPrivateKey(encodePrivateKey(kind === 'ed25519' ? generateEd25519() : generateEcdsa(), comment));
}

/** Throws, with a hint and without a word of the text, when it is no usable private key. */
export function parseSshPrivateKey(text: string): SshPrivateKey {
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error || !parsed.isPrivateKey()) {
    throw new Error("no private key without a passphrase\nhint: make one with ssh-keygen -N ''");
  }
  const key = decodeSshPublicKey(parsed.getPublicSSH());
  if ('refused' in key) throw new Error(`${key.refused}\nhint: ${key.hint}`);
  const secret = createPrivateKey(parsed.getPrivatePEM());
  return {
    privateKey: text,
    key,
    fingerprint: sshKeyFingerprint(key.blob),
    ...(key.plain === 'ssh-ed25519' && { seed: Buffer.from(secret.export({ format: 'jwk' }).d ?? '', 'base64url') }),
    sign: (data) => signWith(key, secret, data),
  };
}

/** The key in a file that only we can read; throws with a hint. */
export async function loadSshPrivateKey(path: string): Promise<SshPrivateKey> {
  const { mode, uid } = await stat(path);
  // As sshd: another owner (a mounted secret) decides for itself.
  if (uid === process.getuid?.() && (mode & 0o077) !== 0) {
    throw new Error(`host key ${path} can be read by others\nhint: chmod 600 ${path}, and replace it if it was copied`);
  }
  try {
    return parseSshPrivateKey(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Error(`host key ${path}: ${error instanceof Error ? error.message : 'cannot be read'}`);
  }
}

/** Makes a key in this file and its public half beside it, unless there is one; answers the one that is there then. */
export async function ensureSshKeyFile(path: string, kind: GeneratedKind, comment: string): Promise<SshPrivateKey> {
  if (await isFile(path)) return loadSshPrivateKey(path);
  const made = generateSshKey(kind, comment);
  await publishFile(path, made.privateKey, 0o600);
  // Only for people: the private key alone is read again. Left out when another gateway was first.
  const own = (await readFile(path, 'utf8')) === made.privateKey;
  if (own) await publishFile(`${path}.pub`, `${formatSshPublicKeyLine(made.key, comment)}\n`, 0o644);
  return loadSshPrivateKey(path);
}

export async function isFile(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Whole or not at all, and never over an existing file: two gateways that start at once use the same one. */
async function publishFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = join(dirname(path), `.${randomBytes(8).toString('hex')}.tmp`);
  const file = await open(temporary, 'wx', mode);
  try {
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(temporary, mode);
    await link(temporary, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await unlink(temporary);
  }
}

const ECDSA_HASHES: Readonly<Record<string, string>> = {
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
};

function signWith({ plain }: SshPublicKey, secret: KeyObject, data: Uint8Array): Buffer {
  if (plain === 'ssh-ed25519') return encodeWireSignature(plain, sign(null, data, secret));
  if (plain === 'ssh-rsa') return encodeWireSignature('rsa-sha2-512', sign('sha512', data, secret));
  const both = sign(ECDSA_HASHES[plain], data, { key: secret, dsaEncoding: 'ieee-p1363' });
  const half = both.length / 2;
  return encodeWireSignature(plain, Buffer.concat([wireMpint(both.subarray(0, half)), wireMpint(both.subarray(half))]));
}

/** A new key pair: what follows the algorithm in the public blob, and what follows it in the private section. */
interface KeyPair {
  readonly algorithm: string;
  readonly publicFields: readonly Buffer[];
  readonly privateFields: readonly Buffer[];
}

// Not with ssh2's own generator: of its ed25519 keys about one in 250 cannot be read again, by ssh2 itself (it cuts a
// leading zero byte off).
function generateEd25519(): KeyPair {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const point = Buffer.from(x ?? '', 'base64url');
  const seed = Buffer.from(d ?? '', 'base64url');
  const fields = [point, Buffer.concat([seed, point])].map(wireString);
  return { algorithm: 'ssh-ed25519', publicFields: [wireString(point)], privateFields: fields };
}

function generateEcdsa(): KeyPair {
  const { x, y, d } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const [left, right, secret] = [x, y, d].map((part) => Buffer.from(part ?? '', 'base64url'));
  if (left === undefined || right === undefined || secret === undefined) throw new Error('no ecdsa key was made');
  const fields = [wireString('nistp256'), wireString(Buffer.concat([Buffer.from([4]), left, right]))];
  return {
    algorithm: 'ecdsa-sha2-nistp256',
    publicFields: fields,
    privateFields: [...fields, wireMpint(secret)],
  };
}

/** OpenSSH's PROTOCOL.key, without encryption. */
function encodePrivateKey(pair: KeyPair, comment: string): string {
  const check = randomBytes(4);
  const section = Buffer.concat([check, check, wireString(pair.algorithm), ...pair.privateFields, wireString(comment)]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (section.length % 8)) % 8);
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...['none', 'none', ''].map(wireString),
    wireUint32(1),
    wireString(Buffer.concat([wireString(pair.algorithm), ...pair.publicFields])),
    wireString(Buffer.concat([section, padding])),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}
