// What every ExceptionStore promises (src/domain/ports.ts), and what PushStore.transition promises about exceptions.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrailEntry } from '../../src/domain/audit/entry.ts';
import type { Transition } from '../../src/domain/ports.ts';
import type { Grant, SecretException } from '../../src/domain/push/exception.ts';
import type { PushId } from '../../src/domain/push/push.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const [ONE, TWO, THREE] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [string, string, string];
const SHOP = { upstream: 'main', repo: 'acme/shop' };

const entry = (type: TrailEntry['type']): TrailEntry => ({ type, actor: 'carol', repo: 'acme/shop', body: {} });

async function heldPush(store: StoreUnderTest, address: { readonly upstream: string; readonly repo: string } = SHOP) {
  const { id } = await store.pushes.receive(
    {
      address: { ...address, path: 'acme/shop.git' },
      objectFormat: 'sha1',
      principal: { name: 'alice', kind: 'human' },
      updates: [{ refName: 'refs/heads/main', oldOid: A, newOid: B, kind: 'fast-forward' }],
      pushOptions: [],
      reason: 'a sample \udc80 of the docs',
      createdAt: 1000,
    },
    'gateway-1',
    entry('push.received'),
  );
  await store.pushes.transition({ id, from: ['receiving'], to: 'held', entry: entry('push.held') });
  return id;
}

function grant(fingerprint: string, changes: Partial<Grant> = {}): Grant {
  return {
    fingerprint,
    rule: 'github-personal-access-token',
    masked: 'ghp_…',
    groups: ['security'],
    grantedBy: ['carol'],
    createdAt: 1_000_000,
    expiresAt: 2_000_000,
    ...changes,
  };
}

function release(store: StoreUnderTest, id: PushId, grants: readonly Grant[], more: Partial<Transition> = {}) {
  return store.pushes.transition({
    id,
    from: ['held'],
    to: 'relaying',
    grants,
    entry: entry('push.released'),
    ...more,
  });
}

/** One push, released with an exception for each of these. */
async function granted(store: StoreUnderTest, ...fingerprints: readonly string[]): Promise<PushId> {
  const id = await heldPush(store);
  const grants = fingerprints.map((fingerprint) => grant(fingerprint));
  await release(store, id, grants);
  return id;
}

const covering = async (store: StoreUnderTest, fingerprints: readonly string[], address = SHOP) =>
  (await store.exceptions.covering(address, fingerprints)).map(({ fingerprint }) => fingerprint).sort();

const entriesOf = async (store: StoreUnderTest) => (await store.trail.verify()).entries;

export function exceptionStoreContract(name: string, open: OpenStore): void {
  describe(`ExceptionStore contract: ${name}`, () => {
    describe('granting', () => {
      it('is part of the release, and keeps what the push says of itself', async (t) => {
        const store = await open(t);
        const id = await heldPush(store);
        const released = await release(store, id, [grant(ONE, { masked: 'x\udc80…', groups: ['security', 'sre'] })]);
        assert.deepEqual(released?.push.granted, [{ id: 1, fingerprint: ONE }]);
        const expected: SecretException = {
          ...grant(ONE, { masked: 'x\udc80…', groups: ['security', 'sre'] }),
          ...SHOP,
          id: 1,
          state: 'valid',
          push: id,
          requestedBy: 'alice',
          reason: 'a sample \udc80 of the docs',
        };
        const again = await store.reopen();
        assert.deepEqual(await again.exceptions.find(1), expected);
        assert.deepEqual((await again.pushes.find(id))?.granted, [{ id: 1, fingerprint: ONE }]);
      });

      it('does not happen when the push is no longer held', async (t) => {
        const store = await open(t);
        const id = await heldPush(store);
        await store.pushes.transition({ id, from: ['held'], to: 'withdrawn', entry: entry('push.withdrawn') });
        const before = await entriesOf(store);
        assert.equal(await release(store, id, [grant(ONE)]), undefined);
        assert.deepEqual(await store.exceptions.list({}), []);
        assert.equal(await entriesOf(store), before);
      });

      it('happens once, however many release at once', async (t) => {
        const store = await open(t);
        const id = await heldPush(store);
        const ends = await Promise.all(Array.from({ length: 10 }, () => release(store, id, [grant(ONE)])));
        assert.equal(ends.filter((end) => end !== undefined).length, 1);
        assert.equal((await store.exceptions.list({})).length, 1);
      });

      it('releases nothing when one of the exceptions cannot be kept', async (t) => {
        const store = await open(t);
        const id = await heldPush(store);
        const clear = ['gh', 'p_'].join('') + 'x'.repeat(36);
        for (const fingerprint of [clear, '', ONE.slice(1), 'A'.repeat(32)]) {
          await assert.rejects(release(store, id, [grant(ONE), grant(fingerprint)]), TypeError);
        }
        assert.equal((await store.pushes.find(id))?.state, 'held');
        assert.deepEqual(await store.exceptions.list({}), []);
      });

      it('is no part of any other step', async (t) => {
        const store = await open(t);
        const id = await heldPush(store);
        await assert.rejects(release(store, id, [grant(ONE)], { to: 'rejected' }), TypeError);
        await assert.rejects(release(store, id, [grant(ONE)], { from: ['held', 'receiving'] }), TypeError);
      });

      it('takes the place of what was granted before for the same fingerprint', async (t) => {
        const store = await open(t);
        await granted(store, ONE, TWO);
        await release(store, await heldPush(store), [grant(ONE, { expiresAt: 1_500_000 })]);
        const seen = (await store.exceptions.list({})).map((one) => [one.id, one.fingerprint, one.state]);
        assert.deepEqual(seen, [
          [3, ONE, 'valid'],
          [2, TWO, 'valid'],
          [1, ONE, 'replaced'],
        ]);
        await store.exceptions.revoke(3, 'carol', entry('exception.revoked'));
        assert.deepEqual(await covering(store, [ONE]), []);
      });
    });

    describe('covering', () => {
      it('is by fingerprint, any number of them', async (t) => {
        const store = await open(t);
        await granted(store, ONE, TWO);
        assert.deepEqual(await covering(store, [TWO, THREE, ONE]), [ONE, TWO]);
        assert.deepEqual(await covering(store, [THREE]), []);
        assert.deepEqual(await covering(store, []), []);
        const many = Array.from({ length: 40_000 }, (_, at) => at.toString(16).padStart(32, '0'));
        assert.deepEqual(await covering(store, [...many, ONE]), [ONE]);
      });

      it('is for one repository of one upstream', async (t) => {
        const store = await open(t);
        await granted(store, ONE);
        for (const [upstream, repo] of [
          ['main', 'acme/other'],
          ['other', 'acme/shop'],
          ['main', 'acme/Shop'],
          ['main', 'acme/\udc80'],
        ] as const) {
          assert.deepEqual(await covering(store, [ONE], { upstream, repo }), [], `${upstream} ${repo}`);
        }
      });

      it('ends with its time, before anybody has recorded that', async (t) => {
        const store = await open(t);
        await granted(store, ONE);
        store.clock.time = 1_999_999;
        assert.deepEqual(await covering(store, [ONE]), [ONE]);
        store.clock.time = 2_000_000;
        assert.deepEqual(await covering(store, [ONE]), []);
        assert.equal((await store.exceptions.find(1))?.state, 'expired');
        assert.deepEqual(await store.exceptions.list({ states: ['valid'] }), []);
        assert.equal((await store.exceptions.list({ states: ['expired'] })).length, 1);
        assert.equal(await store.exceptions.revoke(1, 'carol', entry('exception.revoked')), undefined);
      });
    });

    describe('ending', () => {
      it('by revocation happens once, and says who and when', async (t) => {
        const store = await open(t);
        await granted(store, ONE);
        store.clock.time = 1_200_000;
        const before = await entriesOf(store);
        const revoked = await store.exceptions.revoke(1, 'carol', entry('exception.revoked'));
        assert.deepEqual([revoked?.state, revoked?.revokedBy, revoked?.revokedAt], ['revoked', 'carol', 1_200_000]);
        assert.equal(await store.exceptions.revoke(1, 'bob', entry('exception.revoked')), undefined);
        assert.equal(await store.exceptions.revoke(9, 'bob', entry('exception.revoked')), undefined);
        assert.deepEqual(await covering(store, [ONE]), []);
        assert.equal(await entriesOf(store), before + 1);
        assert.equal((await (await store.reopen()).exceptions.find(1))?.revokedBy, 'carol');
      });

      it('by time is recorded once, when it is over and not before', async (t) => {
        const store = await open(t);
        await granted(store, ONE);
        assert.deepEqual(await store.exceptions.lapsed(), []);
        assert.equal(await store.exceptions.expire(1, entry('exception.expired')), false);
        store.clock.time = 2_000_000;
        assert.deepEqual(
          (await store.exceptions.lapsed()).map(({ id }) => id),
          [1],
        );
        const done = await Promise.all([1, 2].map(() => store.exceptions.expire(1, entry('exception.expired'))));
        assert.deepEqual(done.sort(), [false, true]);
        assert.deepEqual(await store.exceptions.lapsed(), []);
        assert.equal((await store.trail.search({ types: ['exception.expired'] })).length, 1);
      });
    });

    describe('relying on exceptions', () => {
      it('moves a push only while every one of them holds', async (t) => {
        const store = await open(t);
        await granted(store, ONE, TWO);
        const at = 1_000_000;
        const held = () => heldPush(store);
        const rely = async (fingerprints: readonly string[], when = at, id?: PushId) =>
          (await release(store, id ?? (await held()), [], { relies: { fingerprints, at: when } })) !== undefined;
        assert.equal(await rely([]), true);
        assert.equal(await rely([ONE, TWO, ONE]), true);
        assert.equal(await rely([ONE, THREE]), false, 'one was never granted');
        assert.equal(await rely([ONE], 2_000_000), false, 'its time is over');
        const elsewhere = await heldPush(store, { upstream: 'main', repo: 'acme/other' });
        assert.equal(await rely([ONE], at, elsewhere), false, 'another repository');
        await store.exceptions.revoke(1, 'carol', entry('exception.revoked'));
        const id = await held();
        const before = await entriesOf(store);
        assert.equal(await rely([ONE, TWO], at, id), false, 'revoked');
        assert.equal((await store.pushes.find(id))?.state, 'held');
        assert.equal(await entriesOf(store), before);
      });

      it('is settled by one of a revocation and a release at once', async (t) => {
        const store = await open(t);
        await granted(store, ONE);
        const id = await heldPush(store);
        await Promise.all([
          store.exceptions.revoke(1, 'carol', entry('exception.revoked')),
          release(store, id, [], { relies: { fingerprints: [ONE], at: 1_000_000 } }),
        ]);
        const types = (await store.trail.search({})).map(({ type }) => type);
        const [revokedAt, releasedAt] = [types.indexOf('exception.revoked'), types.lastIndexOf('push.released')];
        const isReleased = (await store.pushes.find(id))?.state === 'relaying';
        assert.equal(isReleased, releasedAt > types.indexOf('push.released'));
        assert.ok(!isReleased || releasedAt < revokedAt, 'never released after the revocation');
      });
    });

    describe('list', () => {
      it('is newest first, by repository and state, in pages', async (t) => {
        const store = await open(t);
        await granted(store, ONE, TWO);
        await release(store, await heldPush(store, { upstream: 'main', repo: 'acme/other' }), [grant(THREE)]);
        await store.exceptions.revoke(1, 'carol', entry('exception.revoked'));
        const ids = async (filter: Parameters<typeof store.exceptions.list>[0]) =>
          (await store.exceptions.list(filter)).map(({ id }) => id);
        assert.deepEqual(await ids({}), [3, 2, 1]);
        assert.deepEqual(await ids({ repo: 'acme/shop' }), [2, 1]);
        assert.deepEqual(await ids({ states: ['valid'] }), [3, 2]);
        assert.deepEqual(await ids({ states: ['revoked', 'expired'] }), [1]);
        assert.deepEqual(await ids({ states: [] }), []);
        assert.deepEqual(await ids({ limit: 1, before: 3 }), [2]);
        assert.deepEqual(await ids({ repo: 'acme/\udc80' }), []);
        assert.equal(await store.exceptions.find(0.5), undefined);
      });
    });
  });
}
