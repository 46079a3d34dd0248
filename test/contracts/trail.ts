// What every Trail promises (src/domain/ports.ts).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkEntry, draftEntry, EMPTY_HEAD, GENESIS, sealEntry } from '../../src/domain/audit/chain.ts';
import type { TrailEntry } from '../../src/domain/audit/entry.ts';
import type { TrailFilter } from '../../src/domain/ports.ts';
import type { OpenStore } from './store-under-test.ts';

export function trailContract(name: string, open: OpenStore): void {
  describe(`Trail contract: ${name}`, () => {
    it('is sound when empty', async (t) => {
      const { trail } = await open(t);
      assert.deepEqual(await trail.verify(), { entries: 0, head: GENESIS });
      assert.deepEqual(await trail.search({}), []);
    });

    it('gives each entry its index, the time of the clock, and the hash of the one before', async (t) => {
      const { trail, clock } = await open(t);
      clock.time = 111;
      const first = await trail.append({ type: 'gateway.started', body: { version: '1' } });
      clock.time = 100; // clocks jump; the order is the index
      const second = await trail.append({ type: 'access.denied', actor: 'eve', repo: 'a/b', pushId: 3, body: {} });
      assert.deepEqual([first.index, first.at, first.previous], [0, 111, GENESIS]);
      assert.deepEqual([second.index, second.at, second.previous], [1, 100, first.hash]);
      const sealed = sealEntry(
        draftEntry({ type: 'access.denied', actor: 'eve', repo: 'a/b', pushId: 3, body: {} }, 100),
        { entries: 1, head: first.hash },
      );
      assert.equal(second.hash, sealed.hash);
      assert.ok(checkEntry(sealed.text, second.hash, { entries: 1, head: first.hash }).sound);
      assert.deepEqual(await trail.verify(), { entries: 2, head: second.hash });
      assert.notEqual(EMPTY_HEAD.head, second.hash);
    });

    it('keeps an entry through a restart and goes on with the chain', async (t) => {
      const store = await open(t);
      const first = await store.trail.append({ type: 'gateway.started', body: { a: [1, null, { b: 'ä\udc80' }] } });
      const again = await store.reopen();
      assert.deepEqual(await again.trail.search({}), [first]);
      const second = await again.trail.append({ type: 'gateway.stopped', body: {} });
      assert.equal(second.previous, first.hash);
      assert.deepEqual(await again.trail.verify(), { entries: 2, head: second.hash });
    });

    it('records whoever was denied, whatever they call themselves', async (t) => {
      const { trail } = await open(t);
      const names = ['\udc80', '\ud800\ud800', 'a\0b', '\u202eecila', 'x\n2026 fake line', '\ufffd'];
      for (const actor of names) await trail.append({ type: 'access.denied', actor, repo: `r/${actor}`, body: {} });
      assert.deepEqual(
        (await trail.search({})).map((one) => one.actor),
        names,
      );
      assert.deepEqual(
        (await trail.search({ actor: 'a\0b' })).map((one) => one.repo),
        ['r/a\0b'],
      );
      assert.equal((await trail.verify()).fault, undefined);
    });

    it('sequences appends that come all at once', async (t) => {
      const { trail } = await open(t);
      const recorded = await Promise.all(
        Array.from({ length: 700 }, (_, n) => trail.append({ type: 'fetch.served', body: { n } })),
      );
      assert.deepEqual(
        recorded.map((one) => one.index).sort((a, b) => a - b),
        [...recorded.keys()],
      );
      assert.deepEqual(await trail.verify(), { entries: 700, head: recorded.find((one) => one.index === 699)?.hash });
    });

    const refused: readonly [string, TrailEntry][] = [
      ['a fraction', { type: 'policy.loaded', body: { a: 0.1 } }],
      ['a date', { type: 'policy.loaded', body: { a: new Date(0) } }],
      ['a body beyond the bound', { type: 'policy.loaded', body: { a: 'x'.repeat(2 ** 20) } }],
    ];
    for (const [what, entry] of refused) {
      it(`refuses ${what} and keeps nothing of it`, async (t) => {
        const { trail } = await open(t);
        await assert.rejects(trail.append(entry), TypeError);
        assert.deepEqual(await trail.verify(), { entries: 0, head: GENESIS });
      });
    }

    it('finds by type, push, repository, actor, time and index, in order', async (t) => {
      const { trail, clock } = await open(t);
      const entries: TrailEntry[] = [
        { type: 'push.received', actor: 'alice', repo: 'a/b', pushId: 1, body: {} },
        { type: 'push.held', actor: 'alice', repo: 'a/b', pushId: 1, body: {} },
        { type: 'fetch.served', actor: 'bob', repo: 'a/b', body: {} },
        { type: 'push.received', actor: 'bob', repo: 'c/d', pushId: 2, body: {} },
        { type: 'policy.loaded', body: {} },
      ];
      for (const [index, entry] of entries.entries()) {
        clock.time = 1000 + index;
        await trail.append(entry);
      }
      const cases: readonly [TrailFilter, number[]][] = [
        [{}, [0, 1, 2, 3, 4]],
        [{ types: ['push.received'] }, [0, 3]],
        [{ types: ['push.received', 'push.held'] }, [0, 1, 3]],
        [{ types: [] }, []],
        [{ pushId: 1 }, [0, 1]],
        [{ repo: 'a/b' }, [0, 1, 2]],
        [{ repo: 'a/b', actor: 'bob' }, [2]],
        [{ actor: 'nobody' }, []],
        [{ since: 1002 }, [2, 3, 4]],
        [{ until: 1002 }, [0, 1, 2]],
        [{ since: 1001, until: 1003, repo: 'a/b' }, [1, 2]],
        [{ from: 3 }, [3, 4]],
        [{ from: 1, limit: 2 }, [1, 2]],
        [{ limit: 0 }, []],
      ];
      for (const [filter, expected] of cases) {
        assert.deepEqual(
          (await trail.search(filter)).map((one) => one.index),
          expected,
          JSON.stringify(filter),
        );
      }
      await assert.rejects(trail.search({ limit: 1.5 }), TypeError);
    });

    it('answers in bounded pages', async (t) => {
      const { trail } = await open(t);
      await Promise.all(Array.from({ length: 1100 }, (_, n) => trail.append({ type: 'fetch.served', body: { n } })));
      const page = await trail.search({ limit: 5000 });
      assert.equal(page.length, 1000);
      assert.equal((await trail.search({ from: 1000 })).length, 100);
    });

    it('verifies while it grows', async (t) => {
      const { trail } = await open(t);
      await Promise.all(Array.from({ length: 1200 }, (_, n) => trail.append({ type: 'fetch.served', body: { n } })));
      const appends = Promise.all(
        Array.from({ length: 300 }, (_, n) => trail.append({ type: 'fetch.served', body: { n } })),
      );
      const during = await trail.verify();
      assert.equal(during.fault, undefined);
      assert.ok(during.entries >= 1200 && during.entries <= 1500);
      await appends;
      assert.equal((await trail.verify()).entries, 1500);
    });
  });
}
