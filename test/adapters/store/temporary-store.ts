// A SQLite store in a directory of its own, closed and removed when the test ends.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openStore, type Store, type StoreOptions } from '../../../src/adapters/store/store.ts';

export interface Place {
  readonly directory: string;
  readonly file: string;
  readonly auditDir: string;
  readonly clock: { time: number; now(): number };
  /** Opens the store of this place; as often as one likes. */
  open(options?: Partial<StoreOptions>): Promise<Store>;
}

export function temporaryPlace(t: TestContext): Place {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-store-'));
  const file = join(directory, 'data', 'sallyport.db');
  const auditDir = join(directory, 'data', 'audit');
  const clock = {
    time: 1_000_000,
    now() {
      return this.time;
    },
  };
  const opened: Store[] = [];
  t.after(async () => {
    for (const store of opened) await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    directory,
    file,
    auditDir,
    clock,
    async open(options = {}) {
      const store = await openStore({ file, auditDir, clock, ...options });
      opened.push(store);
      return store;
    },
  };
}
