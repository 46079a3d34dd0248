// What every IdentityStore and LoginStore promises (src/domain/identity/login-store.ts).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrailEntry } from '../../src/domain/audit/entry.ts';
import type { ExternalIdentity } from '../../src/domain/identity/external-identity.ts';
import type { Issue, LoggedIn, RefreshFamily } from '../../src/domain/identity/login-store.ts';
import type { User } from '../../src/domain/ports.ts';
import { hashTokenText } from '../../src/domain/token-text.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';

const entry: TrailEntry = { type: 'login.succeeded', actor: 'alice', body: { provider: 'corp' } };
const alice: User = { name: 'alice', kind: 'human', groups: ['dev'], createdAt: 10 };
const hers: ExternalIdentity = { provider: 'corp', subject: 's-1', name: 'alice', groups: ['sre'], at: 100 };
const login: LoggedIn = {
  user: 'alice',
  via: { kind: 'provider', provider: 'corp', subject: 's-1' },
  scopes: ['git', 'api'],
};
const hash = (text: string) => hashTokenText(text);

function issue(number: number): Issue {
  return {
    token: {
      id: `tok-${number}`,
      user: 'alice',
      scopes: ['git'],
      createdAt: 1,
      expiresAt: 9_000_000,
      family: 'fam-1',
    },
    tokenHash: hash(`token ${number}`),
    refreshHash: hash(`refresh ${number}`),
  };
}

function issueOf(user: string, number: number): Issue {
  const { token, ...rest } = issue(number);
  return { ...rest, token: { ...token, user, family: 'fam-2' } };
}

const family: RefreshFamily = { ...login, id: 'fam-1', label: 'laptop', createdAt: 1, endsAt: 9_000_000 };

async function withAlice(store: StoreUnderTest): Promise<StoreUnderTest> {
  await store.directory.addUser(alice, entry);
  return store;
}

async function entries(store: StoreUnderTest): Promise<number> {
  return (await store.trail.verify()).entries;
}

export function loginStoreContract(name: string, open: OpenStore): void {
  describe(`IdentityStore contract: ${name}`, () => {
    it('gives an identity to a new user, who is made with it', async (t) => {
      const store = await open(t);
      assert.equal(await store.identities.add({ ...hers, email: 'a@example.com' }, alice, entry), 'added');
      const again = await store.reopen();
      const createdAt = store.clock.now();
      const record = { ...hers, email: 'a@example.com', user: 'alice', createdAt };
      assert.deepEqual(await again.identities.find(hers), record);
      assert.deepEqual(await again.identities.ofUser('alice'), [record]);
      assert.deepEqual(await again.directory.findUser('alice'), alice);
      assert.equal(await entries(again), 1);
    });

    it('answers taken, and changes nothing, for a name that is there in any case, an identity that is, a user who is not', async (t) => {
      const store = await withAlice(await open(t));
      await store.identities.add(hers, 'alice', entry);
      const before = await entries(store);
      const other = { ...hers, provider: 'other' };
      assert.equal(await store.identities.add(other, { ...alice, name: 'ALICE' }, entry), 'taken');
      assert.equal(await store.identities.add(hers, { ...alice, name: 'zoe' }, entry), 'taken');
      assert.equal(await store.identities.add(other, 'nobody', entry), 'taken');
      assert.equal(await store.directory.findUser('zoe'), undefined);
      assert.equal(await store.identities.find(other), undefined);
      assert.equal(await entries(store), before);
    });

    it('keeps what was said last, whatever order it comes in', async (t) => {
      const store = await withAlice(await open(t));
      await store.identities.add(hers, 'alice', entry);
      assert.equal(await store.identities.seen({ ...hers, groups: ['dev'], at: 200 }), true);
      assert.equal(await store.identities.seen({ ...hers, groups: ['admin'], at: 150 }, entry), false);
      assert.deepEqual((await store.identities.find(hers))?.groups, ['dev']);
    });

    it('stays disabled until the provider vouches for it later than that', async (t) => {
      const store = await withAlice(await open(t));
      await store.identities.add(hers, 'alice', entry);
      await store.identities.keepGrant(hers, 'the grant');
      assert.equal(await store.identities.disable(hers, 300, entry), true);
      assert.equal(await store.identities.disable(hers, 301, entry), false);
      assert.equal(await store.identities.grantOf(hers), undefined);
      assert.equal(await store.identities.seen({ ...hers, at: 300 }), false);
      assert.equal((await store.identities.find(hers))?.disabledAt, 300);
      assert.equal(await store.identities.seen({ ...hers, at: 301 }), true);
      assert.equal((await store.identities.find(hers))?.disabledAt, undefined);
    });

    it('opens a grant for the identity that it was kept for', async (t) => {
      const store = await withAlice(await open(t));
      await store.identities.add(hers, 'alice', entry);
      await store.identities.keepGrant(hers, 'the grant');
      const again = await store.reopen();
      assert.equal(await again.identities.grantOf(hers), 'the grant');
      assert.equal(await again.identities.grantOf({ ...hers, subject: 's-2' }), undefined);
      await again.identities.keepGrant(hers, undefined);
      assert.equal(await again.identities.grantOf(hers), undefined);
    });
  });

  describe(`LoginStore contract: ${name}`, () => {
    it('gives an attempt back once, in time, and after a restart', async (t) => {
      const store = await open(t);
      await store.logins.addAttempt(hash('a'), 'verifier', 500);
      await store.logins.addAttempt(hash('b'), 'verifier', 500);
      const again = await store.reopen();
      assert.equal(await again.logins.takeAttempt(hash('a'), 499), 'verifier');
      assert.equal(await again.logins.takeAttempt(hash('a'), 499), undefined);
      assert.equal(await again.logins.takeAttempt(hash('b'), 500), undefined);
      assert.equal(await again.logins.takeAttempt(hash('b'), 499), undefined);
    });

    it('finds a session until its end, or until it was ended', async (t) => {
      const store = await open(t);
      const session = { ...login, createdAt: 1, usedAt: 1, endsAt: 100 };
      await store.logins.addSession(hash('s'), session, entry);
      assert.deepEqual(await store.logins.findSession(hash('s'), 99), session);
      assert.equal(await store.logins.findSession(hash('s'), 100), undefined);
      await store.logins.touchSession(hash('s'), 50);
      await store.logins.touchSession(hash('s'), 40);
      assert.equal((await store.logins.findSession(hash('s'), 99))?.usedAt, 50);
      assert.equal(await store.logins.endSession(hash('s'), 60, entry), true);
      assert.equal(await store.logins.endSession(hash('s'), 60, entry), false);
      assert.equal(await store.logins.findSession(hash('s'), 99), undefined);
    });

    it('gives a code out once, and knows it for used ever after, with what came of it', async (t) => {
      const store = await withAlice(await open(t));
      const grant = { ...login, redirectUri: 'http://127.0.0.1:1/cb', challenge: 'c', label: 'l', expiresAt: 100 };
      await store.logins.addCode(hash('c'), grant);
      await store.logins.addCode(hash('late'), grant);
      assert.deepEqual(await store.logins.takeCode(hash('c'), 99), { outcome: 'grant', grant });
      assert.deepEqual(await store.logins.takeCode(hash('c'), 99), { outcome: 'used' });
      await store.logins.addFamily(family, issue(1), entry, hash('c'));
      assert.deepEqual(await store.logins.takeCode(hash('c'), 999), { outcome: 'used', family: 'fam-1' });
      assert.deepEqual(await store.logins.takeCode(hash('late'), 100), { outcome: 'unknown' });
      assert.deepEqual(await store.logins.takeCode(hash('never'), 1), { outcome: 'unknown' });
    });

    it('ends with its user, whatever it is, and stays ended when they are enabled again', async (t) => {
      const store = await withAlice(await open(t));
      await store.directory.addUser({ ...alice, name: 'bob' }, entry);
      const bobs = { ...login, user: 'bob' };
      const grant = { ...login, redirectUri: 'http://127.0.0.1:1/cb', challenge: 'c', label: 'l', expiresAt: 100 };
      const request = { label: 'box', source: '::1', createdAt: 1, expiresAt: 90_000, state: 'pending' } as const;
      await store.logins.addFamily(family, issue(1), entry);
      await store.logins.addFamily({ ...family, ...bobs, id: 'fam-2' }, issueOf('bob', 2), entry);
      await store.logins.addSession(hash('hers'), { ...login, createdAt: 1, usedAt: 1, endsAt: 100 }, entry);
      await store.logins.addSession(hash('his'), { ...bobs, createdAt: 1, usedAt: 1, endsAt: 100 }, entry);
      await store.logins.addCode(hash('c'), grant);
      await store.logins.addDevice(hash('d'), hash('u'), request);
      await store.logins.decideDevice(hash('u'), login, 2, entry);
      assert.equal(await store.directory.endUsers(['alice'], 'root', 5, [entry]), true);
      await store.directory.enableUser('alice', entry);
      assert.equal((await store.logins.findRefresh(hash('refresh 1'), 6)).outcome, 'unknown');
      assert.equal(await store.logins.rotate(hash('refresh 1'), 'fam-1', issue(3), 6, entry), false);
      assert.equal(await store.logins.findSession(hash('hers'), 6), undefined);
      assert.equal((await store.logins.takeCode(hash('c'), 6)).outcome, 'unknown');
      assert.notEqual((await store.logins.pollDevice(hash('d'), 60_000)).outcome, 'approved');
      assert.equal((await store.directory.listTokens('alice'))[0]?.revokedAt, 5);
      assert.equal((await store.logins.findRefresh(hash('refresh 2'), 6)).outcome, 'live');
      assert.notEqual(await store.logins.findSession(hash('his'), 6), undefined);
    });

    it('gives a code to one of two who come at once', async (t) => {
      const store = await open(t);
      const grant = { ...login, redirectUri: 'r', challenge: 'c', label: 'l', expiresAt: 100 };
      await store.logins.addCode(hash('c'), grant);
      const both = await Promise.all([1, 2, 3].map(() => store.logins.takeCode(hash('c'), 99)));
      assert.deepEqual(both.map(({ outcome }) => outcome).toSorted(), ['grant', 'used', 'used']);
    });

    it('lets a device wait, hurry, be approved and be served once', async (t) => {
      const store = await open(t);
      const request = { label: 'box', source: '::1', createdAt: 1, expiresAt: 90_000, state: 'pending' } as const;
      assert.equal(await store.logins.addDevice(hash('d'), hash('u'), request), true);
      assert.equal(await store.logins.addDevice(hash('d2'), hash('u'), request), false);
      assert.deepEqual(await store.logins.findDevice(hash('u'), 2), request);
      assert.deepEqual(await store.logins.pollDevice(hash('d'), 1000), { outcome: 'pending' });
      assert.deepEqual(await store.logins.pollDevice(hash('d'), 2000), { outcome: 'slow-down' });
      assert.deepEqual(await store.logins.pollDevice(hash('d'), 7000), { outcome: 'pending' });
      assert.equal(await store.logins.decideDevice(hash('u'), login, 8000, entry), true);
      assert.equal(await store.logins.decideDevice(hash('u'), undefined, 8000, entry), false);
      const approved = { outcome: 'approved', by: login, label: 'box' };
      assert.deepEqual(await store.logins.pollDevice(hash('d'), 9000), approved);
      assert.deepEqual(await store.logins.pollDevice(hash('d'), 9000), { outcome: 'unknown' });
    });

    it('tells a denied device so, and one that is over or never was the same', async (t) => {
      const store = await open(t);
      const request = { label: 'box', source: '::1', createdAt: 1, expiresAt: 100, state: 'pending' } as const;
      await store.logins.addDevice(hash('d'), hash('u'), request);
      assert.equal(await store.logins.decideDevice(hash('u'), undefined, 100, entry), false);
      assert.equal(await store.logins.decideDevice(hash('u'), undefined, 99, entry), true);
      assert.deepEqual(await store.logins.pollDevice(hash('d'), 99), { outcome: 'denied' });
      assert.deepEqual(await store.logins.pollDevice(hash('d'), 100), { outcome: 'unknown' });
      assert.deepEqual(await store.logins.pollDevice(hash('e'), 99), { outcome: 'unknown' });
    });

    it('rotates refresh tokens: the last one is live, the one before in grace, then a sign of a copy', async (t) => {
      const store = await withAlice(await open(t));
      await store.logins.addFamily(family, issue(1), entry);
      assert.deepEqual(await store.logins.findRefresh(hash('refresh 1'), 1000), { outcome: 'live', family });
      assert.equal(await store.logins.rotate(hash('refresh 1'), 'fam-1', issue(2), 1000, entry), true);
      assert.equal((await store.logins.findRefresh(hash('refresh 2'), 1000)).outcome, 'live');
      assert.equal((await store.logins.findRefresh(hash('refresh 1'), 31_000)).outcome, 'grace');
      assert.equal((await store.logins.findRefresh(hash('refresh 1'), 31_001)).outcome, 'reused');
      assert.equal((await store.logins.findRefresh(hash('refresh 9'), 1000)).outcome, 'unknown');
      assert.equal((await store.directory.findTokenByHash(hash('token 2')))?.family, 'fam-1');
    });

    it('ends a family with all its tokens, and gives out no more', async (t) => {
      const store = await withAlice(await open(t));
      await store.logins.addFamily(family, issue(1), entry);
      await store.logins.rotate(hash('refresh 1'), 'fam-1', issue(2), 1000, entry);
      assert.equal(await store.logins.endFamily('fam-1', 2000, entry), true);
      assert.equal(await store.logins.endFamily('fam-1', 2000, entry), false);
      assert.equal((await store.logins.findRefresh(hash('refresh 2'), 2000)).outcome, 'unknown');
      assert.equal(await store.logins.rotate(hash('refresh 2'), 'fam-1', issue(3), 2000, entry), false);
      for (const number of [1, 2]) {
        assert.equal((await store.directory.findTokenByHash(hash(`token ${number}`)))?.revokedAt, 2000);
      }
      assert.equal(await store.directory.findTokenByHash(hash('token 3')), undefined);
    });

    it('forgets what is long over, and nothing else', async (t) => {
      const store = await withAlice(await open(t));
      await store.logins.addFamily(family, issue(1), entry);
      await store.logins.addSession(hash('s'), { ...login, createdAt: 1, usedAt: 1, endsAt: 9_000_000 }, entry);
      await store.logins.sweep(8_999_999);
      assert.equal((await store.logins.findRefresh(hash('refresh 1'), 1000)).outcome, 'live');
      await store.logins.sweep(9_000_000 + 31 * 24 * 3600_000);
      assert.equal((await store.logins.findRefresh(hash('refresh 1'), 1000)).outcome, 'unknown');
      assert.equal(await store.directory.findTokenByHash(hash('token 1')), undefined);
      assert.equal(await store.logins.findSession(hash('s'), 1), undefined);
    });
  });
}
