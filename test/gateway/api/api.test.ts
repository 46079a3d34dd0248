// The HTTP API as a client meets it: shapes, rights, refusals.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pushJson } from '../../../src/gateway/api/push-json.ts';
import { type Name, NEW, OLD, openQueue, type Queue } from './queue.ts';

let queue: Queue;
before(async () => {
  queue = await openQueue();
});
after(() => queue.close());

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI';
const publicKey = (seed: number) => {
  const blob = Buffer.concat([
    Buffer.from([0, 0, 0, 11]),
    Buffer.from('ssh-ed25519'),
    Buffer.from([0, 0, 0, 32]),
    Buffer.alloc(32, seed),
  ]);
  return `ssh-ed25519 ${blob.toString('base64')} test`;
};

test('a push reads exactly as documented', async () => {
  const push = await queue.push({ reason: 'because' });
  const answer = await queue.ask('bob', 'GET', `/pushes/${push.id}`);
  assert.equal(answer.status, 200);
  const body = pushJson.parse(answer.body);
  assert.match(body.createdAt, /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/);
  const { createdAt, decidedAt, ...rest } = body;
  assert.equal(typeof decidedAt, 'string');
  assert.deepEqual(rest, {
    id: push.id,
    state: 'held',
    repo: 'acme/shop',
    principal: { name: 'alice', kind: 'human' },
    updates: [{ refName: 'refs/heads/main', oldOid: OLD, newOid: NEW, kind: 'fast-forward' }],
    verdict: {
      outcome: 'hold',
      reasons: [
        { rule: 'production needs SRE', outcome: 'hold', text: 'infra/prod/db.tf', paths: ['infra/prod/db.tf'] },
      ],
    },
    findings: [
      {
        ...{ rule: 'odd-path', severity: 'low', text: 'odd', commit: NEW, path: 'a b', line: 3, column: null },
        ...{ where: null, masked: null, fingerprint: null, remedy: null, exception: null, allowed: null },
      },
    ],
    exceptions: { covering: [], granted: [] },
    attribution: {
      lines: { ai: 0, humanAttested: 0, mixed: 0, declared: 0, disputed: 0, unknown: 0 },
      generated: 0,
      codingAgents: [],
      tiers: {},
      unseen: 0,
      isKnown: false,
    },
    requirements: [{ group: 'sre', count: 1, given: 0, rules: ['production needs SRE'] }],
    approvals: [],
    pushOptions: [],
    reason: 'because',
  });
});

test('an approval over the API releases the push and shows who gave it', async () => {
  const push = await queue.push();
  const answer = await queue.ask('bob', 'POST', `/pushes/${push.id}/approve`, { comment: 'fine' });
  assert.equal(answer.status, 200);
  const body = pushJson.parse(answer.body);
  assert.equal(body.state, 'relaying');
  assert.deepEqual(
    body.approvals.map(({ by, decision, comment }) => ({ by, decision, comment })),
    [{ by: 'bob', decision: 'approve', comment: 'fine' }],
  );
  assert.deepEqual(body.requirements, [{ group: 'sre', count: 1, given: 1, rules: ['production needs SRE'] }]);
  const again = await queue.ask('bob', 'POST', `/pushes/${push.id}/approve`, {});
  assert.equal(again.status, 409);
  assert.equal(queue.released.filter((id) => id === push.id).length, 1);
});

test('an approval needs no body, a rejection needs a comment', async () => {
  const push = await queue.push();
  assert.equal((await queue.ask('bob', 'POST', `/pushes/${push.id}/reject`)).status, 403);
  assert.equal((await queue.ask('bob', 'POST', `/pushes/${push.id}/approve`)).status, 200);
});

test('the list shows what one may see, filtered and paged', async () => {
  const own = await queue.push({ by: 'mallory', repo: 'other/own' });
  const hidden = await queue.push({ by: 'alice', repo: 'other/hidden' });
  const ids = async (name: Name, query = '') => {
    const answer = await queue.ask(name, 'GET', `/pushes${query}`);
    assert.equal(answer.status, 200);
    return pushJson
      .array()
      .parse(answer.body)
      .map((push) => push.id);
  };
  assert.deepEqual(await ids('mallory'), [own.id]);
  assert.equal((await ids('bob')).includes(hidden.id), false);
  assert.equal((await ids('alice')).includes(hidden.id), true);
  assert.equal((await ids('root')).includes(hidden.id), true);
  const all = await ids('root');
  assert.deepEqual(
    all,
    [...all].sort((one, other) => other - one),
  );
  assert.deepEqual(await ids('root', '?limit=1'), all.slice(0, 1));
  assert.deepEqual(await ids('root', `?limit=1&before=${all[0]}`), all.slice(1, 2));
  assert.deepEqual(await ids('root', '?repo=other/own'), [own.id]);
  assert.deepEqual(await ids('root', '?principal=mallory&state=held,refused'), [own.id]);
  assert.deepEqual(await ids('root', '?principal=mallory&state=landed'), []);
});

test('the diff of a push is given to whoever may see it', async () => {
  const push = await queue.push();
  queue.diffs = [{ refName: 'refs/heads/main', text: '+x\n', truncated: false }];
  const answer = await queue.ask('bob', 'GET', `/pushes/${push.id}/diff`);
  assert.deepEqual(answer.body, { id: push.id, updates: queue.diffs });
  assert.equal((await queue.ask('mallory', 'GET', `/pushes/${push.id}/diff`)).status, 404);
  queue.diffs = undefined;
  assert.equal((await queue.ask('bob', 'GET', `/pushes/${push.id}/diff`)).status, 404);
});

test('an explanation runs the policy that decided over the stored inputs', async () => {
  const push = await queue.push();
  const answer = await queue.ask('alice', 'GET', `/pushes/${push.id}/explain`);
  assert.equal(answer.status, 200);
  const body = answer.body as { rules: { rule: string; matched: boolean }[]; lines: string[] };
  assert.deepEqual(body.rules.find(({ rule }) => rule === 'production needs SRE')?.matched, false);
  assert.equal(body.lines.includes('  hold: production needs SRE: infra/prod/db.tf'), true);
});

// The permission matrix: one row for each thing that can be asked, with the people who may.
const EVERYBODY = ['alice', 'bob', 'carol', 'copilot', 'robot', 'mallory', 'erin', 'sam', 'root', 'halfroot'] as const;
const SEERS: readonly Name[] = ['alice', 'bob', 'carol', 'copilot', 'robot', 'root'];
const MATRIX: readonly [
  method: 'GET' | 'POST',
  path: string,
  allowed: readonly Name[],
  denied: number,
  body?: unknown,
][] = [
  ['GET', '/pushes', EVERYBODY, 0],
  ['GET', '/pushes/:id', SEERS, 404],
  ['GET', '/pushes/:id/explain', SEERS, 404],
  ['GET', '/pushes/999999', [], 404],
  ['GET', '/whoami', EVERYBODY, 0],
  ['GET', '/policy', EVERYBODY, 0],
  ['GET', '/tokens', EVERYBODY, 0],
  ['GET', '/keys', EVERYBODY, 0],
  ['GET', '/users', ['root'], 403],
  ['GET', '/audit', ['erin', 'root'], 403],
  ['GET', '/audit?repo=acme/shop', ['erin', 'root', 'sam'], 403],
  ['GET', '/audit/verify', ['erin', 'root'], 403],
  ['POST', '/users/carol/disable?x=1', [], 400, {}],
  ['POST', '/users', ['root'], 403, { name: 'new-:who', groups: ['dev'] }],
  ['POST', '/tokens', ['root'], 403, { user: 'carol' }],
];

for (const [method, path, allowed, denied, body] of MATRIX) {
  test(`${method} ${path} is for ${allowed.length === EVERYBODY.length ? 'everybody' : allowed.join(', ') || 'nobody'}`, async () => {
    const push = await queue.push();
    for (const who of EVERYBODY) {
      if (path === '/tokens' && method === 'POST' && who === 'carol') continue; // her own
      const sent = body === undefined ? undefined : JSON.parse(JSON.stringify(body).replace(':who', who));
      const { status } = await queue.ask(who, method, path.replace(':id', String(push.id)), sent);
      if (allowed.includes(who)) assert.equal(status < 300, true, `${who}: ${status}`);
      else assert.equal(status, denied, who);
    }
  });
}

test('acts on a push: who may, who may not, who may not even know', async () => {
  const expected: Readonly<Record<string, number>> = {
    bob: 200,
    ben: 200,
    alice: 403,
    copilot: 403,
    robot: 403,
    carol: 403,
    root: 403,
    mallory: 404,
    erin: 404,
    sam: 404,
    halfroot: 404,
  };
  for (const [who, status] of Object.entries(expected)) {
    for (const act of ['approve', 'reject']) {
      const push = await queue.push();
      const answer = await queue.ask(who as Name, 'POST', `/pushes/${push.id}/${act}`, { comment: 'c' });
      assert.equal(answer.status, status, `${who} ${act}: ${answer.text}`);
      const state = (await queue.store.pushes.find(push.id))?.state;
      assert.equal(state === 'held', status !== 200, `${who} ${act} left it ${state}`);
    }
  }
});

test('a push that does not exist and one that is not for you to see give the same bytes', async () => {
  const hidden = await queue.push({ repo: 'other/x' });
  for (const [method, tail] of [
    ['GET', ''],
    ['GET', '/diff'],
    ['GET', '/explain'],
    ['POST', '/approve'],
    ['POST', '/reject'],
    ['POST', '/withdraw'],
  ] as const) {
    const body = method === 'POST' ? {} : undefined;
    const one = await queue.ask('mallory', method, `/pushes/${hidden.id}${tail}`, body);
    const other = await queue.ask('mallory', method, `/pushes/424242${tail}`, body);
    assert.equal(one.status, 404);
    assert.deepEqual([one.status, one.text], [other.status, other.text]);
  }
});

test('errors are problem documents, never the input', async () => {
  const cases: readonly [method: 'GET' | 'POST', path: string, body: unknown, status: number][] = [
    ['GET', '/nothing', undefined, 404],
    ['GET', '/pushes/0x1', undefined, 404],
    ['GET', '/pushes?state=nonsense-canary', undefined, 400],
    ['GET', '/pushes?limit=0', undefined, 400],
    ['GET', '/whoami?token=canary', undefined, 400],
    ['GET', '/audit?since=canary', undefined, 400],
    ['POST', '/users', { name: 'x', pasword: 'canary' }, 422],
    ['POST', '/users', { name: '../canary' }, 422],
    ['POST', '/users', { name: 'a1', kind: 'coding-agent' }, 422],
    ['POST', '/users', { name: 'a1', kind: 'coding-agent', sponsor: 'robot' }, 422],
    ['POST', '/users', { name: 'alice' }, 409],
    ['POST', '/users/root/disable', {}, 403],
    ['POST', '/users/nobody/disable', {}, 404],
    ['POST', '/tokens', { user: 'canary' }, 422],
    ['POST', '/tokens', { user: 'alice', expires: 'canary' }, 422],
    ['POST', '/tokens', { user: 'alice', scopes: ['canary'] }, 422],
    ['POST', '/keys', { key: `${KEY}canary` }, 422],
    ['POST', '/keys', { key: '-----BEGIN OPENSSH PRIVATE KEY-----canary' }, 422],
  ];
  for (const [method, path, body, status] of cases) {
    const answer = await queue.ask('root', method, path, body);
    assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal((answer.body as { status: number }).status, status);
    assert.equal(answer.text.includes('canary'), false, answer.text);
  }
});

test('bodies: other media types, broken JSON, prototype keys and large ones are refused', async () => {
  const push = await queue.push();
  const url = `/api/v1/pushes/${push.id}/approve`;
  const authorization = `Bearer ${queue.token('bob')}`;
  const send = (contentType: string, payload: string) =>
    queue.api.inject({ method: 'POST', url, headers: { authorization }, raw: { contentType, payload } });
  assert.equal((await send('text/plain', '{"comment":"x"}')).statusCode, 415);
  assert.equal((await send('application/x-www-form-urlencoded', 'comment=x')).statusCode, 415);
  assert.equal((await send('application/json', '{"comment":')).statusCode, 400);
  assert.equal((await send('application/json', '{"__proto__":{"x":1}}')).statusCode, 400);
  assert.equal((await send('application/json', JSON.stringify({ comment: 'x'.repeat(70_000) }))).statusCode, 413);
  assert.equal((await send('application/json', JSON.stringify({ comment: 'x'.repeat(5000) }))).statusCode, 422);
  assert.equal((await queue.store.pushes.find(push.id))?.state, 'held');
});

test('a human makes tokens for themselves, never wider or longer than the one in hand', async () => {
  const { status, body } = await queue.ask('alice', 'POST', '/tokens', { scopes: ['git'] });
  assert.equal(status, 201);
  assert.match((body as { token: string }).token, /^sp_/);
  const apiOnly = await queue.issue('alice', ['api']);
  const post = (token: string, payload: unknown) =>
    queue.api.inject({
      method: 'POST',
      url: '/api/v1/tokens',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(payload),
    });
  assert.equal((await post(apiOnly.text, { scopes: ['git', 'api'] })).statusCode, 403);
  assert.equal((await post(apiOnly.text, { scopes: ['api'] })).statusCode, 201);
  const short = await queue.ask('root', 'POST', '/tokens', { user: 'alice', expires: '1h' });
  const parent = short.body as { token: string; expiresAt: string };
  const child = (await post(parent.token, { scopes: ['git'], expires: '30d' })).json() as { expiresAt: string };
  assert.equal(child.expiresAt, parent.expiresAt);
  assert.equal((await queue.ask('copilot', 'POST', '/tokens', {})).status, 403);
  assert.equal((await queue.ask('copilot', 'POST', '/keys', { key: publicKey(9) })).status, 403);
});

test('a revoked token, a token without the scope, and one of a disabled user are the same 401', async () => {
  const revoked = await queue.issue('alice', ['api']);
  assert.equal((await queue.ask('mallory', 'POST', `/tokens`, { user: 'alice' })).status, 403);
  const gitOnly = await queue.issue('alice', ['git']);
  await queue.ask('root', 'POST', '/users', { name: 'temp' });
  const made = (await queue.ask('root', 'POST', '/tokens', { user: 'temp' })).body as { token: string };
  const who = (token: string) =>
    queue.api.inject({ method: 'GET', url: '/api/v1/whoami', headers: { authorization: `Bearer ${token}` } });
  assert.equal((await who(revoked.text)).statusCode, 200);
  assert.equal((await who(made.token)).statusCode, 200);
  const listed = (await queue.ask('alice', 'GET', '/tokens')).body as { id: string }[];
  assert.equal(
    listed.some(({ id }) => id === revoked.id),
    true,
  );
  const del = (name: Name, id: string) => queue.ask(name, 'DELETE', `/tokens/${id}`);
  assert.equal((await del('mallory', revoked.id)).status, 404);
  assert.equal((await del('alice', revoked.id)).status, 204);
  assert.equal((await queue.ask('root', 'POST', '/users/temp/disable')).status, 200);
  const answers = await Promise.all([revoked.text, gitOnly.text, made.token, 'sp_nonsense'].map(who));
  for (const answer of answers) {
    assert.equal(answer.statusCode, 401);
    assert.equal(answer.payload, answers[0]?.payload);
  }
});

test('a key belongs to one user, and only its owner or an admin sees and revokes it', async () => {
  const added = await queue.ask('alice', 'POST', '/keys', { key: publicKey(1) });
  assert.equal(added.status, 201, added.text);
  const { id } = added.body as { id: string };
  assert.equal((await queue.ask('bob', 'POST', '/keys', { key: publicKey(1) })).status, 409);
  assert.equal((await queue.ask('bob', 'POST', '/keys', { key: publicKey(2), user: 'alice' })).status, 403);
  assert.equal(((await queue.ask('bob', 'GET', '/keys')).body as unknown[]).length, 0);
  assert.equal(((await queue.ask('bob', 'GET', '/keys?user=alice')).body as unknown[]).length, 0);
  assert.equal((await queue.ask('bob', 'DELETE', `/keys/${id}`)).status, 404);
  assert.equal((await queue.ask('root', 'DELETE', `/keys/${id}`)).status, 204);
});

test('the trail is searched by type, push, actor and time, and verified', async () => {
  const push = await queue.push();
  const search = async (query: string) => {
    const answer = await queue.ask('erin', 'GET', `/audit?${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.body as { index: number; type: string; pushId?: number }[];
  };
  assert.deepEqual(
    (await search(`push=${push.id}`)).map(({ type }) => type),
    ['push.received', 'push.held'],
  );
  assert.deepEqual(
    (await search(`push=${push.id}&type=push.held,push.landed`)).map(({ type }) => type),
    ['push.held'],
  );
  assert.equal((await search('actor=alice&since=1h&limit=1')).length, 1);
  assert.equal((await search('until=2001-01-01')).length, 0);
  const [first] = await search('limit=1');
  assert.equal(first?.index, 0);
  assert.equal((await search('from=3&limit=1'))[0]?.index, 3);
  const verified = (await queue.ask('erin', 'GET', '/audit/verify')).body as { sound: boolean; entries: number };
  assert.equal(verified.sound, true);
  assert.equal(verified.entries > 10, true);
});

test('the OpenAPI document describes every route with its parameters', async () => {
  const answer = await queue.api.inject({ method: 'GET', url: '/api/openapi.json' });
  const document = answer.json() as {
    openapi: string;
    paths: Record<string, Record<string, { parameters?: { name: string; in: string }[] }>>;
  };
  assert.equal(document.openapi, '3.1.0');
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  for (const route of [
    'get /api/v1/pushes',
    'get /api/v1/pushes/{id}',
    'get /api/v1/pushes/{id}/diff',
    'get /api/v1/pushes/{id}/explain',
    'post /api/v1/pushes/{id}/approve',
    'post /api/v1/pushes/{id}/reject',
    'post /api/v1/pushes/{id}/withdraw',
    'get /api/v1/events',
    'get /api/v1/keys',
    'post /api/v1/keys',
    'delete /api/v1/keys/{id}',
    'get /api/v1/tokens',
    'post /api/v1/tokens',
    'delete /api/v1/tokens/{id}',
    'get /api/v1/users',
    'post /api/v1/users',
    'post /api/v1/users/{name}/disable',
    'get /api/v1/audit',
    'get /api/v1/audit/verify',
    'get /api/v1/policy',
    'get /api/v1/whoami',
  ])
    assert.equal(routes.includes(route), true, route);
  const parameters = document.paths['/api/v1/pushes']?.['get']?.parameters?.map(
    ({ name, in: place }) => `${place} ${name}`,
  );
  assert.deepEqual(parameters, [
    'query state',
    'query repo',
    'query principal',
    'query unreviewed',
    'query limit',
    'query before',
  ]);
});

test('health, readiness and metrics need no credential and name nobody', async () => {
  await queue.push();
  for (const url of ['/healthz', '/readyz', '/metrics']) {
    assert.equal((await queue.api.inject({ method: 'GET', url })).statusCode, 200, url);
  }
  const metrics = (await queue.api.inject({ method: 'GET', url: '/metrics' })).payload;
  assert.match(metrics, /^sallyport_pushes_held [1-9]\d*$/m);
  assert.match(metrics, /route="\/api\/v1\/pushes\/:id"/);
  assert.doesNotMatch(metrics, /alice|acme|sp_/);
});
