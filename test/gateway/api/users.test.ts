// Users as admins manage them, their coding agents as sponsors do, and what the trail says of every change.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createFederation } from '../../../src/adapters/identity/federation.ts';
import { createIdentity } from '../../../src/adapters/identity/local.ts';
import { createLog } from '../../../src/adapters/log/log.ts';
import { compileAccess } from '../../../src/domain/access.ts';
import { hasOtherAdmin } from '../../../src/gateway/api/account-rules.ts';
import { temporaryPlace } from '../../adapters/store/temporary-store.ts';
import { openQueue, type Queue } from './queue.ts';

let queue: Queue;
before(async () => {
  queue = await openQueue({ people: { dora: { groups: ['dev'] } } });
});
after(() => queue.close());

const post = (who: string, path: string, body: unknown = {}) => queue.ask(who, 'POST', path, body);

interface AdminChange {
  readonly actor?: string;
  readonly body: {
    readonly change: string;
    readonly before: Readonly<Record<string, unknown>> | null;
    readonly after: Readonly<Record<string, unknown>> | null;
    readonly credential?: { readonly kind: string };
  };
}

async function changes(): Promise<readonly AdminChange[]> {
  const entries = await queue.store.trail.search({ types: ['admin.changed'] });
  // What the cast was made with names nobody.
  return entries.filter(({ actor }) => actor !== undefined && actor !== 'test') as unknown as AdminChange[];
}

test('an admin changes the groups of a user, which bites at once', async () => {
  await post('root', '/users', { name: 'nora', groups: ['dev'] });
  const made = (await post('root', '/tokens', { user: 'nora' })).body as { token: string };
  const groupsNow = async () => {
    const headers = { authorization: `Bearer ${made.token}` };
    return (await queue.api.inject({ method: 'GET', url: '/api/v1/whoami', headers })).json().groups as string[];
  };
  assert.deepEqual(await groupsNow(), ['dev']);
  assert.equal((await post('root', '/users/nora', { groups: ['sre', 'sre', 'dev'] })).status, 200);
  assert.deepEqual(await groupsNow(), ['sre', 'dev']);
  assert.equal((await post('root', '/users/nora', {})).status, 200);
  assert.equal((await post('root', '/users/nora', { grantsOnly: true })).status, 422);
  assert.equal((await post('root', '/users/nobody', { groups: [] })).status, 404);
});

test('the last admin is neither disabled nor taken out of the group, by anybody', async () => {
  assert.equal((await post('root', '/users/root', { groups: ['dev'] })).status, 403);
  assert.equal((await post('root', '/users/root/disable')).status, 403);
  await post('root', '/users', { name: 'admina', groups: ['admin'] });
  const { text } = (await queue.ask('root', 'POST', '/tokens', { user: 'admina' })).body as { text?: string };
  assert.equal(text, undefined);
  assert.equal((await post('root', '/users/root', { groups: ['dev', 'admin'] })).status, 200);
  assert.equal((await post('root', '/users/root/disable')).status, 403, 'nobody disables themselves');
  assert.equal((await post('root', '/users/admina/disable')).status, 200);
  // Disabled, she is no other admin.
  assert.equal((await post('root', '/users/root', { groups: ['dev'] })).status, 403);
});

test('a person enrols agents in groups of their own, and looks after them', async () => {
  assert.equal((await post('dora', '/coding-agents', { name: 'bot', groups: ['admin'] })).status, 403);
  const enrolled = await post('dora', '/coding-agents', { name: 'bot' });
  assert.equal(enrolled.status, 201);
  const { kind, sponsor, groups } = enrolled.body as { kind: string; sponsor: string; groups: string[] };
  assert.deepEqual([kind, sponsor, groups], ['coding-agent', 'dora', ['dev']]);
  assert.equal((await post('dora', '/coding-agents', { name: 'Bot' })).status, 409);
  assert.equal((await post('copilot', '/coding-agents', { name: 'bots-bot' })).status, 403);
  assert.equal((await post('robot', '/coding-agents', { name: 'bots-bot' })).status, 403);
  const token = await post('dora', '/tokens', { user: 'bot', scopes: ['git'] });
  assert.equal(token.status, 201);
  assert.ok((token.body as { expiresAt?: string }).expiresAt);
  assert.equal((await post('alice', '/tokens', { user: 'bot' })).status, 403);
  const listed = async (who: string) =>
    ((await queue.ask(who, 'GET', '/tokens?user=bot')).body as { id: string }[]).map(({ id }) => id);
  const { id } = token.body as { id: string };
  assert.deepEqual([await listed('dora'), await listed('alice'), await listed('root')], [[id], [], [id]]);
  const shown = (await queue.ask('dora', 'GET', '/users/bot')).body as { tokens: number };
  assert.equal(shown.tokens, 1);
  const own = (await queue.ask('dora', 'GET', '/users/dora')).body as { codingAgents: string[] };
  assert.deepEqual(own.codingAgents, ['bot']);
  assert.deepEqual(
    (await queue.ask('alice', 'GET', '/users/bot')).text,
    (await queue.ask('alice', 'GET', '/users/nobody')).text,
  );
  assert.equal((await queue.ask('dora', 'DELETE', `/tokens/${id}`)).status, 204);
});

test('an agent of grants only can be made so, and be given its groups back', async () => {
  await post('dora', '/coding-agents', { name: 'narrow', grantsOnly: true });
  const bounds = async () => (await queue.store.directory.findUser('narrow'))?.grantsOnly;
  assert.equal(await bounds(), true);
  assert.equal((await post('root', '/users/narrow', { grantsOnly: false })).status, 200);
  assert.equal(await bounds(), undefined);
});

test('every change says what it was, what it is, who changed it and with which credential', async () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ x';
  await post('root', '/users', { name: 'zoe' });
  await post('root', '/users/zoe', { groups: ['dev'] });
  const made = (await post('root', '/tokens', { user: 'zoe' })).body as { id: string };
  await queue.ask('root', 'DELETE', `/tokens/${made.id}`);
  const added = await post('root', '/keys', { user: 'zoe', key });
  assert.equal(added.status, 201, added.text);
  await queue.ask('root', 'DELETE', `/keys/${(added.body as { id: string }).id}`);
  await post('root', '/users/zoe/disable', { reason: 'left' });
  await post('root', '/users/zoe/enable');
  const all = await changes();
  const seen = all.slice(-8).map(({ body: { change, before, after } }) => [change, before === null, after === null]);
  assert.deepEqual(seen, [
    ['user added', true, false],
    ['user changed', false, false],
    ['token created', true, false],
    ['token revoked', false, false],
    ['key added', true, false],
    ['key revoked', false, false],
    ['user disabled', false, false],
    ['user enabled', false, false],
  ]);
  for (const { actor, body } of all) {
    assert.ok(actor, body.change);
    assert.equal(body.credential?.kind, 'token', body.change);
    assert.notDeepEqual(body.before, body.after, body.change);
  }
  const byChange = (change: string) => all.findLast(({ body }) => body.change === change)?.body;
  assert.deepEqual(
    [byChange('user changed')?.before?.['groups'], byChange('user changed')?.after?.['groups']],
    [[], ['dev']],
  );
  assert.equal(byChange('token revoked')?.before?.['revokedAt'], undefined);
  assert.equal(typeof byChange('token revoked')?.after?.['revokedAt'], 'number');
});

test('somebody whom a provider makes an admin is one: one such is enough for another to go, until the provider disables them', async (t) => {
  const store = await temporaryPlace(t).open();
  const { directory, identities } = store;
  const clock = { now: () => 1_000 };
  const settings = { providers: [], workloads: [], recheckMs: 1, loginLastsMs: 1, log: createLog({ level: 'silent' }) };
  const federation = createFederation({ directory, identities, clock, ...settings });
  const identity = createIdentity({ directory, clock, federation });
  const compiled = compileAccess([{ repos: ['**'], groups: ['admin'], may: ['admin'] }]);
  assert.ok(compiled.ok);
  const deps = { directory, identity, access: compiled.access };
  const entry = { type: 'admin.changed', body: {} } as const;
  for (const [name, groups] of [
    ['root', ['admin']],
    ['ada', []],
  ] as const) {
    await directory.addUser({ name, kind: 'human', groups, createdAt: 1 }, entry);
  }
  assert.equal(await hasOtherAdmin(deps, 'root'), false);
  const hers = { provider: 'corp', subject: 's', name: 'ada', groups: ['admin'], at: 0 };
  await identities.add(hers, 'ada', entry);
  assert.equal(await hasOtherAdmin(deps, 'root'), true);
  await identities.disable(hers, 1_000, entry);
  assert.equal(await hasOtherAdmin(deps, 'root'), false);
});
