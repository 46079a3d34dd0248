// What every AssertionLedger promises (src/domain/ports.ts).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OpenStore } from './store-under-test.ts';

export function assertionLedgerContract(name: string, open: OpenStore): void {
  describe(`AssertionLedger: ${name}`, () => {
    it('an assertion is used once, also after a restart', async (t) => {
      const store = await open(t);
      const until = store.clock.time + 1000;
      assert.equal(await store.assertions.use('corp', '_a', until), true);
      assert.equal(await store.assertions.use('corp', '_a', until), false);
      const again = await store.reopen();
      assert.equal(await again.assertions.use('corp', '_a', until), false);
    });

    it('of many at once that show the same assertion, one is the first', async (t) => {
      const store = await open(t);
      const until = store.clock.time + 1000;
      const answers = await Promise.all(Array.from({ length: 20 }, () => store.assertions.use('corp', '_a', until)));
      assert.equal(answers.filter(Boolean).length, 1);
    });

    it('two providers may use the same id', async (t) => {
      const store = await open(t);
      const until = store.clock.time + 1000;
      assert.equal(await store.assertions.use('corp', '_a', until), true);
      assert.equal(await store.assertions.use('other', '_a', until), true);
    });

    it('an assertion is remembered until its time is over, and no longer', async (t) => {
      const store = await open(t);
      const until = store.clock.time + 1000;
      await store.assertions.use('corp', '_a', until);
      store.clock.time = until - 1;
      assert.equal(await store.assertions.use('corp', '_a', until), false);
      store.clock.time = until;
      assert.equal(await store.assertions.use('corp', '_a', until + 1000), true);
    });

    it('any text is an id', async (t) => {
      const store = await open(t);
      for (const id of ['', '\0', '\ud800', 'ä'.repeat(10_000)]) {
        assert.equal(await store.assertions.use('corp', id, store.clock.time + 1000), true);
      }
    });
  });
}
