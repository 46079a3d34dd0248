// The door's own keys, by which clients know it again: made once, kept readable by us alone.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import {
  decodeSshPublicKey,
  formatSshPublicKeyLine,
  type SshKeyAlgorithm,
  sshKeyFingerprint,
} from '../../protocol/ssh-key.ts';

export interface HostKey {
  readonly path: string;
  readonly algorithm: SshKeyAlgorithm;
  /** OpenSSH format. */
  readonly privateKey: string;
  /** For known_hosts: put the host name (`[host]:port` beside port 22) before it. */
  readonly publicLine: string;
  readonly fingerprint: string;
}

const COMMENT = 'sallyport host key';

// ed25519 for everybody, ecdsa for FIPS-bound clients that must not use it. Not with ssh2's own generator: of its
// ed25519 keys about one in 250 cannot be read again, by ssh2 itself (it cuts a leading zero byte off).
const KINDS = [
  { file: 'ssh_host_ed25519_key', generate: generateEd25519 },
  { file: 'ssh_host_ecdsa_key', generate: generateEcdsa },
];
// Taken when an operator brings one along; never made.
const OPTIONAL = ['ssh_host_rsa_key'];

/** The host keys in `dir`; those that are missing are made, in OpenSSH format with mode 0600. */
export async function ensureHostKeys(dir: string): Promise<readonly HostKey[]> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const keys: HostKey[] = [];
  for (const { file, generate } of KINDS) {
    const path = join(dir, file);
    if (!(await exists(path))) await create(dir, path, generate());
    keys.push(await load(path));
  }
  for (const file of OPTIONAL) {
    const path = join(dir, file);
    if (await exists(path)) keys.push(await load(path));
  }
  return keys;
}

async function load(path: string): Promise<HostKey> {
  const { mode, uid } = await stat(path);
  // As sshd: another owner (a mounted secret) decides for itself.
  if (uid === process.getuid?.() && (mode & 0o077) !== 0) {
    throw new Error(`host key ${path} can be read by others\nhint: chmod 600 ${path}, and replace it if it was copied`);
  }
  const privateKey = await readFile(path, 'utf8');
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error || !parsed.isPrivateKey()) {
    throw new Error(`host key ${path} is no private key without a passphrase\nhint: make one with ssh-keygen -N ''`);
  }
  const key = decodeSshPublicKey(parsed.getPublicSSH());
  if ('refused' in key) throw new Error(`host key ${path}: ${key.refused}\nhint: ${key.hint}`);
  return {
    path,
    algorithm: key.algorithm,
    privateKey,
    publicLine: formatSshPublicKeyLine(key),
    fingerprint: sshKeyFingerprint(key.blob),
  };
}

/** A new key pair: what follows the algorithm in the public blob, and what follows it in the private section. */
interface KeyPair {
  readonly algorithm: string;
  readonly publicFields: readonly Buffer[];
  readonly privateFields: readonly Buffer[];
}

function generateEd25519(): KeyPair {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const point = Buffer.from(x ?? '', 'base64url');
  const seed = Buffer.from(d ?? '', 'base64url');
  return { algorithm: 'ssh-ed25519', publicFields: [point], privateFields: [point, Buffer.concat([seed, point])] };
}

function generateEcdsa(): KeyPair {
  const { x, y, d } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const [left, right, secret] = [x, y, d].map((part) => Buffer.from(part ?? '', 'base64url'));
  if (left === undefined || right === undefined || secret === undefined) throw new Error('no ecdsa key was made');
  const fields = [Buffer.from('nistp256'), Buffer.concat([Buffer.from([4]), left, right])];
  return { algorithm: 'ecdsa-sha2-nistp256', publicFields: fields, privateFields: [...fields, mpint(secret)] };
}

/** OpenSSH's PROTOCOL.key, without encryption. */
function encodePrivateKey(pair: KeyPair): string {
  const check = randomBytes(4);
  const section = Buffer.concat([
    check,
    check,
    ...[Buffer.from(pair.algorithm), ...pair.privateFields, Buffer.from(COMMENT)].map(string),
  ]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (section.length % 8)) % 8);
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...['none', 'none', ''].map((text) => string(Buffer.from(text))),
    Buffer.from([0, 0, 0, 1]),
    string(encodePublicKey(pair)),
    string(Buffer.concat([section, padding])),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}

function encodePublicKey(pair: KeyPair): Buffer {
  return Buffer.concat([Buffer.from(pair.algorithm), ...pair.publicFields].map(string));
}

/** RFC 4251 section 5. */
function string(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A positive mpint in its only shortest form, RFC 4251 section 5. */
function mpint(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.subarray(first === -1 ? bytes.length : first);
  return (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
}

/** Whole or not at all, and never over an existing key: two gateways that start at once use the same one. */
async function create(dir: string, path: string, pair: KeyPair): Promise<void> {
  const privateKey = encodePrivateKey(pair);
  await publish(dir, path, privateKey, 0o600);
  // Only for people: the private key alone is read again. Left out when another gateway was first.
  const own = (await readFile(path, 'utf8')) === privateKey;
  const line = `${pair.algorithm} ${encodePublicKey(pair).toString('base64')} ${COMMENT}\n`;
  if (own) await publish(dir, `${path}.pub`, line, 0o644);
}

async function publish(dir: string, path: string, text: string, mode: number): Promise<void> {
  const temporary = join(dir, `.${randomBytes(8).toString('hex')}.tmp`);
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

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
