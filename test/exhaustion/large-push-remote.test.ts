// A large push through the link, to an upstream that stops reading in the middle of it: what waits, waits at the client,
// and neither the gateway nor the agent keeps it. Others are served over the same links meanwhile.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CrashLab } from '../crash/crash-lab.ts';
import { MIB, watchMemory } from './gateway-memory.ts';
import { AS_IT_IS, largeChange } from './large-change.ts';

/** 1024 in .ci/run; enough to see a pack that is kept in memory otherwise. */
const LARGE_MIB = Number(process.env['SALLYPORT_TEST_LARGE_MIB'] ?? 192);
const MAX_GROWTH_MIB = { gateway: 150, agent: 100 };

let lab: CrashLab;
before(async () => {
  lab = await CrashLab.open({
    upstream: 'http',
    agent: 'remote',
    upstreamConfig: { 'receive.unpackLimit': '1' },
    env: { SALLYPORT_LEASE_MS: '60000' },
  });
});
after(() => lab.close());

test(`a push of ${LARGE_MIB} MiB through the link lands in bounded memory on both sides`, async () => {
  const wanted = Array.from({ length: 8 }, (_, at) => ({ refName: `refs/heads/small-${at}`, exists: false }));
  const small = [...(await lab.changes(wanted))];
  const land = async (door: 'http' | 'ssh') => {
    const run = await lab.push(door, [small.pop() ?? assert.fail()]);
    assert.equal(run.code, 0, `${run.stdout}${run.stderr}`);
  };
  for (const door of ['http', 'ssh', 'http', 'ssh'] as const) await land(door);
  const change = await largeChange(lab, 'refs/heads/large', LARGE_MIB * MIB);
  const [agent] = lab.world.agents;
  const growth = { gateway: watchMemory(await lab.pid()), agent: watchMemory(agent?.pid() ?? 0) };
  const held = lab.world.upstreamRelay.holdAfterUp((LARGE_MIB / 2) * MIB);
  const pushing = lab.push('http', [change], { git: AS_IT_IS });
  const goOn = await held;
  for (const door of ['http', 'ssh'] as const) {
    await land(door);
    await lab.world.clone(door, 'alice');
  }
  goOn();
  const run = await pushing;
  assert.equal(run.code, 0, `${run.stdout}${run.stderr}`);
  for (const side of ['gateway', 'agent'] as const) {
    const grown = Math.round(growth[side]() / MIB);
    assert.ok(grown <= MAX_GROWTH_MIB[side], `the ${side} grew by ${grown} MiB`);
  }
  await lab.assertSound();
});
