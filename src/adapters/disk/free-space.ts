// How much room the data directory has.
import { statfsSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of the data directory that somebody may have put on a disk of their own. */
const FOLDERS = ['recordings', 'quarantine', 'mirrors'];

/**
 * Bytes free for us in `dataDir`, on the fullest disk that is in it. Throws when that cannot be told. Without the thread
 * pool: every push asks.
 */
export function freeSpace(dataDir: string): number {
  return Math.min(freeAt(dataDir), ...FOLDERS.map((name) => freeIfThere(join(dataDir, name))));
}

function freeAt(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

function freeIfThere(directory: string): number {
  try {
    return freeAt(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Number.POSITIVE_INFINITY; // made when it is needed
    throw error;
  }
}
