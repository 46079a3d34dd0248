// A store that is locked by another process, or whose files are taken away under a running gateway: nothing is taken
// that could not be recorded, and it goes on as soon as the store is back.
import assert from 'node:assert/strict';
import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import { type Change, CrashLab } from '../crash/crash-lab.ts';
import type { Door } from '../support/world.ts';

const HELD = 'refs/heads/held/before';
const DOORS: readonly Door[] = ['http', 'ssh'];

/** What is done to the store's file; answers how to undo it. */
const FAULTS: Readonly<Record<string, (file: string) => () => void>> = {
  'locked by another process': (file) => {
    const other = new DatabaseSync(file, { timeout: 5000 });
    other.exec('BEGIN IMMEDIATE');
    return () => other.close();
  },
  'moved away': (file) => moveAway(file, (name) => name.startsWith('sallyport.db')),
  'robbed of its journal': (file) => moveAway(file, (name) => name === 'sallyport.db-wal'),
};

describe('a store that is', { concurrency: true }, () => {
  for (const [fault, inflict] of Object.entries(FAULTS)) {
    test(`${fault}: pushes and approvals are refused, nothing is lost, and it goes on afterwards`, async (t) => {
      const { lab, changes } = await openLab(t);
      await lab.push('http', changes.slice(0, 1));
      const [held] = await lab.pushesTo(HELD);
      assert.equal(held?.state, 'held');

      const undo = inflict(join(lab.world.dataDir, 'sallyport.db'));
      const approving = lab.world.api('bob', 'POST', `/api/v1/pushes/${held.id}/approve`, {});
      const pushing = DOORS.map((door, at) => lab.push(door, [changes[at + 1] as Change]));
      for (const run of await Promise.all(pushing)) {
        assert.notEqual(run.code, 0);
        assert.match(run.stdout, /^!\t.*refused: not recorded/m, run.stderr);
        assert.match(run.stderr, /remote: sallyport: refused *\n/);
        assert.match(run.stderr, /push again later, or tell an administrator/);
      }
      assert.equal((await approving).status, 503);
      undo();

      for (const [at, door] of DOORS.entries()) {
        const again = await lab.push(door, [changes[at + 1] as Change]);
        assert.equal(again.code, 0, again.stderr);
      }
      assert.equal((await lab.pushesTo(HELD))[0]?.state, 'held', 'the approval that failed counts for nothing');
      assert.equal(await lab.approve(held.id), 200);
      assert.equal((await lab.settled(HELD))?.state, 'landed');
      await lab.world.stop();
      await lab.world.start();
      await lab.assertSound();
    });
  }
});

async function openLab(t: TestContext): Promise<{ lab: CrashLab; changes: readonly Change[] }> {
  const lab = await CrashLab.open({ upstream: 'http', env: { SALLYPORT_LEASE_MS: '60000' } });
  t.after(() => lab.close());
  const changes = await lab.changes([
    { refName: HELD, exists: true },
    ...DOORS.map((door) => ({ refName: `refs/heads/over-${door}`, exists: door === 'http' })),
  ]);
  return { lab, changes };
}

function moveAway(file: string, isWanted: (name: string) => boolean): () => void {
  const directory = join(file, '..');
  const names = readdirSync(directory).filter(isWanted);
  assert.ok(names.length > 0);
  for (const name of names) renameSync(join(directory, name), join(directory, `away-${name}`));
  return () => {
    for (const name of names) renameSync(join(directory, `away-${name}`), join(directory, name));
  };
}
