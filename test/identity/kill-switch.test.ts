// The kill switch: whoever is disabled ends at once, with everything that acts for them, whatever is under way.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { type Door, must, openWorld, type World } from '../support/world.ts';

const POLICY = `version: 1
rules:
  - name: held
    when: { refs: ["refs/heads/held/**"] }
    then: hold
    approvals: [{ group: sre, count: 1 }]
`;

let world: World;
/** Called when the upstream gets the first bytes of a push. */
let onRelay: (() => void) | undefined;
/** One a test, since each is ended for good. */
const AGENTS = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'].map((name) => ({
  name,
  groups: ['dev'],
  kind: 'coding-agent' as const,
  sponsor: 'alice',
}));

before(async () => {
  world = await openWorld({
    policy: POLICY,
    onUpstreamBytes(request) {
      if (request.method !== 'POST' || !request.path.endsWith('/git-receive-pack')) return;
      onRelay?.();
      onRelay = undefined;
    },
    people: [
      ...AGENTS,
      { name: 'dave', groups: ['dev'] },
      { name: 'daves', groups: ['dev'], kind: 'coding-agent', sponsor: 'dave' },
    ],
  });
});
after(() => world.close());

interface Ended {
  readonly change: string;
  readonly reason: string;
  readonly before: { readonly tokens: readonly string[]; readonly keys: readonly string[] };
  readonly after: { readonly tokens: readonly string[]; readonly keys: readonly string[] };
  readonly credential: { readonly kind: string };
}

const disable = (who: string, name: string, reason = 'it went wild') =>
  world.api(who, 'POST', `/api/v1/users/${name}/disable`, { reason });

async function pushed(
  door: Door,
  name: string,
  ref: string,
): Promise<{ readonly id: number; readonly stderr: string }> {
  const cwd = await world.clone(door, name);
  await world.commit(cwd, name, { [`${name}.txt`]: `${ref}\n` });
  const { stderr } = await world.git(name, ['push', 'origin', `HEAD:${ref}`], { cwd });
  return { id: Number(/push (\d+)/.exec(stderr)?.[1]), stderr };
}

const shown = async (id: number) =>
  (await world.api('root', 'GET', `/api/v1/pushes/${id}`)).body as {
    readonly state: string;
    readonly note?: string;
    readonly verdict?: { readonly reasons: readonly { readonly rule: string; readonly text: string }[] };
  };

async function inState(id: number, states: readonly string[]) {
  for (;;) {
    const push = await shown(id);
    if (states.includes(push.state)) return push;
    await new Promise((next) => setImmediate(next));
  }
}

describe('a sponsor stops a coding agent', { concurrency: 1 }, () => {
  for (const [door, name] of [
    ['http', 'a1'],
    ['ssh', 'a2'],
  ] as const) {
    test(`over ${door}: its credentials, its holds and its grants end`, async () => {
      const { id } = await pushed(door, name, `refs/heads/held/${name}`);
      assert.equal((await shown(id)).state, 'held');
      assert.equal((await disable('mallory', name)).status, 403);
      assert.equal((await disable('bob', name)).status, 403);
      assert.equal((await disable('alice', name)).status, 200);
      const { state, note } = await shown(id);
      assert.deepEqual([state, note], ['withdrawn', `withdrawn: ${name} was disabled`]);
      assert.equal((await world.api(name, 'GET', '/api/v1/whoami')).status, 401);
      for (const other of ['http', 'ssh'] as const) {
        assert.notEqual((await world.git(name, ['ls-remote', world.url(other, name)])).code, 0);
      }
      const entries = (await world.api('root', 'GET', '/api/v1/audit?type=admin.changed&actor=alice&limit=1000')).body;
      const { body } = (entries as { body: Record<string, unknown> }[]).at(-1) ?? { body: {} };
      const { change, reason, before, after, credential } = body as unknown as Ended;
      assert.deepEqual([change, reason, credential.kind], ['user disabled', 'it went wild', 'token']);
      assert.deepEqual([before.tokens.length, before.keys], [1, [`key-${name}`]]);
      assert.deepEqual([after.tokens, after.keys], [[], []]);
    });
  }

  test('a push that is being received is refused, and says so in the record', async () => {
    const name = 'a3';
    const cwd = await world.clone('http', name);
    await world.commit(cwd, name, { 'large.txt': 'x' });
    const head = (await must(world.git(name, ['rev-parse', 'HEAD'], { cwd }))).stdout.trim();
    const line = `${'0'.repeat(40)} ${head} refs/heads/half\0report-status side-band-64k`;
    const pkt = `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`;
    const { hostname, port } = new URL(world.http);
    const ended = Promise.withResolvers<void>();
    const sending = request({
      host: hostname,
      port,
      method: 'POST',
      path: '/acme/shop.git/git-receive-pack',
      headers: {
        authorization: `Bearer ${world.token(name)}`,
        'content-type': 'application/x-git-receive-pack-request',
        'transfer-encoding': 'chunked',
      },
    });
    sending.on('error', () => {});
    sending.on('close', () => ended.resolve());
    sending.on('response', (response) => response.resume());
    // Commands and the beginning of a pack that never ends.
    sending.write(Buffer.concat([Buffer.from(pkt, 'latin1'), Buffer.from('PACK\0\0\0\x02\0\0\0\x01', 'latin1')]));
    let id = 0;
    while (id === 0) {
      const { body } = await world.api('root', 'GET', `/api/v1/pushes?principal=${name}&state=receiving`);
      id = (body as { id: number }[])[0]?.id ?? 0;
    }
    assert.equal((await disable('alice', name)).status, 200);
    const { verdict } = await inState(id, ['refused']);
    assert.deepEqual(
      verdict?.reasons.map(({ rule, text }) => `${rule}: ${text}`),
      ['access: the right to push here has just ended'],
    );
    await ended.promise; // its connection is cut, although it still sends
  });

  test('a client that waits for an approval is sent away', async () => {
    const name = 'a4';
    const cwd = await world.clone('ssh', name);
    await world.commit(cwd, name, { 'w.txt': 'w' });
    const waiting = world.git(name, ['push', '-o', 'sallyport.wait=10m', 'origin', 'HEAD:refs/heads/held/w'], { cwd });
    let id = 0;
    while (id === 0) {
      const { body } = await world.api('root', 'GET', `/api/v1/pushes?principal=${name}&state=held`);
      id = (body as { id: number }[])[0]?.id ?? 0;
    }
    assert.equal((await disable('alice', name)).status, 200);
    assert.notEqual((await waiting).code, 0);
    assert.equal((await shown(id)).state, 'withdrawn');
  });

  test('a push whose relay has begun is settled, and the record says what the server has', async () => {
    const disabled = Promise.withResolvers<{ readonly status: number }>();
    onRelay = () => disabled.resolve(disable('alice', 'a7'));
    const { id } = await pushed('http', 'a7', 'refs/heads/begun').catch(() => ({ id: 0 }));
    assert.equal((await disabled.promise).status, 200);
    const { body } = await world.api('root', 'GET', '/api/v1/pushes?principal=a7');
    const begun = id || ((body as { id: number }[])[0]?.id ?? 0);
    await inState(begun, ['landed']);
    assert.ok((await world.upstreamRefs())['refs/heads/begun']);
  });

  test('an open stream of events ends', async () => {
    const headers = { authorization: `Bearer ${world.token('a5')}` };
    const stream = await fetch(`${world.http}/api/v1/events`, { headers, signal: AbortSignal.timeout(5_000) });
    assert.equal(stream.status, 200);
    const rest = stream.text();
    assert.equal((await disable('alice', 'a5')).status, 200);
    await rest;
  });

  test('one that is enabled again starts without what it had', async () => {
    assert.equal((await disable('alice', 'a6')).status, 200);
    assert.equal((await world.api('alice', 'POST', '/api/v1/users/a6/enable', {})).status, 403, 'admins alone');
    assert.equal((await world.api('root', 'POST', '/api/v1/users/a6/enable', {})).status, 200);
    assert.equal((await world.api('a6', 'GET', '/api/v1/whoami')).status, 401);
    const { status, body } = await world.api('alice', 'POST', '/api/v1/tokens', { user: 'a6', scopes: ['git'] });
    assert.equal(status, 201);
    assert.ok('expiresAt' in (body as object), 'what a sponsor makes ends');
  });
});

test('disabling a person ends everything that acts for them', async () => {
  const { id } = await pushed('http', 'daves', 'refs/heads/held/daves');
  assert.equal((await disable('root', 'dave')).status, 200);
  assert.equal((await shown(id)).state, 'withdrawn');
  for (const name of ['dave', 'daves']) assert.equal((await world.api(name, 'GET', '/api/v1/whoami')).status, 401);
  // Enabling the person brings no agent back.
  assert.equal((await world.api('root', 'POST', '/api/v1/users/dave/enable', {})).status, 200);
  const users = (await world.api('root', 'GET', '/api/v1/users')).body as { name: string; disabledAt?: string }[];
  assert.notEqual(users.find(({ name }) => name === 'daves')?.disabledAt, undefined);
});

test('a hold of somebody who was disabled by a gateway that died then is withdrawn at the next start', async () => {
  const { id } = await pushed('http', 'copilot', 'refs/heads/held/copilot');
  await world.stop();
  // What the kill switch leaves when the process dies behind its transaction.
  const { openStore } = await import('../../src/adapters/store/store.ts');
  const store = await openStore({
    file: `${world.dataDir}/sallyport.db`,
    auditDir: `${world.dataDir}/audit`,
    clock: { now: () => Date.now() },
  });
  assert.equal(await store.directory.disableUser('copilot', Date.now(), { type: 'admin.changed', body: {} }), true);
  await store.close();
  await world.start();
  assert.equal((await shown(id)).state, 'withdrawn');
});
