// A gateway that is stopped in the middle of a relay for longer than its lease, another that takes over, and the first
// one waking up: whatever it believes, nothing is sent or recorded twice.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, before, describe, test } from 'node:test';
import type { FailPointName } from '../../src/conversation/gate.ts';
import type { Door, Run } from '../support/world.ts';
import { CrashLab, LEASE_MS, until } from './crash-lab.ts';

const CASES: readonly (readonly [FailPointName, 'forwarded' | 'held', Door])[] = [
  ['relay-claimed', 'held', 'http'],
  ['relay-begin', 'forwarded', 'http'],
  ['relay-begin', 'held', 'ssh'],
  ['relay-sent', 'forwarded', 'ssh'],
  ['relay-reported', 'forwarded', 'http'],
];

describe('a gateway that was stopped for longer than its lease', () => {
  let lab: CrashLab;
  before(async () => {
    lab = await CrashLab.open({ upstream: 'http' });
  });
  afterEach((context) => lab.recover(context));
  after(() => lab.close());

  for (const [point, scenario, door] of CASES) {
    test(`at ${point}, ${scenario}, over ${door}: its successor lands the push, and it learns that`, async () => {
      const { refName, before, pushing, wakeUp } = await stopAt(lab, point, scenario, door);
      const successor = await startSuccessor(lab);
      try {
        await until('the successor to land it', async () =>
          stateOf(lab, refName) === 'landed' ? { value: 1 } : undefined,
        );
        wakeUp();
        const told = await pushing;
        if (scenario === 'forwarded') assert.equal(told.code, 0, `${told.stdout}${told.stderr}`);
        // The first one serves again, and agrees.
        assert.equal((await lab.settled(refName))?.state, 'landed');
      } finally {
        await successor.stop();
      }
      assert.equal(posts(lab) - before, 1, 'the upstream was sent the push once');
      await lab.world.stop();
      await lab.world.start();
      await lab.assertSound();
    });
  }
});

interface Stopped {
  readonly refName: string;
  /** Pushes that the upstream was sent before this one. */
  readonly before: number;
  readonly pushing: Promise<Run>;
  wakeUp(): void;
}

/** Stops the gateway in the middle of a relay, where it does not hold the lock of the store: nobody could take over. */
async function stopAt(
  lab: CrashLab,
  point: FailPointName,
  scenario: 'forwarded' | 'held',
  door: Door,
): Promise<Stopped> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const refName = `refs/heads/${scenario}/${point}-${attempt}`;
    const [change] = await lab.changes([{ refName, exists: door === 'http' }]);
    assert.ok(change);
    const before = posts(lab);
    if (scenario === 'forwarded') await lab.arm(point, 'stop');
    const pushing = lab.push(door, [change]);
    if (scenario === 'held') {
      await pushing;
      const held = await lab.settled(refName);
      await lab.arm(point, 'stop');
      await lab.approve(held?.id ?? 0);
    }
    const wakeUp = await lab.stopped();
    if (isStoreFree(lab)) return { refName, before, pushing, wakeUp };
    wakeUp();
    await pushing;
    await lab.settled(refName);
  }
  return assert.fail('the gateway held the lock of the store each time');
}

function isStoreFree(lab: CrashLab): boolean {
  const database = new DatabaseSync(join(lab.world.dataDir, 'sallyport.db'), { timeout: 0 });
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
    return true;
  } catch {
    return false;
  } finally {
    database.close();
  }
}

/** Pushes that the upstream was sent; a lone flush is none. */
function posts(lab: CrashLab): number {
  const isPush = (path: string) => path.endsWith('/git-receive-pack');
  return lab.world.upstreamRequests.filter(({ method, path, bytes }) => method === 'POST' && isPush(path) && bytes > 4)
    .length;
}

function stateOf(lab: CrashLab, refName: string): unknown {
  const database = new DatabaseSync(join(lab.world.dataDir, 'sallyport.db'), { readOnly: true, timeout: 5000 });
  try {
    const rows = database.prepare('SELECT state, updates FROM pushes ORDER BY id DESC').all();
    return rows.find(({ updates }) => String(updates).includes(`"${refName}"`))?.['state'];
  } finally {
    database.close();
  }
}

/** Another gateway on the same data, as it would be where the lock of the data directory does not hold. */
async function startSuccessor(lab: CrashLab): Promise<{ stop(): Promise<void> }> {
  await rm(join(lab.world.dataDir, 'gateway.lock'), { force: true });
  const script = join(import.meta.dirname, '../../src/cli/sallyport.mjs');
  const child = spawn(process.execPath, [script, 'serve', '--config', lab.world.configFile], {
    env: { ...process.env, SALLYPORT_LEASE_MS: `${LEASE_MS}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk).slice(-2000);
  });
  const isReady = await Promise.race([
    new Promise<true>((resolve) => child.stdout.once('data', () => resolve(true))),
    ended.then(() => false),
  ]);
  assert.ok(isReady, `the successor did not start: ${said}`);
  return {
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
