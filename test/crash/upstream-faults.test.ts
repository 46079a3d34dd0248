// An upstream that breaks off, falls silent or goes away at any byte of a relay. What the client is told is true, or
// says that nobody knows; what nobody knew is found out as soon as the upstream can be asked.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Run } from '../support/world.ts';
import { type Change, CrashLab, type ShownPush, until } from './crash-lab.ts';

/** A sixth of it is how long a connected client waits for a lost report. */
const LEASE_MS = 3_000;
/** Where connections are cut, as parts of what an undisturbed push moves. */
const PARTS = [0.001, 0.2, 0.6, 0.97, 0.999] as const;

describe('an upstream that breaks off', { concurrency: 2 }, () => {
  for (const upstream of ['http', 'ssh'] as const) {
    describe(`over ${upstream}`, { concurrency: 1 }, () => {
      let lab: CrashLab;
      let changes: Change[];
      let total: { readonly up: number; readonly down: number };

      before(async () => {
        lab = await CrashLab.open({ upstream, env: { SALLYPORT_LEASE_MS: `${LEASE_MS}` } });
        const forwarded = Array.from({ length: 40 }, (_, at) => ({
          refName: `refs/heads/${at % 4 === 3 ? 'held/' : ''}change-${at}`,
          exists: at % 2 === 0,
        }));
        changes = [...(await lab.changes(forwarded))];
        await lab.push('http', [next('refs/heads/change')]); // brings the mirror up
        const { bytes } = lab.world.upstreamRelay;
        const start = { ...bytes };
        assert.equal((await lab.push('http', [next('refs/heads/change')])).code, 0);
        total = { up: bytes.up - start.up, down: bytes.down - start.down };
      });
      afterEach((context) => lab.recover(context));
      after(() => lab.close());

      const next = (prefix: string): Change => {
        const at = changes.findIndex(({ refName }) => refName.startsWith(prefix));
        return changes.splice(at, 1)[0] as Change;
      };

      for (const [at, part] of PARTS.entries()) {
        const door = at % 2 === 0 ? 'http' : 'ssh';
        for (const direction of ['request', 'answer'] as const) {
          test(`after ${part * 100} % of its ${direction} bytes, over ${door}`, async () => {
            const change = next('refs/heads/change');
            cutAfter(lab, direction, part * total[direction === 'request' ? 'up' : 'down']);
            const run = await lab.push(door, [change]);
            cutAfter(lab, direction, Number.POSITIVE_INFINITY);
            assertTold(run, await lab.settled(change.refName));
            await pushAgain(lab, change);
            await lab.assertSound();
          });
        }
      }

      test('in the middle of the relay of an approved push: it lands all the same, once', async () => {
        for (const [direction, part] of [
          ['request', 0.9],
          ['answer', 0.9],
        ] as const) {
          const change = next('refs/heads/held/');
          await lab.push('ssh', [change]);
          const held = await lab.settled(change.refName);
          assert.equal(held?.state, 'held');
          cutAfter(lab, direction, part * total[direction === 'request' ? 'up' : 'down']);
          assert.equal(await lab.approve(held?.id ?? 0), 200);
          const end = await lab.settled(change.refName);
          cutAfter(lab, direction, Number.POSITIVE_INFINITY);
          assert.equal(end?.state, 'landed');
        }
        await lab.assertSound();
      });

      test('by going away before the first byte: nothing was sent, and that is what is said', async () => {
        const change = next('refs/heads/change');
        await lab.arm('relay-begin', 'stop');
        const pushing = lab.push('http', [change]);
        const goOn = await lab.stopped();
        await lab.world.upstreamRelay.goDown();
        goOn();
        const run = await pushing;
        assert.match(run.stdout, /^!.*\n?.*upstream is unavailable; nothing was sent/m);
        await lab.world.upstreamRelay.comeBack();
        assert.equal((await lab.settled(change.refName))?.state, 'declined');
        await pushAgain(lab, change);
        await lab.assertSound();
      });

      test('by going away before the first byte of an approved push: it lands when it is back', async () => {
        const change = next('refs/heads/held/');
        await lab.push('http', [change]);
        const held = await lab.settled(change.refName);
        await lab.arm('relay-begin', 'stop');
        await lab.approve(held?.id ?? 0);
        const goOn = await lab.stopped();
        await lab.world.upstreamRelay.goDown();
        goOn();
        await lab.logged('trying again');
        await lab.world.upstreamRelay.comeBack();
        assert.equal((await lab.settled(change.refName))?.state, 'landed');
        await lab.assertSound();
      });

      test('by going away with the report: the client hears that nobody knows, it is found out when it is back', async () => {
        const change = next('refs/heads/change');
        const gates = await HookGates.install(
          lab,
          'reference-transaction',
          '[ "$1" = committed ] || exit 0; name=moved',
        );
        const pushing = lab.push('ssh', [change]);
        await gates.arrived('moved');
        await lab.world.upstreamRelay.goDown();
        await gates.remove();
        const run = await pushing;
        assert.match(run.stdout, /outcome unknown: push \d+ is being reconciled/);
        await lab.world.upstreamRelay.comeBack();
        assert.equal((await lab.settled(change.refName))?.state, 'landed');
        await lab.assertSound();
      });

      test('by falling silent: the client waits and hears the truth in the end', async () => {
        const change = next('refs/heads/change');
        await lab.arm('relay-begin', 'stop');
        const pushing = lab.push('http', [change]);
        const goOn = await lab.stopped();
        lab.world.upstreamRelay.stall();
        goOn();
        if (upstream === 'http') await until('the upstream to take it', async () => landedUpstream(lab, change));
        lab.world.upstreamRelay.resume();
        const run = await pushing;
        assert.equal(run.code, 0, `${run.stdout}${run.stderr}`);
        await lab.assertSound();
      });
    });
  }
});

describe('an upstream that is slow to make up its mind', () => {
  let lab: CrashLab;

  before(async () => {
    lab = await CrashLab.open({ upstream: 'http', env: { SALLYPORT_LEASE_MS: `${LEASE_MS}` } });
  });
  afterEach((context) => lab.recover(context));
  after(() => lab.close());

  test('a push sent again while its first arrival still waits lands once, and is recorded as landed', async () => {
    const [change] = await lab.changes([{ refName: 'refs/heads/twice', exists: true }]);
    assert.ok(change);
    const gates = await HookGates.install(lab, 'pre-receive', 'name=first; mkdir taken 2>/dev/null || name=second');
    const pushing = lab.push('http', [change]);
    await gates.arrived('first');
    lab.world.upstreamRelay.loseGoodbyes();
    await lab.world.kill();
    await pushing;
    await lab.world.start();
    await gates.arrived('second');
    await gates.release('first');
    await until('the first to land', async () => landedUpstream(lab, change));
    await gates.remove();
    const end = await lab.settled(change.refName);
    assert.equal(end?.state, 'landed');
    await lab.assertSound();
  });

  test('refs that it moves one after the other are not judged half way', async () => {
    const two = await lab.changes([
      { refName: 'refs/heads/first', exists: true },
      { refName: 'refs/heads/second', exists: true },
    ]);
    const gates = await HookGates.install(lab, 'update', 'name=$(basename "$1")');
    await gates.release('first');
    const pushing = lab.push('http', two);
    await gates.arrived('second');
    // The connection is lost while the server is between the two.
    await lab.world.upstreamRelay.goDown();
    await lab.world.upstreamRelay.comeBack();
    await until('the doubt', async () => {
      const states = (await lab.pushesTo('refs/heads/first')).map(({ state }) => state);
      return states.includes('unknown') ? { value: undefined } : undefined;
    });
    await gates.remove();
    const run = await pushing;
    const end = await lab.settled('refs/heads/first');
    assertTold(run, end);
    assert.equal(end?.state, 'landed');
    await lab.assertSound();
  });
});

function cutAfter(lab: CrashLab, direction: 'request' | 'answer', bytes: number): void {
  const count = Math.max(1, Math.round(bytes));
  if (direction === 'request') lab.world.upstreamRelay.cutAfterUp(bytes === Number.POSITIVE_INFINITY ? bytes : count);
  else lab.world.upstreamRelay.cutAfterDown(bytes === Number.POSITIVE_INFINITY ? bytes : count);
}

/** What the client heard is what happened, or that it was not known yet. */
function assertTold(run: Run, end: ShownPush | undefined): void {
  if (run.code === 0) {
    assert.equal(end?.state, 'landed');
    return;
  }
  if (/outcome unknown/.test(run.stdout)) return;
  // Without a push the client was refused at the door (the upstream could not be asked for its refs).
  assert.ok(
    end === undefined || ['refused', 'declined'].includes(end.state),
    `${end?.state}: ${run.stdout}${run.stderr}`,
  );
}

/** The same push again does what is left to do. */
async function pushAgain(lab: CrashLab, change: Change): Promise<void> {
  const again = await lab.push('http', [change]);
  assert.equal(again.code, 0, `${again.stdout}${again.stderr}`);
}

async function landedUpstream(lab: CrashLab, change: Change): Promise<{ value: undefined } | undefined> {
  const refs = await lab.world.upstreamRefs();
  return refs[change.refName] === change.newOid ? { value: undefined } : undefined;
}

/** A hook of the upstream that says when somebody has come to a gate, and lets them through when it is told to. */
class HookGates {
  readonly #hook: string;
  readonly #signals: string;

  private constructor(hook: string, signals: string) {
    this.#hook = hook;
    this.#signals = signals;
  }

  /** `nameGate` is shell: it sets `name`, or leaves. */
  static async install(lab: CrashLab, hook: string, nameGate: string): Promise<HookGates> {
    const signals = await mkdtemp(join(lab.world.directory, 'gates-'));
    const hooks = join(lab.world.upstreamDirectory, 'hooks');
    await mkdir(hooks, { recursive: true });
    const wait = ': > "$name.in"; while [ ! -e "$name.go" ] && [ ! -e all.go ]; do sleep 0.05; done';
    await writeFile(join(hooks, hook), `#!/bin/sh\ncd '${signals}' || exit 1\n${nameGate}\n${wait}\n`, { mode: 0o755 });
    return new HookGates(join(hooks, hook), signals);
  }

  async arrived(name: string): Promise<void> {
    const file = join(this.#signals, `${name}.in`);
    await until(`somebody at gate ${name}`, async () => (existsSync(file) ? { value: undefined } : undefined));
  }

  async release(name: string): Promise<void> {
    await writeFile(join(this.#signals, `${name}.go`), '');
  }

  /** Everybody may pass, now and from now on. */
  async remove(): Promise<void> {
    await this.release('all');
    await rm(this.#hook);
  }
}
