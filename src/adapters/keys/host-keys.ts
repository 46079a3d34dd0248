// The door's own keys, by which clients know it again: made once, kept readable by us alone. They are replaced in two
// steps: the next ones are made and published beside those in use, so that clients learn them; later they take over.
//   <dir>/ssh_host_…_key            in use            <dir>/next/       published, not in use yet
//   <dir>/previous/                 no longer in use, for whoever has to go back
import { link, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatSshPublicKeyLine, type SshKeyAlgorithm } from '../../protocol/ssh-key.ts';
import { ensureSshKeyFile, isFile, loadSshPrivateKey, type SshPrivateKey } from './ssh-private-key.ts';

export interface HostKey extends SshPrivateKey {
  readonly path: string;
  readonly algorithm: SshKeyAlgorithm;
  /** For known_hosts: put the host name (`[host]:port` beside port 22) before it. */
  readonly publicLine: string;
}

export interface HostKeyRing {
  readonly current: readonly HostKey[];
  /** Published already, not in use yet; empty when no change is under way. */
  readonly next: readonly HostKey[];
}

export type RotationStep = 'prepare' | 'finish';

const COMMENT = 'sallyport host key';

// ed25519 for everybody, ecdsa for FIPS-bound clients that must not use it.
const KINDS = [
  { file: 'ssh_host_ed25519_key', kind: 'ed25519' },
  { file: 'ssh_host_ecdsa_key', kind: 'ecdsa' },
] as const;
// Taken when an operator brings one along; never made.
const OPTIONAL = ['ssh_host_rsa_key'];

/** The host keys in `dir`; those that are missing are made, in OpenSSH format with mode 0600. */
export async function ensureHostKeys(dir: string): Promise<readonly HostKey[]> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const { file, kind } of KINDS) await ensureSshKeyFile(join(dir, file), kind, COMMENT);
  return loadAll(dir);
}

/** Those in use (made when they are missing) and those that are next. */
export async function loadHostKeyRing(dir: string): Promise<HostKeyRing> {
  return { current: await ensureHostKeys(dir), next: await loadAll(join(dir, 'next')) };
}

/**
 * Goes one step on. `undefined` when it is not the turn of that step: the next keys are there already, or are not.
 * A crash in between leaves either key in its place, and the step can be taken again.
 */
export async function rotateHostKeys(dir: string, step: RotationStep): Promise<HostKeyRing | undefined> {
  const { next } = await loadHostKeyRing(dir);
  if ((step === 'prepare') !== (next.length === 0)) return undefined;
  if (step === 'prepare') {
    await mkdir(join(dir, 'next'), { recursive: true, mode: 0o700 });
    for (const { file, kind } of KINDS) await ensureSshKeyFile(join(dir, 'next', file), kind, COMMENT);
  } else {
    await mkdir(join(dir, 'previous'), { recursive: true, mode: 0o700 });
    for (const file of [...KINDS.map((one) => one.file), ...OPTIONAL]) await takeOver(dir, file);
  }
  return loadHostKeyRing(dir);
}

async function takeOver(dir: string, file: string): Promise<void> {
  if (!(await isFile(join(dir, 'next', file)))) return;
  for (const name of [`${file}.pub`, file]) {
    const previous = join(dir, 'previous', name);
    if (await isFile(join(dir, name))) {
      await rm(previous, { force: true });
      await link(join(dir, name), previous);
    }
    // Over the one in use, in one step: there is never a moment without a key.
    if (await isFile(join(dir, 'next', name))) await rename(join(dir, 'next', name), join(dir, name));
  }
}

async function loadAll(dir: string): Promise<readonly HostKey[]> {
  const keys: HostKey[] = [];
  for (const file of [...KINDS.map((one) => one.file), ...OPTIONAL]) {
    const path = join(dir, file);
    if (!(await isFile(path))) continue;
    const loaded = await loadSshPrivateKey(path);
    keys.push({
      ...loaded,
      path,
      algorithm: loaded.key.algorithm,
      publicLine: formatSshPublicKeyLine(loaded.key),
    });
  }
  return keys;
}
