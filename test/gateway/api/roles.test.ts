// Every role against every route. The rows are held against the table of routes: a route without a row fails, so nobody
// adds one without saying who may. Each role is somebody with that right alone, everywhere.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sessionKey } from '../../../src/domain/attribution/sessions/session-event.ts';
import { openQueue, type Queue } from './queue.ts';

const ROLES = ['none', 'read', 'push', 'approve', 'audit', 'admin', 'agent'] as const;
type Role = (typeof ROLES)[number];

/** `ok`: let in, whatever comes of it; 403: told that they may not; 404: not even told that it is there. */
type Expected = 'ok' | 403 | 404;
type Method = 'GET' | 'POST' | 'DELETE';

interface Row {
  /** Path below /api/v1 and body of a request for something of somebody else's. */
  readonly ask: () => Promise<readonly [path: string, body?: unknown]>;
  /** For everybody, and for whom it is another. */
  readonly all: Expected;
  readonly but?: Partial<Record<Role, Expected>>;
}

let queue: Queue;
let made = 0;
const facts = { codingAgent: 'claude-code', conversation: 'c-1' };

before(async () => {
  const people = Object.fromEntries(
    ROLES.slice(0, -1).map((role) => [role, { groups: role === 'none' ? [] : [role] }]),
  );
  const everything = ['read', 'push', 'approve', 'audit', 'admin'];
  queue = await openQueue({
    access: [
      { repos: ['**'], groups: ['dev'], may: ['read', 'push'] },
      { repos: ['**'], groups: ['read'], may: ['read'] },
      { repos: ['**'], groups: ['push'], may: ['push'] },
      { repos: ['**'], groups: ['approve'], may: ['approve'] },
      { repos: ['**'], groups: ['audit'], may: ['audit'] },
      { repos: ['**'], groups: ['admin'], may: ['admin'] },
    ],
    people: {
      ...people,
      everybody: { groups: everything },
      agent: { groups: everything, kind: 'coding-agent', sponsor: 'everybody' },
    },
    ssh: true,
    settings: {
      codingAgents: { enrolment: 'sponsors', maxTokenLifetime: 1e9 },
      grants: { approvers: 'admin', bySponsor: false, maxLifetime: 1e9 },
      breakGlass: { group: 'oncall', reviewers: 'approve' },
    },
  });
  queue.diffs = [];
  await queue.store.sessions.record(
    {
      principal: 'alice',
      key: sessionKey(facts),
      facts: { ...facts, repo: 'acme/shop' },
      events: [{ kind: 'prompt', id: 'p1', at: 1, prompt: 'write it', digest: 'a'.repeat(64) }],
    },
    { type: 'ai.session-recorded', actor: 'alice', body: {} },
  );
});
after(() => queue.close());

async function held(): Promise<number> {
  return (await queue.push({ by: 'alice', requirements: [{ group: 'approve', count: 1 }] })).id;
}

async function user(): Promise<string> {
  made += 1;
  const name = `user-${made}`;
  const entry = { type: 'admin.changed', body: {} } as const;
  await queue.store.directory.addUser({ name, kind: 'human', groups: [], createdAt: 1 }, entry);
  return name;
}

async function key(): Promise<string> {
  made += 1;
  const fingerprint = `SHA256:${made}`;
  const record = { id: `key-${made}`, user: 'alice', fingerprint, algorithm: 'ssh-ed25519', blob: 'AA', comment: '' };
  await queue.store.directory.addKey({ ...record, createdAt: 1 }, { type: 'admin.changed', body: {} });
  return record.id;
}

async function certificate(): Promise<string> {
  made += 1;
  const serial = String(made);
  const issued = { serial, user: 'alice', fingerprint: 'SHA256:a', keyId: 'alice', authority: 'SHA256:b' };
  const entry = { type: 'admin.changed', body: {} } as const;
  await queue.store.certificates.add({ ...issued, issuedAt: 1, validBefore: 2e12 }, 0, entry);
  return serial;
}

async function grant(): Promise<string> {
  const { body } = await queue.ask('alice', 'POST', '/grants', { principal: 'copilot', repos: ['**'], for: '1h' });
  return (body as { id: string }).id;
}

async function exception(): Promise<number> {
  made += 1;
  const fingerprint = String(made).padStart(32, '0');
  const { id } = await queue.push({
    by: 'alice',
    requirements: [{ group: 'approve', count: 1 }],
    findings: [{ rule: 'r', severity: 'high', text: 't', fingerprint, masked: 'x' }],
    exceptions: { group: 'approve', findings: [0], lifetime: 1e9 },
    reason: 'none',
  });
  await queue.review.approve(await queue.principal('approve'), id, '');
  return (await queue.store.exceptions.list({}))[0]?.id ?? 0;
}

async function gitAgent(): Promise<string> {
  made += 1;
  const [id, hash] = [`agent-${made}`, String(made).padStart(64, '0')];
  const joinToken = { id: `join-${made}`, agent: `dc${made}`, createdBy: 'alice', createdAt: 1, expiresAt: 1e15 };
  await queue.store.agents.addJoinToken(joinToken, hash, { type: 'admin.changed', body: {} });
  const certificate = { fingerprint: String(made).padStart(64, 'f'), issuedAt: 1, expiresAt: 1e15 };
  await queue.store.agents.join(hash, { id, certificate }, { type: 'agent.joined', body: {} });
  return id;
}

async function glass(): Promise<number> {
  made += 1;
  const { id } = await queue.push({ by: 'alice', state: 'receiving' });
  const breakGlass = { principal: `p${made}`, reason: 'fire', at: 1 };
  const entry = { type: 'push.forwarded', body: {} } as const;
  await queue.store.pushes.transition({ id, from: ['receiving'], to: 'relaying', breakGlass, entry });
  return id;
}

const SEERS = { read: 'ok', approve: 'ok', agent: 'ok' } as const;
const ofPush = (tail: string): Row => ({ ask: async () => [`/pushes/${await held()}${tail}`], all: 404, but: SEERS });
const listed = (path: string): Row => ({ ask: async () => [path], all: 'ok' });

const ROWS: Readonly<Record<string, Row>> = {
  'GET /pushes': listed('/pushes'),
  'GET /pushes/:id': ofPush(''),
  'GET /pushes/:id/diff': ofPush('/diff'),
  'GET /pushes/:id/explain': ofPush('/explain'),
  'GET /pushes/:id/attribution': ofPush('/attribution'),
  'GET /pushes/:id/attribution/:format': ofPush('/attribution/git-ai'),
  'GET /pushes/:id/blame': ofPush('/blame?path=a'),
  'POST /pushes/:id/approve': {
    ask: async () => [`/pushes/${await held()}/approve`, {}],
    all: 404,
    but: { approve: 'ok', read: 403, agent: 403 },
  },
  'POST /pushes/:id/reject': {
    ask: async () => [`/pushes/${await held()}/reject`, { comment: 'no' }],
    all: 404,
    but: { approve: 'ok', read: 403, agent: 403 },
  },
  'POST /pushes/:id/withdraw': {
    ask: async () => [`/pushes/${await held()}/withdraw`, {}],
    all: 404,
    but: { approve: 403, read: 403, agent: 403 },
  },
  'POST /pushes/:id/review': {
    ask: async () => [`/pushes/${await glass()}/review`, { comment: 'fine' }],
    all: 404,
    but: { approve: 'ok', read: 403, agent: 403 },
  },
  'GET /exceptions': listed('/exceptions'),
  'DELETE /exceptions/:id': {
    ask: async () => [`/exceptions/${await exception()}`],
    all: 404,
    but: { approve: 'ok', admin: 'ok', read: 403, audit: 403, agent: 403 },
  },
  // Whatever they record is their own.
  'POST /ai/sessions/:key/events': { ask: async () => [`/ai/sessions/${sessionKey(facts)}/events`, {}], all: 'ok' },
  'GET /ai/sessions': listed('/ai/sessions'),
  'GET /ai/sessions/:principal/:key': {
    ask: async () => [`/ai/sessions/alice/${sessionKey(facts)}`],
    all: 404,
    but: { audit: 'ok' },
  },
  // Everybody may listen; each event is shown to whom it concerns (events.test.ts).
  'GET /events': listed('/events?after=none'),
  'GET /whoami': listed('/whoami'),
  'GET /tokens': listed('/tokens'),
  'POST /tokens': { ask: async () => ['/tokens', { user: await user() }], all: 403, but: { admin: 'ok' } },
  'DELETE /tokens/:id': {
    ask: async () => [`/tokens/${(await queue.issue('alice', ['git'])).id}`],
    all: 404,
    but: { admin: 'ok' },
  },
  'GET /keys': listed('/keys'),
  'POST /keys': { ask: async () => ['/keys', { user: await user(), key: 'none' }], all: 403, but: { admin: 'ok' } },
  'POST /keys/import': {
    ask: async () => ['/keys/import', { user: await user(), keys: 'none' }],
    all: 403,
    but: { admin: 'ok' },
  },
  'DELETE /keys/:id': { ask: async () => [`/keys/${await key()}`], all: 404, but: { admin: 'ok' } },
  'GET /ssh/certificates': listed('/ssh/certificates'),
  // For oneself alone: every person may, an agent may not.
  'POST /ssh/certificates': { ask: async () => ['/ssh/certificates', { key: 'none' }], all: 'ok', but: { agent: 403 } },
  'POST /ssh/revocations': {
    ask: async () => ['/ssh/revocations', { serial: await certificate() }],
    all: 404,
    but: { admin: 'ok' },
  },
  'GET /ssh/host-keys': listed('/ssh/host-keys'),
  'POST /ssh/host-keys/rotate': {
    ask: async () => ['/ssh/host-keys/rotate', { step: 'prepare' }],
    all: 403,
    but: { admin: 'ok' },
  },
  'GET /agents': { ask: async () => ['/agents'], all: 403, but: { admin: 'ok' } },
  'POST /agent-tokens': {
    ask: async () => ['/agent-tokens', { name: `dc-${made++}` }],
    all: 403,
    but: { admin: 'ok' },
  },
  'DELETE /agents/:agent': { ask: async () => [`/agents/${await gitAgent()}`], all: 403, but: { admin: 'ok' } },
  'POST /agents/:agent/rename': {
    ask: async () => [`/agents/${await gitAgent()}/rename`, { name: `other-${made++}` }],
    all: 403,
    but: { admin: 'ok' },
  },
  'GET /users': { ask: async () => ['/users'], all: 403, but: { admin: 'ok' } },
  'POST /users': { ask: async () => ['/users', { name: `new-${made++}` }], all: 403, but: { admin: 'ok' } },
  'GET /users/:name': { ask: async () => [`/users/${await user()}`], all: 404, but: { admin: 'ok' } },
  'POST /users/:name': { ask: async () => [`/users/${await user()}`, { groups: [] }], all: 403, but: { admin: 'ok' } },
  'POST /users/:name/identities': {
    ask: async () => [`/users/${await user()}/identities`, { provider: 'corp', subject: `s-${made}` }],
    all: 403,
    but: { admin: 'ok' },
  },
  'POST /users/:name/disable': {
    ask: async () => [`/users/${await user()}/disable`, {}],
    all: 403,
    but: { admin: 'ok' },
  },
  'POST /users/:name/enable': {
    ask: async () => [`/users/${await user()}/enable`, {}],
    all: 403,
    but: { admin: 'ok' },
  },
  'GET /coding-agents': listed('/coding-agents'),
  // An agent of one's own, within one's own rights: every person may, an agent may not.
  'POST /coding-agents': {
    ask: async () => ['/coding-agents', { name: `bot-${made++}` }],
    all: 'ok',
    but: { agent: 403 },
  },
  'GET /grants': listed('/grants'),
  'POST /grants': {
    ask: async () => ['/grants', { principal: 'copilot', repos: ['**'], for: '1h' }],
    all: 404,
    but: { admin: 'ok', audit: 403 },
  },
  'POST /grants/:id/give': {
    ask: async () => [`/grants/${await grant()}/give`, {}],
    all: 404,
    but: { admin: 'ok', audit: 403 },
  },
  'DELETE /grants/:id': { ask: async () => [`/grants/${await grant()}`], all: 404, but: { admin: 'ok', audit: 403 } },
  'GET /audit': { ask: async () => ['/audit'], all: 403, but: { audit: 'ok', admin: 'ok' } },
  'GET /audit/verify': { ask: async () => ['/audit/verify'], all: 403, but: { audit: 'ok', admin: 'ok' } },
  'GET /policy': listed('/policy'),
};

const named = ({ method, path }: { readonly method: string; readonly path: string }) =>
  `${method} ${path.replace('/api/v1', '')}`;
const NOT_FOUND = 'no such thing, or not for you to see';

test('every route has a row, and every row a route', () => {
  assert.deepEqual(queue.api.routes.map(named).toSorted(), Object.keys(ROWS).toSorted());
});

describe('who may', () => {
  for (const [name, { ask, all, but = {} }] of Object.entries(ROWS)) {
    test(name, async () => {
      for (const role of ROLES) {
        const [path, body] = await ask();
        const { status, text } = await queue.ask(role, name.split(' ')[0] as Method, path, body);
        const seen = status === 403 ? 403 : status === 404 && text.includes(NOT_FOUND) ? 404 : 'ok';
        assert.equal(seen, but[role] ?? all, `${role}: ${status} ${text}`);
        assert.ok(status < 500 || status === 503, `${role}: ${text}`);
      }
    });
  }
});

/** What is one's own, and nobody else's. */
const OWN = ['POST /ai/sessions/:key/events', 'POST /coding-agents', 'POST /ssh/certificates'];

test('the table: an auditor changes nothing, an admin neither decides on pushes nor reads prompts', () => {
  const expected = (name: string, role: Role) => ROWS[name]?.but?.[role] ?? ROWS[name]?.all;
  const changing = Object.keys(ROWS).filter((name) => !name.startsWith('GET ') && !OWN.includes(name));
  for (const name of changing) assert.notEqual(expected(name, 'audit'), 'ok', name);
  for (const name of changing.filter((one) => one.includes('/pushes/'))) {
    assert.notEqual(expected(name, 'admin'), 'ok', name);
    assert.notEqual(expected(name, 'agent'), 'ok', name);
  }
  assert.equal(expected('GET /ai/sessions/:principal/:key', 'admin'), 404);
  for (const name of ['/users', '/grants', '/tokens', '/keys']) {
    for (const one of changing.filter((other) => other.includes(name)))
      assert.notEqual(expected(one, 'agent'), 'ok', one);
  }
});
