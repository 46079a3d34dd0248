// Files of 32 random bytes: made once, kept readable by us alone.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

export interface KeyFile {
  /** Its name in the directory of keys. */
  readonly name: string;
  /** What is so after it was lost, for whoever has to put it back. */
  readonly withoutIt: string;
}

const KEY_BYTES = 32;

/** The bytes of such a file; made with mode 0600 when there is none. Throws with a hint. */
export function ensureKeyFile(dir: string, { name, withoutIt }: KeyFile): Uint8Array {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, name);
  const known = load(path, withoutIt);
  if (known !== undefined) return known;
  create(dir, path);
  // Not what was just made: another gateway may have been first.
  return load(path, withoutIt) ?? missing(path);
}

/** Undefined when there is no such file. */
function load(path: string, withoutIt: string): Uint8Array | undefined {
  let file: number;
  try {
    // A pipe in its place would hold up the start for ever.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { mode, uid } = fstatSync(file);
    // As for host keys: another owner (a mounted secret) decides for itself.
    if (uid === process.getuid?.() && (mode & 0o077) !== 0) {
      throw new Error(`${path} can be read by others\nhint: chmod 600 ${path}, and replace it if it was copied`);
    }
    const key = Buffer.alloc(KEY_BYTES + 1);
    if (readSync(file, key) !== KEY_BYTES) {
      throw new Error(`${path} is not a key of ${KEY_BYTES} bytes\nhint: put it back, or remove it: ${withoutIt}`);
    }
    return key.subarray(0, KEY_BYTES);
  } finally {
    closeSync(file);
  }
}

/** Whole or not at all, and never over an existing key: two gateways that start at once use the same one. */
function create(dir: string, path: string): void {
  const temporary = join(dir, `.${randomBytes(8).toString('hex')}.tmp`);
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, randomBytes(KEY_BYTES));
    fsyncSync(file);
    linkSync(temporary, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    closeSync(file);
    unlinkSync(temporary);
  }
}

function missing(path: string): never {
  throw new Error(`${path} went away while it was read`);
}
