// No room for the one or the other thing that a push writes: it is refused in words that help, nothing that was
// promised before is lost, and all goes on when there is room again. The disks are real and really full.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, before, describe, test } from 'node:test';
import { CrashLab } from '../crash/crash-lab.ts';
import type { Door, Run } from '../support/world.ts';
import { type Place, SmallDisks, whyNoMounts } from './small-disks.ts';

const HELD = 'refs/heads/held/before';
const SMALL = 100;
const LARGE = 1_500_000;

const CASES: readonly (readonly [Place, number, Door])[] = [
  ['store', SMALL, 'http'],
  ['store', LARGE, 'ssh'],
  ['recordings', SMALL, 'ssh'],
  ['recordings', LARGE, 'http'],
  ['recordings', LARGE, 'ssh'],
  ['objects', SMALL, 'http'],
  ['objects', LARGE, 'ssh'],
  ['objects', LARGE, 'http'],
];

describe('a gateway whose disk is full', { skip: whyNoMounts() }, () => {
  let lab: CrashLab;
  let disks: SmallDisks;

  before(async () => {
    lab = await CrashLab.open({
      upstream: 'http',
      // What happens when the floor of free space was not high enough.
      gateway: '  limits: { minFreeDisk: 1B }',
      env: { SALLYPORT_LEASE_MS: '60000' },
    });
    await lab.world.stop();
    disks = SmallDisks.under(lab.world.dataDir);
    await lab.world.start();
    await lab.push('http', await lab.changes([{ refName: HELD, exists: true }]));
    assert.equal((await lab.settled(HELD))?.state, 'held');
  });
  afterEach((context) => lab.recover(context));
  after(async () => {
    await lab.world.stop();
    disks?.close();
    await lab.close();
  });

  for (const [place, bytes, door] of CASES) {
    test(`no room for its ${place}: a push of ${bytes} bytes over ${door} is refused, and lands when there is`, async (t) => {
      const refName = `refs/heads/${place}-${bytes}-${door}`;
      const [change] = await lab.changes([{ refName, exists: door === 'ssh', bytes }]);
      assert.ok(change);
      if (place === 'store') emptyJournal(lab);
      await disks.fill(place);
      t.after(() => disks.free(place));
      const refused = await lab.push(door, [change]);
      assertRefused(refused);
      assert.equal((await lab.world.upstreamRefs())[refName] ?? '0'.repeat(40), change.oldOid);
      assert.equal((await lab.pushesTo(HELD))[0]?.state, 'held');
      await disks.free(place);
      assertLanded(await lab.push(door, [change]));
    });
  }

  test('no room for an approval: it is refused and counts for nothing, the push is still held', async (t) => {
    const [held] = await lab.pushesTo(HELD);
    emptyJournal(lab);
    await disks.fill('store');
    t.after(() => disks.free('store'));
    const { status } = await lab.world.api('bob', 'POST', `/api/v1/pushes/${held?.id}/approve`, {});
    assert.equal(status, 503);
    assert.equal((await lab.pushesTo(HELD))[0]?.state, 'held');
  });

  test('no room, or a disk that only reads, at the start: it says so, and starts when that is mended', async (t) => {
    t.after(() => disks.remount('store', 'rw'));
    t.after(() => disks.free('store'));
    await lab.world.stop();
    await disks.fill('store');
    await assert.rejects(lab.world.start(), /no room|the store is full/);
    await disks.free('store');
    disks.remount('store', 'ro');
    await assert.rejects(lab.world.start(), /cannot write in .*data/);
    disks.remount('store', 'rw');
    await lab.world.start();
  });

  test('and what was held all the time lands when it is approved', async () => {
    const [held] = await lab.pushesTo(HELD);
    assert.equal(held?.state, 'held');
    assert.equal(await lab.approve(held?.id ?? 0), 200);
    assert.equal((await lab.settled(HELD))?.state, 'landed');
    await lab.assertSound();
  });
});

/** The next write needs room. */
function emptyJournal(lab: CrashLab): void {
  const database = new DatabaseSync(join(lab.world.dataDir, 'sallyport.db'), { timeout: 5000 });
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

function assertRefused(run: Run): void {
  assert.notEqual(run.code, 0);
  assert.match(run.stdout, /^!\t/m, run.stderr);
  assert.match(run.stderr, /remote: sallyport: refused/);
  assert.match(run.stderr, /remote: {3}push again later, or tell an administrator/);
  assert.doesNotMatch(run.stderr, /ENOSPC|sallyport\.db|\/quarantine\//);
}

function assertLanded(run: Run): void {
  assert.equal(run.code, 0, `${run.stdout}${run.stderr}`);
}
