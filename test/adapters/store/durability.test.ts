import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readAnchor } from '../../../src/adapters/store/anchor.ts';
import type { Store } from '../../../src/adapters/store/store.ts';
import { type Place, temporaryPlace } from './temporary-store.ts';

const PROCESS = fileURLToPath(new URL('./append-process.ts', import.meta.url));

interface Outcome {
  readonly acknowledged: readonly string[];
  readonly code: number | null;
}

/** Runs a writing process; kills it with SIGKILL once it has acknowledged `killAfter` writes. */
async function runWriter(place: Place, name: string, rounds: number, killAfter = Infinity): Promise<Outcome> {
  const child = spawn(process.execPath, [PROCESS, place.file, place.auditDir, String(rounds), name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === killAfter) child.kill('SIGKILL');
  }
  await exited;
  return { acknowledged, code: child.exitCode };
}

/** Everything that was acknowledged is there, pushes and entries fit each other, and the chain is sound. */
async function requireKept(store: Store, acknowledged: readonly string[]): Promise<void> {
  const verified = await store.trail.verify();
  assert.equal(verified.fault, undefined);
  const hashes = new Map<number, string>();
  const entriesOfPush = new Map<number, string[]>();
  for (let from = 0; from < verified.entries; from += 1000) {
    for (const entry of await store.trail.search({ from })) {
      hashes.set(entry.index, entry.hash);
      if (entry.pushId === undefined) continue;
      entriesOfPush.set(entry.pushId, [...(entriesOfPush.get(entry.pushId) ?? []), entry.type]);
    }
  }
  const states = new Map<number, string>();
  for (let page = await store.pushes.list({}); page.length > 0; ) {
    for (const push of page) states.set(push.id, push.state);
    page = await store.pushes.list({ before: page.at(-1)?.id ?? 0 });
  }
  // Acknowledged or not: no push without its entries and no entry without its push.
  assert.deepEqual([...entriesOfPush.keys()].sort(), [...states.keys()].sort());
  for (const [id, state] of states) {
    const types = state === 'relaying' ? ['push.received', 'push.forwarded'] : ['push.received'];
    assert.deepEqual(entriesOfPush.get(id), types, `push ${id} is ${state}`);
  }
  const relaying = new Set<number>();
  for (const line of acknowledged) {
    const [what, id, rest] = line.split(' ') as [string, string, string];
    if (what === 'entry') assert.equal(hashes.get(Number(id)), rest, line);
    else if (rest === 'relaying') relaying.add(Number(id));
    else assert.ok(states.has(Number(id)), line);
  }
  for (const id of relaying) assert.equal(states.get(id), 'relaying');
}

describe('a store whose process is killed', () => {
  it('has every acknowledged write afterwards, and a sound chain, however often it happens', async (t) => {
    const place = temporaryPlace(t);
    const acknowledged: string[] = [];
    for (let round = 0; round < 24; round++) {
      // Early kills hit creation and the first commits, later ones the middle of a batch.
      const outcome = await runWriter(place, `writer-${round}`, 100_000, 1 + ((round * 37) % 211));
      assert.equal(outcome.code, null, 'killed, not ended');
      acknowledged.push(...outcome.acknowledged);
      if (round % 4 !== 3) continue;
      const store = await place.open();
      await requireKept(store, acknowledged);
      await store.close();
    }
    assert.ok(acknowledged.length > 1000);
  });
});

describe('a store that several processes have open', () => {
  it('is created once and keeps one unbroken chain', async (t) => {
    const place = temporaryPlace(t);
    const outcomes = await Promise.all([1, 2, 3].map((n) => runWriter(place, `writer-${n}`, 120)));
    assert.deepEqual(
      outcomes.map((outcome) => outcome.code),
      [0, 0, 0],
    );
    const store = await place.open();
    assert.equal((await store.trail.verify()).entries, 3 * 120 * 3);
    await requireKept(
      store,
      outcomes.flatMap((outcome) => outcome.acknowledged),
    );
    for (const n of [1, 2, 3]) {
      const own = await store.trail.search({ actor: `writer-${n}` });
      assert.equal(own.length, 120, 'nobody was starved');
    }
  });

  it('shows one opener what another has just written', async (t) => {
    const place = temporaryPlace(t);
    const [first, second] = [await place.open(), await place.open()];
    for (let n = 0; n < 20; n++) {
      const { index } = await (n % 2 === 0 ? first : second).trail.append({ type: 'fetch.served', body: { n } });
      assert.equal(index, n);
      assert.equal((await (n % 2 === 0 ? second : first).trail.search({ from: n })).length, 1);
    }
    await first.close();
    await second.trail.append({ type: 'fetch.served', body: {} });
    assert.deepEqual(await second.trail.verify(), {
      entries: 21,
      head: (await second.trail.search({ from: 20 }))[0]?.hash,
    });
  });

  it('opens many at once in one process, a new one included', async (t) => {
    const place = temporaryPlace(t);
    const stores = await Promise.all(Array.from({ length: 6 }, () => place.open()));
    await Promise.all(stores.map((store, n) => store.trail.append({ type: 'gateway.started', body: { n } })));
    assert.equal((await (stores[0] as Store).trail.verify()).entries, 6);
    // The lock of one must survive another's closing: sqlite.org/howtocorrupt.html section 2.2.
    await stores[1]?.close();
    await Promise.all(
      stores.filter((_, n) => n !== 1).map((store) => store.trail.append({ type: 'fetch.served', body: {} })),
    );
    assert.equal((await (stores[0] as Store).trail.verify()).entries, 11);
  });
});

describe('the anchored head', () => {
  it('is there from the start and names the last entry on close', async (t) => {
    const place = temporaryPlace(t);
    const store = await place.open();
    assert.deepEqual(readAnchor(place.auditDir), { state: 'anchored', head: { entries: 0, head: '0'.repeat(64) } });
    await Promise.all(Array.from({ length: 50 }, (_, n) => store.trail.append({ type: 'fetch.served', body: { n } })));
    const { entries, head } = await store.trail.verify();
    await store.close();
    assert.deepEqual(readAnchor(place.auditDir), { state: 'anchored', head: { entries, head } });
  });

  it('is brought up to date at the next start after a kill', async (t) => {
    const place = temporaryPlace(t);
    await runWriter(place, 'writer', 100_000, 200);
    const store = await place.open();
    const { entries, head } = await store.trail.verify();
    await store.close();
    assert.deepEqual(readAnchor(place.auditDir), { state: 'anchored', head: { entries, head } });
  });
});

describe('a closed store', () => {
  it('has done what was asked before, and does nothing after', async (t) => {
    const place = temporaryPlace(t);
    const store = await place.open();
    const asked = Array.from({ length: 40 }, (_, n) => store.trail.append({ type: 'fetch.served', body: { n } }));
    await Promise.all([store.close(), store.close()]);
    assert.equal((await Promise.all(asked)).length, 40);
    assert.equal(store.ready(), false);
    await assert.rejects(store.trail.append({ type: 'fetch.served', body: {} }), { code: 'store-unavailable' });
    await assert.rejects(store.pushes.list({}), { code: 'store-unavailable' });
    assert.equal((await (await place.open()).trail.verify()).entries, 40);
  });

  it('left open and idle, keeps no process alive', async (t) => {
    const place = temporaryPlace(t);
    const source = new URL('../../../src/adapters/store/store.ts', import.meta.url).href;
    const script = `
      import { openStore } from ${JSON.stringify(source)};
      const store = await openStore({
        file: ${JSON.stringify(place.file)}, auditDir: ${JSON.stringify(place.auditDir)}, clock: Date });
      store.trail.append({ type: 'fetch.served', body: {} });
      store.directory.touchToken('t', 1);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    await once(child, 'exit');
    assert.equal(child.exitCode, 0);
    assert.equal((await (await place.open()).trail.verify()).entries, 1, 'a waiting write is waited for');
  });
});
