// Large packs, clients that drip and an upstream that does not keep up: what is in memory stays little, others are
// served meanwhile, and the push lands.
import assert from 'node:assert/strict';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { type Change, CrashLab } from '../crash/crash-lab.ts';
import { startRelay } from '../support/upstream/relay.ts';
import type { Door } from '../support/world.ts';
import { MIB, watchMemory } from './gateway-memory.ts';
import { AS_IT_IS, largeChange } from './large-change.ts';

/** 1024 in .ci/run; enough to see a pack that is kept in memory otherwise. */
const LARGE_MIB = Number(process.env['SALLYPORT_TEST_LARGE_MIB'] ?? 192);
const MAX_GROWTH_MIB = 150;
const DRIPS = 5;

describe('a gateway that is warm', () => {
  let lab: CrashLab;
  let small: readonly Change[];
  let taken = 0;
  const next = () => small[taken++] as Change;

  before(async () => {
    lab = await CrashLab.open({
      upstream: 'http',
      upstreamConfig: { 'receive.unpackLimit': '1' },
      env: { SALLYPORT_LEASE_MS: '60000' },
    });
    small = await lab.changes(
      Array.from({ length: 40 }, (_, at) => ({ refName: `refs/heads/small-${at}`, exists: false })),
    );
    for (const door of ['http', 'ssh', 'http', 'ssh'] as const) await land(door, next());
  });
  afterEach((context) => lab.recover(context));
  after(() => lab.close());

  async function land(
    door: Door,
    change: Change,
    options: { url?: string; git?: readonly string[] } = {},
  ): Promise<void> {
    const run = await lab.push(door, [change], options);
    assert.equal(run.code, 0, `${run.stdout}${run.stderr}`);
  }

  test(`lands a push of ${LARGE_MIB} MiB at an upstream that stops reading in the middle of it: it grows by ${MAX_GROWTH_MIB} MiB at most, and others push and fetch meanwhile`, async () => {
    const change = await largeChange(lab, 'refs/heads/large', LARGE_MIB * MIB);
    const growth = watchMemory(await lab.pid());
    const held = lab.world.upstreamRelay.holdAfterUp((LARGE_MIB / 2) * MIB);
    const pushing = land('http', change, { git: AS_IT_IS });
    const goOn = await held;
    for (const door of ['http', 'ssh'] as const) {
      await land(door, next());
      await lab.world.clone(door, 'alice');
    }
    assert.equal((await lab.world.upstreamRefs())['refs/heads/large'], undefined);
    goOn();
    await pushing;
    const grown = growth();
    assert.ok(grown <= MAX_GROWTH_MIB * MIB, `the gateway grew by ${Math.round(grown / MIB)} MiB`);
  });

  for (const door of ['http', 'ssh'] as const) {
    test(`takes a pack that drips over ${door}: others push meanwhile, and it lands`, async (t) => {
      const change = await largeChange(lab, `refs/heads/drips-${door}`, 2 * MIB);
      const url = new URL(lab.world.url(door, 'alice'));
      const relay = await startRelay(Number(url.port));
      t.after(() => relay.close());
      await alsoKnowHost(lab, url.port, relay.port);
      url.port = `${relay.port}`;
      let held = relay.holdAfterUp(MIB / 4);
      const pushing = land(door, change, { url: url.href, git: AS_IT_IS });
      for (let drip = 0; drip < DRIPS; drip++) {
        const goOn = await held;
        await land(drip % 2 === 0 ? 'http' : 'ssh', next());
        assert.equal((await lab.pushesTo(change.refName)).at(-1)?.state, 'receiving');
        held = relay.holdAfterUp(MIB / 4);
        goOn();
      }
      await relay.mend();
      await pushing;
    });
  }

  test('and has kept nothing of all that, and no byte in the wrong place', () => lab.assertSound());
});

/** ssh knows a host by its port. */
async function alsoKnowHost(lab: CrashLab, port: string, also: number): Promise<void> {
  const known = join(lab.world.directory, 'home/known_hosts');
  const lines = (await readFile(known, 'utf8')).split('\n').filter((line) => line.includes(`]:${port} `));
  await appendFile(known, lines.map((line) => `${line.replace(`]:${port} `, `]:${also} `)}\n`).join(''));
}
