import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createIdentity } from '../../../src/adapters/identity/local.ts';
import type { TrailEntry } from '../../../src/domain/audit/entry.ts';
import { isTokenText, newTokenText } from '../../../src/domain/token-text.ts';
import { temporaryPlace } from '../store/temporary-store.ts';

const entry: TrailEntry = { type: 'admin.changed', body: {} };

async function open(t: TestContext) {
  const place = temporaryPlace(t);
  const { clock } = place;
  clock.time = 1000;
  const store = await place.open();
  const { directory, trail } = store;
  await directory.addUser({ name: 'alice', kind: 'human', groups: ['dev'], createdAt: 1 }, entry);
  await directory.addUser(
    { name: 'copilot', kind: 'coding-agent', sponsor: 'alice', groups: ['bots'], createdAt: 1 },
    entry,
  );
  const identity = createIdentity({ directory, clock });
  const issue = (changes: Partial<Parameters<typeof identity.issueToken>[0]> = {}) =>
    identity.issueToken({ user: 'alice', scopes: ['git', 'api'], actor: 'admin', ...changes });
  return { store, directory, trail, clock, identity, issue };
}

describe('a token', () => {
  it('says who comes, with kind, sponsor, groups and which credential', async (t) => {
    const { identity, issue } = await open(t);
    const { id, text } = await issue({ user: 'copilot', scopes: ['git'] });
    assert.deepEqual(await identity.token(text, 'git'), {
      name: 'copilot',
      kind: 'coding-agent',
      sponsor: 'alice',
      groups: ['bots'],
      bounds: { sponsorGroups: ['dev'], grantsOnly: false, grants: [] },
      credential: { kind: 'token', id, scopes: ['git'] },
    });
  });

  it('opens only the doors of its scopes', async (t) => {
    const { identity, issue } = await open(t);
    for (const [scopes, git, api] of [
      [['git'], true, false],
      [['api'], false, true],
      [['api', 'git'], true, true],
    ] as const) {
      const { text } = await issue({ scopes });
      assert.equal((await identity.token(text, 'git')) !== undefined, git);
      assert.equal((await identity.token(text, 'api')) !== undefined, api);
    }
  });

  it('is nobody when unknown, mistyped, empty or huge', async (t) => {
    const { identity, issue } = await open(t);
    const { text } = await issue();
    for (const wrong of [
      '',
      newTokenText(),
      text.slice(0, -1),
      text.toLowerCase(),
      `${text} `,
      'x'.repeat(1e6),
      '\udc80',
    ]) {
      assert.equal(await identity.token(wrong, 'git'), undefined);
    }
  });

  it('is nobody from the millisecond it expires', async (t) => {
    const { identity, issue, clock } = await open(t);
    const { text } = await issue({ expiresAt: 5000 });
    clock.time = 4999;
    assert.notEqual(await identity.token(text, 'git'), undefined);
    clock.time = 5000;
    assert.equal(await identity.token(text, 'git'), undefined);
  });

  it('is nobody once revoked', async (t) => {
    const { identity, issue, directory } = await open(t);
    const { id, text } = await issue();
    await directory.revokeToken(id, 1001, entry);
    assert.equal(await identity.token(text, 'git'), undefined);
  });

  it('is nobody once its user, or the human its user acts for, is disabled', async (t) => {
    const { identity, issue, directory } = await open(t);
    const own = await issue();
    const agents = await issue({ user: 'copilot' });
    await directory.disableUser('alice', 1001, entry);
    assert.equal(await identity.token(own.text, 'git'), undefined);
    assert.equal(await identity.token(agents.text, 'git'), undefined);
  });

  it('is stored as a hash: its text is in no file and no entry', async (t) => {
    const { identity, issue, directory, trail, store } = await open(t);
    const { text } = await issue();
    await identity.token(text, 'git');
    const kept = JSON.stringify([await directory.listTokens(), await trail.search({})]);
    assert.equal(kept.includes(text), false);
    assert.equal(kept.includes(text.slice(3, 20)), false);
    assert.equal(isTokenText(text), true);
    await store.close();
  });

  it('is issued on the record, with what was before and after', async (t) => {
    const { issue, trail } = await open(t);
    const { id } = await issue({ expiresAt: 9000 });
    const recorded = (await trail.search({ actor: 'admin' })).at(-1);
    assert.equal(recorded?.type, 'admin.changed');
    assert.deepEqual(recorded.body, {
      change: 'token created',
      before: null,
      after: { id, user: 'alice', scopes: ['git', 'api'], createdAt: 1000, expiresAt: 9000 },
    });
  });

  it('is not issued to nobody, to the disabled, without scope or already expired', async (t) => {
    const { issue, directory } = await open(t);
    await assert.rejects(issue({ user: 'ghost' }), { code: 'unknown-user' });
    await assert.rejects(issue({ scopes: [] }), { code: 'bad-token-request' });
    await assert.rejects(issue({ expiresAt: 1000 }), { code: 'bad-token-request' });
    await assert.rejects(issue({ expiresAt: Number.NaN }), { code: 'bad-token-request' });
    await directory.disableUser('alice', 1001, entry);
    await assert.rejects(issue(), { code: 'disabled-user' });
    await assert.rejects(issue({ user: 'copilot' }), { code: 'disabled-user' });
    assert.deepEqual(await directory.listTokens(), []);
  });
});

describe('principalOf', () => {
  it('says what is known of a name now', async (t) => {
    const { identity, directory } = await open(t);
    assert.deepEqual(await identity.principalOf('copilot'), {
      name: 'copilot',
      kind: 'coding-agent',
      sponsor: 'alice',
      groups: ['bots'],
      bounds: { sponsorGroups: ['dev'], grantsOnly: false, grants: [] },
      disabled: false,
      identities: [],
    });
    assert.equal(await identity.principalOf('Alice'), undefined);
    await directory.disableUser('alice', 6, entry);
    assert.equal((await identity.principalOf('alice'))?.disabled, true);
    assert.equal((await identity.principalOf('copilot'))?.disabled, true);
  });
});
