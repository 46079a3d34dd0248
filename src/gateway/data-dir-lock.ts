// One gateway per data directory. Recovery at start ends pushes that "nobody" receives and clears their quarantine: run
// beside a living gateway, on the same directory, it would take both away from under it.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface DataDirLock {
  release(): void;
}

// https://www.sqlite.org/rescode.html#busy
const SQLITE_BUSY = 5;

/** Held by the operating system on our behalf, so that it goes with the process, however that ends. */
export function lockDataDir(dataDir: string): DataDirLock {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(dataDir, 'gateway.lock'), { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
    if (code === SQLITE_BUSY)
      throw new Error(`another gateway runs on ${dataDir}; stop it first, or choose another gateway.dataDir`);
    throw new Error(`cannot write in ${dataDir} (hint: is there room, is it mounted read-only, whose is it?)`, {
      cause: error,
    });
  }
  return { release: () => void (database.isOpen && database.close()) };
}
