// Every step at which a gateway can stop × how it stops × what was under way. The gateway is the real program, the
// clients are real git, and what is left is judged by a checker that believes nobody (test/support/checker.ts).
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { type FailPointName, PUSH_FAIL_POINTS } from '../../src/conversation/gate.ts';
import type { Door, UpstreamKind } from '../support/world.ts';
import { type Change, CrashLab, until } from './crash-lab.ts';

type Scenario = 'forwarded' | 'held, then approved';

interface Case {
  readonly point: FailPointName;
  readonly scenario: Scenario;
  readonly door: Door;
  readonly upstream: UpstreamKind;
  /** The ref is there before; otherwise the push makes it. */
  readonly exists: boolean;
  readonly refName: string;
}

const SCENARIOS: readonly Scenario[] = ['forwarded', 'held, then approved'];

/** Every point with every scenario; doors, kinds of upstream and new or old refs take turns. */
function casesFor(action: 'kill' | 'throw'): readonly Case[] {
  return PUSH_FAIL_POINTS.flatMap((point, row) =>
    SCENARIOS.map((scenario, column): Case => {
      const turn = row + (action === 'kill' ? 0 : 1);
      const place = scenario === 'forwarded' ? 'forwarded' : 'held';
      return {
        point,
        scenario,
        door: (turn + column) % 2 === 0 ? 'http' : 'ssh',
        upstream: (turn >> 1) % 2 === 0 ? 'http' : 'ssh',
        exists: (turn >> 2) % 2 === 0,
        refName: `refs/heads/${place}/${action}-${point}`,
      };
    }),
  );
}

const KILLS = casesFor('kill');
const THROWS = casesFor('throw');

test('the cases meet every door and every upstream with every scenario', () => {
  for (const cases of [KILLS, THROWS]) {
    for (const scenario of SCENARIOS) {
      const own = cases.filter((one) => one.scenario === scenario);
      assert.deepEqual(
        own.map(({ point }) => point),
        PUSH_FAIL_POINTS,
      );
      assert.equal(new Set(own.map(({ door, upstream }) => `${door} ${upstream}`)).size, 4);
    }
  }
});

describe('a gateway that dies, and one whose step fails', { concurrency: 2 }, () => {
  for (const upstream of ['http', 'ssh'] as const) {
    describe(`before an upstream over ${upstream}`, { concurrency: 1 }, () => {
      const kills = KILLS.filter((one) => one.upstream === upstream);
      const throws = THROWS.filter((one) => one.upstream === upstream);
      let lab: CrashLab;
      let changes: ReadonlyMap<string, Change>;
      const changeOf = ({ refName }: Case) => changes.get(refName) as Change;

      before(async () => {
        lab = await CrashLab.open({ upstream });
        const made = await lab.changes([...kills, ...throws]);
        changes = new Map(made.map((change) => [change.refName, change]));
      });
      afterEach((context) => lab.recover(context));
      after(() => lab.close());

      for (const one of kills) {
        test(`killed at ${one.point}, ${one.scenario}, over ${one.door}: it lands once, after a restart`, async () => {
          const change = changeOf(one);
          await pushUntilReached(lab, one, change, 'kill');
          await lab.world.ended();
          await lab.world.start();
          await driveToLanded(lab, one, change);
          await lab.assertSound();
        });
      }

      for (const one of throws) {
        test(`an error at ${one.point}, ${one.scenario}, over ${one.door}: nothing is lost`, async () => {
          await pushUntilReached(lab, one, changeOf(one), 'throw');
        });
      }

      test('after those errors everything lands once, without a restart', async () => {
        await Promise.all(throws.map((one) => driveToLanded(lab, one, changeOf(one))));
        // What an error left of a quarantine goes at the next start.
        await lab.world.stop();
        await lab.world.start();
        await lab.assertSound();
      });
    });
  }
});

/** Pushes (and approves what is held) until the armed point was reached. */
async function pushUntilReached(lab: CrashLab, one: Case, change: Change, action: 'kill' | 'throw'): Promise<void> {
  await lab.arm(one.point, action);
  await lab.push(one.door, [change]);
  await until(`${one.point} to be reached`, async () => {
    if (lab.wasReached()) return { value: undefined };
    if (one.scenario !== 'forwarded') await approveHeld(lab, change).catch(ignoreLostConnection);
    return undefined;
  });
}

async function approveHeld(lab: CrashLab, change: Change): Promise<void> {
  const held = (await lab.pushesTo(change.refName)).find(({ state }) => state === 'held');
  if (held !== undefined) await lab.approve(held.id);
}

/** The gateway may die while it is asked, and not only over an approval: whoever asked looks again. */
function ignoreLostConnection(error: unknown): void {
  // What fetch says then (fetch standard: network errors are TypeErrors).
  if (!(error instanceof TypeError)) throw error;
}

/** What people would do next: wait, approve what waits for them, push again what was refused. */
async function driveToLanded(lab: CrashLab, one: Case, change: Change): Promise<void> {
  for (let attempt = 0; attempt < 4; attempt++) {
    const push = await lab.settled(change.refName);
    if (push?.state === 'landed') {
      const again = await lab.push(one.door, [change]);
      assert.equal(again.code, 0, again.stderr);
      assert.match(again.stdout, /^=\t/m, 'the same push again has nothing to do');
      return;
    }
    if (push?.state === 'held') {
      assert.equal(one.scenario, 'held, then approved');
      await lab.approve(push.id);
      await until('the release', async () => {
        const states = (await lab.pushesTo(change.refName)).map(({ state }) => state);
        return states.includes('held') ? undefined : { value: undefined };
      });
      continue;
    }
    assert.ok(
      push === undefined || ['refused', 'declined'].includes(push.state),
      `push is ${push?.state}: ${push?.note}`,
    );
    const again = await lab.push(one.door, [change]);
    if (one.scenario === 'forwarded') assert.equal(again.code, 0, `${again.stdout}${again.stderr}`);
  }
  assert.fail(`it did not land: ${JSON.stringify(await lab.pushesTo(change.refName))}`);
}
