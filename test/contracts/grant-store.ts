// What every GrantStore promises (src/domain/ports.ts), and what the other ports promise about grants and standing.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { AccessGrant } from '../../src/domain/access-grant.ts';
import type { TrailEntry } from '../../src/domain/audit/entry.ts';
import type { Transition } from '../../src/domain/ports.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';

const entry: TrailEntry = { type: 'admin.changed', actor: 'alice', body: { before: null, after: { a: 1 } } };
const HOUR = 3_600_000;

function asked(id: string, changes: Partial<AccessGrant> = {}): AccessGrant {
  return {
    id,
    principal: 'copilot',
    state: 'asked',
    repos: ['acme/*'],
    refs: ['refs/heads/copilot/*'],
    paths: ['src/\udc80'],
    lifetime: HOUR,
    reason: 'because \udc80',
    askedBy: 'alice',
    askedAt: 1_000_000,
    expiresAt: 1_000_000 + 2 * HOUR,
    ...changes,
  };
}

async function withPeople(open: () => Promise<StoreUnderTest>): Promise<StoreUnderTest> {
  const store = await open();
  store.clock.time = 1_000_000;
  await store.directory.addUser({ name: 'alice', kind: 'human', groups: ['dev'], createdAt: 1 }, entry);
  await store.directory.addUser(
    { name: 'copilot', kind: 'coding-agent', sponsor: 'alice', groups: [], grantsOnly: true, createdAt: 2 },
    entry,
  );
  return store;
}

const entriesOf = async (store: StoreUnderTest) => (await store.trail.verify()).entries;

async function received(store: StoreUnderTest): Promise<number> {
  const oids = { oldOid: 'a'.repeat(40), newOid: 'b'.repeat(40) };
  const push = await store.pushes.receive(
    {
      address: { repo: 'acme/shop', upstream: 'main', path: 'acme/shop.git' },
      objectFormat: 'sha1',
      principal: { name: 'copilot', kind: 'coding-agent', sponsor: 'alice' },
      updates: [{ refName: 'refs/heads/main', ...oids, kind: 'fast-forward' }],
      pushOptions: [],
      createdAt: 5,
    },
    'gateway-1',
    { type: 'push.received', body: {} },
  );
  return push.id;
}

export function grantStoreContract(name: string, open: OpenStore): void {
  describe(`GrantStore contract: ${name}`, () => {
    it('keeps a request as it was made, and gives it once', async (t) => {
      const store = await withPeople(() => open(t));
      assert.equal(await store.grants.add(asked('grant-1'), entry), true);
      const again = await store.reopen();
      assert.deepEqual(await again.grants.find('grant-1'), asked('grant-1'));
      const at = 1_000_500;
      const given = await again.grants.give('grant-1', { by: 'bob', at }, entry);
      const expected = { ...asked('grant-1'), state: 'valid', givenBy: 'bob', givenAt: at, expiresAt: at + HOUR };
      assert.deepEqual(given, expected);
      assert.equal(await again.grants.give('grant-1', { by: 'carol', at }, entry), undefined);
      assert.deepEqual(await again.grants.inForce('copilot'), [expected]);
      assert.deepEqual(await again.grants.inForce('alice'), []);
    });

    it('lets one of many give it', async (t) => {
      const store = await withPeople(() => open(t));
      await store.grants.add(asked('grant-1'), entry);
      const before = await entriesOf(store);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          store.grants.give('grant-1', { by: `p${index}`, at: 1_000_001 }, entry),
        ),
      );
      assert.equal(answers.filter((one) => one !== undefined).length, 1);
      assert.equal(await entriesOf(store), before + 1);
    });

    it('ends by itself: nothing is given, in force or revoked after its time, recorded or not', async (t) => {
      const store = await withPeople(() => open(t));
      await store.grants.add(asked('grant-1'), entry);
      await store.grants.add(asked('grant-2'), entry);
      await store.grants.give('grant-1', { by: 'bob', at: 1_000_000 }, entry);
      assert.deepEqual(await store.grants.lapsed(), []);
      assert.equal(await store.grants.expire('grant-1', entry), false);
      store.clock.time = 1_000_000 + HOUR;
      assert.deepEqual(await store.grants.inForce('copilot'), []);
      assert.equal((await store.grants.find('grant-1'))?.state, 'expired');
      assert.equal(await store.grants.end('grant-1', 'revoked', { by: 'bob', at: store.clock.time }, entry), undefined);
      assert.deepEqual(
        (await store.grants.lapsed()).map(({ id }) => id),
        ['grant-1'],
      );
      assert.equal(await store.grants.expire('grant-1', entry), true);
      assert.equal(await store.grants.expire('grant-1', entry), false);
      store.clock.time = 1_000_000 + 2 * HOUR;
      assert.equal(await store.grants.give('grant-2', { by: 'bob', at: store.clock.time }, entry), undefined);
      assert.deepEqual(
        (await store.grants.list({ states: ['expired'] })).map(({ id }) => id),
        ['grant-1', 'grant-2'],
      );
    });

    it('is refused while it waits, revoked while it holds, and neither twice', async (t) => {
      const store = await withPeople(() => open(t));
      const ended = { by: 'bob', at: 1_000_010 };
      await store.grants.add(asked('grant-1'), entry);
      await store.grants.add(asked('grant-2'), entry);
      await store.grants.give('grant-2', ended, entry);
      assert.equal(await store.grants.end('grant-1', 'revoked', ended, entry), undefined);
      assert.equal((await store.grants.end('grant-1', 'refused', ended, entry))?.state, 'refused');
      assert.equal(await store.grants.end('grant-2', 'refused', ended, entry), undefined);
      const revoked = await store.grants.end('grant-2', 'revoked', ended, entry);
      assert.deepEqual([revoked?.state, revoked?.endedBy, revoked?.endedAt], ['revoked', 'bob', 1_000_010]);
      assert.equal(await store.grants.end('grant-2', 'revoked', ended, entry), undefined);
      assert.equal(await store.grants.give('grant-1', ended, entry), undefined);
    });

    it('is for somebody who is there and not disabled', async (t) => {
      const store = await withPeople(() => open(t));
      await store.grants.add(asked('grant-1'), entry);
      assert.equal(await store.grants.add(asked('grant-2', { principal: 'ghost' }), entry), false);
      await store.directory.disableUser('copilot', 1_000_001, entry);
      assert.equal(await store.grants.add(asked('grant-3'), entry), false);
      assert.equal(await store.grants.give('grant-1', { by: 'bob', at: 1_000_002 }, entry), undefined);
    });

    describe('ending users', () => {
      it('ends their credentials, requests and grants with them, in one step', async (t) => {
        const store = await withPeople(() => open(t));
        const hash = (text: string) => createHash('sha256').update(text).digest('hex');
        const token = { user: 'copilot', scopes: ['git'], createdAt: 20 } as const;
        await store.directory.addToken({ ...token, id: 't1' }, hash('one'), entry);
        await store.directory.addToken({ ...token, id: 't2', user: 'alice' }, hash('two'), entry);
        const key = { algorithm: 'ssh-ed25519', blob: 'AAAA', comment: '', createdAt: 30 };
        await store.directory.addKey({ ...key, id: 'k1', user: 'copilot', fingerprint: 'SHA256:a' }, entry);
        await store.grants.add(asked('grant-1'), entry);
        await store.grants.add(asked('grant-2'), entry);
        await store.grants.give('grant-2', { by: 'bob', at: 1_000_001 }, entry);
        const before = await entriesOf(store);
        assert.equal(await store.directory.endUsers(['alice', 'copilot'], 'root', 1_000_002, [entry, entry]), true);
        const again = await store.reopen();
        const users = await again.directory.listUsers();
        assert.deepEqual(
          users.map(({ disabledAt }) => disabledAt),
          [1_000_002, 1_000_002],
        );
        const tokens = await again.directory.listTokens();
        assert.deepEqual(
          tokens.map(({ revokedAt }) => revokedAt),
          [1_000_002, 1_000_002],
        );
        assert.equal((await again.directory.listKeys())[0]?.revokedAt, 1_000_002);
        assert.deepEqual(
          (await again.grants.list({})).map(({ id, state, endedBy }) => [id, state, endedBy]),
          [
            ['grant-1', 'refused', 'root'],
            ['grant-2', 'revoked', 'root'],
          ],
        );
        assert.equal(await entriesOf(again), before + 2);
      });

      it('does all of it or nothing', async (t) => {
        const store = await withPeople(() => open(t));
        await store.directory.disableUser('copilot', 1_000_001, entry);
        const before = await entriesOf(store);
        assert.equal(await store.directory.endUsers(['alice', 'copilot'], 'root', 1_000_002, [entry]), false);
        assert.equal(await store.directory.endUsers(['alice', 'ghost'], 'root', 1_000_002, [entry]), false);
        assert.equal((await store.directory.findUser('alice'))?.disabledAt, undefined);
        assert.equal(await entriesOf(store), before);
      });

      it('can be undone, and what was revoked stays revoked', async (t) => {
        const store = await withPeople(() => open(t));
        await store.grants.add(asked('grant-1'), entry);
        await store.directory.disableUser('copilot', 1_000_001, entry);
        assert.equal(await store.directory.enableUser('copilot', entry), true);
        assert.equal(await store.directory.enableUser('copilot', entry), false);
        assert.equal((await store.directory.findUser('copilot'))?.disabledAt, undefined);
        assert.equal((await store.grants.find('grant-1'))?.state, 'refused');
      });
    });

    it('changes a user only as they were seen', async (t) => {
      const store = await withPeople(() => open(t));
      const copilot = await store.directory.findUser('copilot');
      assert.ok(copilot?.grantsOnly);
      assert.equal(await store.directory.changeUser(copilot, { groups: ['dev'] }, entry), true);
      assert.equal(await store.directory.changeUser(copilot, { groups: ['sre'] }, entry), false);
      const { grantsOnly: _, ...rest } = copilot;
      assert.deepEqual(await store.directory.findUser('copilot'), { ...rest, groups: ['dev'] });
    });

    describe('a decision on a push', () => {
      const decide = (store: StoreUnderTest, id: number, more: Partial<Transition>) =>
        store.pushes.transition({
          id,
          from: ['receiving'],
          to: 'held',
          entry: { type: 'push.held', body: {} },
          ...more,
        });
      const standing = (...grants: readonly string[]) => ({
        standing: { principals: ['copilot', 'alice'], grants, at: 1_000_002 },
      });

      it('stands on who pushed and what was granted to them', async (t) => {
        const store = await withPeople(() => open(t));
        await store.grants.add(asked('grant-1'), entry);
        const one = await received(store);
        assert.equal(await decide(store, one, standing('grant-1')), undefined);
        await store.grants.give('grant-1', { by: 'bob', at: 1_000_001 }, entry);
        assert.equal((await decide(store, one, standing('grant-1')))?.push.state, 'held');
        const other = await received(store);
        await store.grants.end('grant-1', 'revoked', { by: 'bob', at: 1_000_003 }, entry);
        assert.equal(await decide(store, other, standing('grant-1')), undefined);
        assert.equal((await store.pushes.find(other))?.state, 'receiving');
        await store.directory.disableUser('alice', 1_000_004, entry);
        assert.equal(await decide(store, other, standing()), undefined);
      });

      it('goes by break-glass once, and again after its review', async (t) => {
        const store = await withPeople(() => open(t));
        const breakGlass = { principal: 'copilot', reason: 'fire \udc80', at: 7 };
        const forward = { to: 'relaying', claim: { owner: 'g', until: 9 }, breakGlass } as const;
        const [one, other] = [await received(store), await received(store)];
        const done = await decide(store, one, forward);
        assert.deepEqual(done?.push.breakGlass, { reason: 'fire \udc80', at: 7 });
        assert.equal(await decide(store, other, forward), undefined);
        assert.equal((await store.pushes.find(other))?.state, 'receiving');
        assert.deepEqual(
          (await store.pushes.list({ unreviewed: true })).map(({ id }) => id),
          [one],
        );
        const review = { by: 'bob', at: 8, comment: 'fine \udc80' };
        const reviewed = await store.pushes.reviewBreakGlass(one, review, { type: 'push.reviewed', body: {} });
        assert.deepEqual(reviewed?.breakGlass, { reason: 'fire \udc80', at: 7, review });
        const trail = await entriesOf(store);
        assert.equal(await store.pushes.reviewBreakGlass(one, review, { type: 'push.reviewed', body: {} }), undefined);
        assert.equal(
          await store.pushes.reviewBreakGlass(other, review, { type: 'push.reviewed', body: {} }),
          undefined,
        );
        assert.equal(await entriesOf(store), trail);
        assert.deepEqual(await store.pushes.list({ unreviewed: true }), []);
        assert.ok(await decide(store, other, forward));
      });
    });
  });
}
