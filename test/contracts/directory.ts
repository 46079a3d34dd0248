// What every Directory promises (src/domain/ports.ts).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { TrailEntry } from '../../src/domain/audit/entry.ts';
import type { KeyRecord, TokenRecord, User } from '../../src/domain/ports.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';

const alice: User = { name: 'alice', kind: 'human', groups: ['dev', 'sre'], createdAt: 10 };
const entry: TrailEntry = { type: 'admin.changed', actor: 'admin', body: { before: null, after: { a: 1 } } };
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const FINGERPRINT = `SHA256:${'k'.repeat(43)}`;

function token(id: string, changes: Partial<TokenRecord> = {}): TokenRecord {
  return { id, user: 'alice', scopes: ['git'], createdAt: 20, ...changes };
}

function key(id: string, changes: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id,
    user: 'alice',
    fingerprint: FINGERPRINT,
    algorithm: 'ssh-ed25519',
    blob: 'AAAA',
    comment: 'alice@laptop \udc80',
    createdAt: 30,
    ...changes,
  };
}

async function recorded(store: StoreUnderTest): Promise<number> {
  return (await store.trail.verify()).entries;
}

export function directoryContract(name: string, open: OpenStore): void {
  describe(`Directory contract: ${name}`, () => {
    describe('users', () => {
      it('adds, finds and lists, with everything they were added with', async (t) => {
        const store = await open(t);
        const copilot: User = { name: 'copilot', kind: 'coding-agent', sponsor: 'alice', groups: [], createdAt: 11 };
        assert.equal(await store.directory.addUser(copilot, entry), 'added');
        assert.equal(await store.directory.addUser(alice, entry), 'added');
        const again = await store.reopen();
        assert.deepEqual(await again.directory.findUser('alice'), alice);
        assert.deepEqual(await again.directory.findUser('copilot'), copilot);
        assert.deepEqual(await again.directory.listUsers(), [alice, copilot]);
        const [first] = await again.trail.search({ types: ['admin.changed'] });
        assert.deepEqual([first?.actor, first?.body], ['admin', entry.body]);
      });

      it('answers taken, and records nothing, for a name that is there or differs only in case', async (t) => {
        const store = await open(t);
        await store.directory.addUser(alice, entry);
        for (const twin of ['alice', 'Alice', 'ALICE']) {
          assert.equal(await store.directory.addUser({ ...alice, name: twin, groups: ['admin'] }, entry), 'taken');
        }
        assert.deepEqual(await store.directory.findUser('alice'), alice);
        assert.equal(await recorded(store), 1);
      });

      it('lets one of many add a name', async (t) => {
        const store = await open(t);
        const answers = await Promise.all(Array.from({ length: 20 }, () => store.directory.addUser(alice, entry)));
        assert.deepEqual(answers.filter((answer) => answer === 'added').length, 1);
        assert.equal(await recorded(store), 1);
      });

      it('finds a name exactly, or not at all', async (t) => {
        const store = await open(t);
        await store.directory.addUser({ ...alice, name: 'b\ufffd' }, entry);
        await store.directory.addUser(alice, entry);
        for (const wrong of ['Alice', 'alice ', 'alic', '%', "alice'--", '', 'b\udc80', 'alice\0', 'b\ud800']) {
          assert.equal(await store.directory.findUser(wrong), undefined, JSON.stringify(wrong));
        }
      });

      it('disables once', async (t) => {
        const store = await open(t);
        await store.directory.addUser(alice, entry);
        assert.equal(await store.directory.disableUser('alice', 99, entry), true);
        assert.equal(await store.directory.disableUser('alice', 100, entry), false);
        assert.equal(await store.directory.disableUser('nobody', 100, entry), false);
        assert.deepEqual(await store.directory.findUser('alice'), { ...alice, disabledAt: 99 });
        assert.equal(await recorded(store), 2);
      });
    });

    describe('tokens', () => {
      it('are found by their hash', async (t) => {
        const store = await open(t);
        await store.directory.addUser(alice, entry);
        const full = token('t1', { scopes: ['git', 'api'], expiresAt: 500 });
        await store.directory.addToken(full, hashOf('one'), entry);
        await store.directory.addToken(token('t2', { createdAt: 21 }), hashOf('two'), entry);
        const again = await store.reopen();
        assert.deepEqual(await again.directory.findTokenByHash(hashOf('one')), full);
        assert.equal(await again.directory.findTokenByHash(hashOf('three')), undefined);
        assert.equal(await again.directory.findTokenByHash(hashOf('one').toUpperCase()), undefined);
        assert.deepEqual(await again.directory.listTokens(), [full, token('t2', { createdAt: 21 })]);
        assert.deepEqual(await again.directory.listTokens('alice'), [full, token('t2', { createdAt: 21 })]);
        assert.deepEqual(await again.directory.listTokens('bob'), []);
      });

      it('cannot be stored in clear', async (t) => {
        const store = await open(t);
        await store.directory.addUser(alice, entry);
        const clear = ['sp', '_', 'x'.repeat(46)].join('');
        await assert.rejects(store.directory.addToken(token('t1'), clear, entry), TypeError);
      });

      it('are of somebody, have one hash and one id', async (t) => {
        const store = await open(t);
        await store.directory.addUser(alice, entry);
        await store.directory.addToken(token('t1'), hashOf('one'), entry);
        await assert.rejects(store.directory.addToken(token('t2', { user: 'ghost' }), hashOf('two'), entry));
        await assert.rejects(store.directory.addToken(token('t2'), hashOf('one'), entry));
        await assert.rejects(store.directory.addToken(token('t1'), hashOf('two'), entry));
        assert.deepEqual(await store.directory.listTokens(), [token('t1')]);
        assert.equal(await recorded(store), 2);
      });

      it('are revoked once, and stay findable as revoked', async (t) => {
        const store = await open(t);
        await store.directory.addUser(alice, entry);
        await store.directory.addToken(token('t1'), hashOf('one'), entry);
        assert.equal(await store.directory.revokeToken('t1', 77, entry), true);
        assert.equal(await store.directory.revokeToken('t1', 78, entry), false);
        assert.equal(await store.directory.revokeToken('t9', 78, entry), false);
        assert.equal((await store.directory.findTokenByHash(hashOf('one')))?.revokedAt, 77);
        assert.equal(await recorded(store), 3);
      });
    });

    describe('keys', () => {
      it('are found by their fingerprint', async (t) => {
        const store = await open(t);
        await store.directory.addUser(alice, entry);
        assert.equal(await store.directory.addKey(key('k1'), entry), 'added');
        const again = await store.reopen();
        assert.deepEqual(await again.directory.findKeyByFingerprint(FINGERPRINT), key('k1'));
        assert.equal(await again.directory.findKeyByFingerprint(FINGERPRINT.toLowerCase()), undefined);
        assert.deepEqual(await again.directory.listKeys('alice'), [key('k1')]);
        assert.deepEqual(await again.directory.listKeys('bob'), []);
      });

      it('keep their label, when they end and what they need', async (t) => {
        const store = await open(t);
        await store.directory.addUser(alice, entry);
        const whole = key('k1', { label: 'work \udc80', expiresAt: 700, verifyRequired: true });
        await store.directory.addKey(whole, entry);
        const again = await store.reopen();
        assert.deepEqual(await again.directory.findKeyByFingerprint(FINGERPRINT), whole);
      });

      it('belong to one user: taken for another and for the same', async (t) => {
        const store = await open(t);
        await store.directory.addUser(alice, entry);
        await store.directory.addUser({ ...alice, name: 'bob' }, entry);
        await store.directory.addKey(key('k1'), entry);
        assert.equal(await store.directory.addKey(key('k2', { user: 'bob' }), entry), 'taken');
        assert.equal(await store.directory.addKey(key('k3'), entry), 'taken');
        assert.deepEqual(await store.directory.listKeys(), [key('k1')]);
        assert.equal(await recorded(store), 3);
      });

      it('lets one of many register a key', async (t) => {
        const store = await open(t);
        await store.directory.addUser(alice, entry);
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, index) => store.directory.addKey(key(`k${index}`), entry)),
        );
        assert.equal(answers.filter((answer) => answer === 'added').length, 1);
      });

      it('prove nobody once revoked, and may then be registered anew', async (t) => {
        const store = await open(t);
        await store.directory.addUser(alice, entry);
        await store.directory.addUser({ ...alice, name: 'bob' }, entry);
        await store.directory.addKey(key('k1'), entry);
        assert.equal(await store.directory.revokeKey('k1', 88, entry), true);
        assert.equal(await store.directory.revokeKey('k1', 89, entry), false);
        assert.equal(await store.directory.findKeyByFingerprint(FINGERPRINT), undefined);
        assert.equal(await store.directory.addKey(key('k2', { user: 'bob' }), entry), 'added');
        assert.equal((await store.directory.findKeyByFingerprint(FINGERPRINT))?.user, 'bob');
        assert.deepEqual(
          (await store.directory.listKeys()).map((one) => [one.id, one.revokedAt]),
          [
            ['k1', 88],
            ['k2', undefined],
          ],
        );
      });

      it('are of somebody', async (t) => {
        const store = await open(t);
        await assert.rejects(store.directory.addKey(key('k1'), entry));
        assert.equal(await recorded(store), 0);
      });
    });

    it('notes when a credential was last used, without a trail entry, by the time it closes', async (t) => {
      const store = await open(t);
      await store.directory.addUser(alice, entry);
      await store.directory.addToken(token('t1'), hashOf('one'), entry);
      await store.directory.addKey(key('k1'), entry);
      store.directory.touchToken('t1', 300);
      store.directory.touchToken('t1', 400);
      store.directory.touchKey('k1', 500);
      store.directory.touchKey('nobody', 500);
      store.directory.touchToken('\udc80', 500);
      const again = await store.reopen();
      assert.equal((await again.directory.findTokenByHash(hashOf('one')))?.lastUsedAt, 400);
      assert.equal((await again.directory.findKeyByFingerprint(FINGERPRINT))?.lastUsedAt, 500);
      assert.equal(await recorded(again), 3);
    });

    it('never notes an earlier use over a later one', async (t) => {
      const store = await open(t);
      await store.directory.addUser(alice, entry);
      await store.directory.addToken(token('t1', { lastUsedAt: 600 }), hashOf('one'), entry);
      store.directory.touchToken('t1', 300);
      const again = await store.reopen();
      assert.equal((await again.directory.findTokenByHash(hashOf('one')))?.lastUsedAt, 600);
    });
  });
}
