// An agent that runs apart and is killed, stopped or cut off at any step of a relay. What the client is told is true, or
// says that nobody knows; nothing lands twice, nothing is lost, and it is settled soon after an agent is back.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { FailPointName } from '../../src/conversation/gate.ts';
import type { RemoteAgent } from '../support/remote-agent.ts';
import type { Run, UpstreamKind } from '../support/world.ts';
import { type Change, CrashLab, type ShownPush, until } from './crash-lab.ts';

const LEASE_MS = 3_000;
const ENV = { SALLYPORT_LEASE_MS: `${LEASE_MS}`, SALLYPORT_LINK_PING_MS: '600' };
const STEPS: readonly FailPointName[] = ['relay-claimed', 'relay-begin', 'relay-sent', 'relay-reported'];
/** Where the link is cut, as parts of what an undisturbed push moves over it. */
const PARTS = [0.02, 0.5, 0.9, 0.99] as const;
/** From an agent's return to the end of what it left. */
const RECOVERY_MS = 10_000;

type Fault = 'killed' | 'stopped' | 'cut off';

interface Faults {
  readonly lab: CrashLab;
  readonly changes: Change[];
}

async function openFaults(upstream: UpstreamKind, agentNames: readonly string[] = ['dc1']): Promise<Faults> {
  const lab = await CrashLab.open({ upstream, agent: 'remote', agentNames, env: ENV });
  const wanted = Array.from({ length: 28 }, (_, at) => ({
    refName: `refs/heads/${at % 4 === 3 ? 'held/' : ''}change-${at}`,
    exists: at % 2 === 0,
    bytes: 200_000,
  }));
  const changes = [...(await lab.changes(wanted))];
  await lab.push('http', [take({ lab, changes }, 'refs/heads/change')]); // brings the mirror up
  return { lab, changes };
}

function take({ changes }: Faults, prefix: string): Change {
  const at = changes.findIndex(({ refName }) => refName.startsWith(prefix));
  return changes.splice(at, 1)[0] as Change;
}

async function strike(agent: RemoteAgent, fault: Fault): Promise<void> {
  if (fault === 'killed') await agent.kill();
  else if (fault === 'stopped') process.kill(agent.pid(), 'SIGSTOP');
  else await agent.link.goDown();
}

async function mend(agent: RemoteAgent, fault: Fault): Promise<void> {
  if (fault === 'killed') await agent.start();
  else if (fault === 'stopped') process.kill(agent.pid(), 'SIGCONT');
  else await agent.link.comeBack();
}

/** What the client heard is what happened, or that it was not known yet. */
function assertTold(run: Run, end: ShownPush | undefined): void {
  if (run.code === 0) assert.equal(end?.state, 'landed');
  else if (!/outcome unknown/.test(run.stdout)) {
    assert.ok(
      end === undefined || ['refused', 'declined'].includes(end.state),
      `${end?.state}: ${run.stdout}${run.stderr}`,
    );
  }
}

async function pushAgain(lab: CrashLab, change: Change): Promise<void> {
  await lab.world.agentsConnected();
  const again = await lab.push('http', [change]);
  assert.equal(again.code, 0, `${again.stdout}${again.stderr}`);
}

for (const upstream of ['http', 'ssh'] as const) {
  describe(`an agent before an upstream over ${upstream}`, { concurrency: 1 }, () => {
    let faults: Faults;
    let lab: CrashLab;
    let agent: RemoteAgent;
    before(async () => {
      faults = await openFaults(upstream);
      lab = faults.lab;
      agent = lab.world.agents[0] as RemoteAgent;
    });
    afterEach(async (context) => {
      if ('passed' in context && context.passed === true) return;
      await agent.kill();
      await agent.link.mend();
      await lab.recover(context).catch(() => {});
      await agent.start();
    });
    after(() => lab.close());

    for (const [at, step] of STEPS.entries()) {
      const fault = (['killed', 'stopped', 'cut off'] as const)[(at + (upstream === 'http' ? 0 : 1)) % 3] as Fault;
      test(`${fault} at ${step}: the client hears the truth, and it lands once`, async () => {
        const change = take(faults, 'refs/heads/change');
        await lab.arm(step, 'stop');
        const pushing = lab.push(at % 2 === 0 ? 'http' : 'ssh', [change]);
        const goOn = await lab.stopped();
        await strike(agent, fault);
        goOn();
        const run = await pushing;
        await mend(agent, fault);
        const back = performance.now();
        await lab.world.agentsConnected();
        assertTold(run, await lab.settled(change.refName));
        assert.ok(performance.now() - back < RECOVERY_MS, `settled after ${performance.now() - back} ms`);
        await pushAgain(lab, change);
        await lab.assertSound();
      });
    }

    test('cut at any byte of the request or the answer: the same', async () => {
      const undisturbed = take(faults, 'refs/heads/change');
      const start = { ...agent.link.bytes };
      assert.equal((await lab.push('http', [undisturbed])).code, 0);
      const total = { down: agent.link.bytes.down - start.down, up: agent.link.bytes.up - start.up };
      for (const [at, part] of PARTS.entries()) {
        const change = take(faults, 'refs/heads/change');
        // Down the link goes what is pushed, up the link comes the answer.
        if (at % 2 === 0) agent.link.cutAfterDown(Math.round(part * total.down));
        else agent.link.cutAfterUp(Math.round(part * total.up));
        const run = await lab.push(at % 2 === 0 ? 'ssh' : 'http', [change]);
        await agent.link.mend();
        agent.link.cutAfterDown(Number.POSITIVE_INFINITY);
        await lab.world.agentsConnected();
        assertTold(run, await lab.settled(change.refName));
        await pushAgain(lab, change);
      }
      await lab.assertSound();
    });

    test('killed while it sends: what the upstream has of it is no push', async () => {
      const change = take(faults, 'refs/heads/change');
      const held = lab.world.upstreamRelay.holdAfterUp(50_000);
      const pushing = lab.push('http', [change]);
      const goOn = await held;
      await agent.kill();
      goOn();
      const run = await pushing;
      await agent.start();
      await lab.world.agentsConnected();
      assertTold(run, await lab.settled(change.refName));
      await pushAgain(lab, change);
      await lab.assertSound();
    });

    test('away when a push is approved: the push stays, and lands when it is back', async () => {
      const change = take(faults, 'refs/heads/held/');
      await lab.push('http', [change]);
      const held = await lab.settled(change.refName);
      assert.equal(held?.state, 'held');
      await agent.kill();
      assert.equal(await lab.approve(held?.id ?? 0), 200);
      const told = await lab.push('http', [take(faults, 'refs/heads/change')]);
      assert.match(told.stderr, /the agent for this repository is not connected/);
      const overSsh = await lab.push('ssh', [take(faults, 'refs/heads/change')]);
      assert.match(overSsh.stderr, /the agent for this repository is not connected/);
      assert.equal((await lab.pushesTo(change.refName)).at(-1)?.state, 'relaying');
      await agent.start();
      const back = performance.now();
      assert.equal((await lab.settled(change.refName))?.state, 'landed');
      assert.ok(performance.now() - back < RECOVERY_MS);
      await lab.assertSound();
    });

    test('killed in the middle of the relay of an approved push: it lands all the same, once', async () => {
      const change = take(faults, 'refs/heads/held/');
      await lab.push('ssh', [change]);
      const held = await lab.settled(change.refName);
      const reached = lab.world.upstreamRelay.holdAfterUp(50_000);
      await lab.approve(held?.id ?? 0);
      const goOn = await reached;
      await agent.kill();
      goOn();
      await agent.start();
      assert.equal((await lab.settled(change.refName))?.state, 'landed');
      await lab.assertSound();
    });

    test('that outlives its gateway dials the next one, and what that one left is settled', async () => {
      const change = take(faults, 'refs/heads/change');
      await lab.arm('relay-sent', 'kill');
      await lab.push('http', [change]);
      await lab.world.ended();
      await lab.world.start();
      await lab.world.agentsConnected();
      assert.equal((await lab.settled(change.refName))?.state, 'landed');
      await lab.assertSound();
    });
  });
}

describe('two agents for one upstream', { concurrency: 1 }, () => {
  let faults: Faults;
  let lab: CrashLab;
  before(async () => {
    faults = await openFaults('http', ['dc1', 'dc2']);
    lab = faults.lab;
  });
  after(() => lab.close());

  for (const fault of ['killed', 'stopped', 'cut off'] as const) {
    test(`the first is ${fault} in the middle of a relay: the second finds out what became of it, and the push lands`, async () => {
      const [first] = lab.world.agents;
      assert.ok(first);
      const change = take(faults, 'refs/heads/change');
      const held = lab.world.upstreamRelay.holdAfterUp(50_000);
      const pushing = lab.push('http', [change]);
      const goOn = await held;
      await strike(first, fault);
      goOn();
      const run = await pushing;
      const end = await lab.settled(change.refName);
      assertTold(run, end);
      assert.equal(end?.state, 'landed', 'without the first');
      const next = take(faults, 'refs/heads/change');
      assert.equal((await lab.push('ssh', [next])).code, 0, 'others are served by the second');
      await mend(first, fault);
      await lab.world.agentsConnected();
      await until('both to agree', async () =>
        (await lab.settled(change.refName))?.state === 'landed' ? { value: 1 } : undefined,
      );
      await lab.assertSound();
    });
  }
});
