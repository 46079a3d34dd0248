// The door's own keys, by which clients know it again: made once, kept readable by us alone.
import { randomBytes } from 'node:crypto';
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

// ed25519 for everybody, ecdsa for FIPS-bound clients that must not use it.
const KINDS = [
  { file: 'ssh_host_ed25519_key', generate: () => ssh2.utils.generateKeyPairSync('ed25519', { comment: COMMENT }) },
  {
    file: 'ssh_host_ecdsa_key',
    generate: () => ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256, comment: COMMENT }),
  },
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

/** Whole or not at all, and never over an existing key: two gateways that start at once use the same one. */
async function create(dir: string, path: string, pair: { private: string; public: string }): Promise<void> {
  await publish(dir, path, pair.private, 0o600);
  // Only for people: the private key alone is read again. Left out when another gateway was first.
  const own = (await readFile(path, 'utf8')) === pair.private;
  if (own) await publish(dir, `${path}.pub`, `${pair.public}\n`, 0o644);
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
