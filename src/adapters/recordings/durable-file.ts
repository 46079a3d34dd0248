// Files that survive a crash. Names and small writes are settled at once: the page cache answers in microseconds, while
// a trip through the thread pool costs two switches of a busy processor (they were a fifth of a small push). What waits
// for the disk itself (fsync), and whatever is large, never holds up the main thread.
import { closeSync, fdatasync, fsync, mkdirSync, openSync, renameSync, writev, writevSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const sync = promisify(fsync);
const dataSync = promisify(fdatasync);
const writeBlocks = promisify(writev);

/** Up to so many bytes are written at once, without leaving the thread. */
const SMALL_WRITE = 1 << 16;

export interface DurableFile {
  readonly path: string;
  /** Rejects when the disk does (full, broken). */
  write(blocks: readonly Buffer[]): Promise<void>;
  /** Pushes what was written to the disk, and goes on. */
  dataSync(): Promise<void>;
  /** Durable and closed when it resolves; its name is made durable by syncDirectory(). */
  finish(): Promise<void>;
  /** Closed as it is; may follow anything. */
  close(): void;
}

/** Makes `name` in `directory` (and the directory, for this user alone); empties it if it is there. */
export function createDurableFile(directory: string, name: string): DurableFile {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, name);
  const file = openSync(path, 'w', 0o600);
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(file);
    isOpen = false;
  };
  return {
    path,
    async write(blocks) {
      let rest = [...blocks];
      for (let left = sizeOf(rest); left > 0; ) {
        const written = left <= SMALL_WRITE ? writevSync(file, rest) : (await writeBlocks(file, rest)).bytesWritten;
        left -= written;
        // A short write (disk nearly full): go on where it stopped; the next call reports ENOSPC if that is why.
        if (left > 0) rest = [Buffer.concat(rest).subarray(written)];
      }
    },
    dataSync: () => dataSync(file),
    async finish() {
      try {
        await sync(file);
      } finally {
        close();
      }
    },
    close,
  };
}

/** Temporary file, sync, rename, sync of the folder: after a crash there is the whole file or none. */
export async function writeDurably(
  directory: string,
  name: string,
  write: (file: DurableFile) => Promise<void>,
): Promise<void> {
  const temporary = `${name}.new`;
  const file = createDurableFile(directory, temporary);
  try {
    await write(file);
    await file.finish();
  } finally {
    file.close();
  }
  renameSync(join(directory, temporary), join(directory, name));
  await syncDirectory(directory);
}

/** Makes the names in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = openSync(directory, 'r');
  try {
    await sync(handle);
  } finally {
    closeSync(handle);
  }
}

function sizeOf(blocks: readonly Buffer[]): number {
  return blocks.reduce((sum, block) => sum + block.length, 0);
}
