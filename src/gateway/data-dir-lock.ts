// One gateway per data directory. Recovery at start ends pushes that "nobody" receives and clears their quarantine: run
// beside a living gateway, on the same directory, it would take both away from under it.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface DataDirLock {
  release(): void;
}

/** Held by the operating system on our behalf, so that it goes with the process, however that ends. */
export function lockDataDir(dataDir: string): DataDirLock {
  const database = new DatabaseSync(join(dataDir, 'gateway.lock'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    // SQLITE_BUSY, https://www.sqlite.org/rescode.html#busy
    if (!(error instanceof Error && 'errcode' in error && error.errcode === 5)) throw error;
    throw new Error(`another gateway runs on ${dataDir}; stop it first, or choose another gateway.dataDir`);
  }
  return { release: () => database.close() };
}
