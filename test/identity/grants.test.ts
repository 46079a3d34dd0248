// Rights of coding agents for a time, over real git and both doors: asked for, given, kept within, ended.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Door, must, openWorld, type World } from '../support/world.ts';

const POLICY = `version: 1
rules:
  - name: releases are looked at
    when: { refs: ["refs/heads/copilot/held/**"] }
    then: hold
    approvals: [{ group: sre, count: 1 }]
`;

interface Grant {
  readonly id: string;
  readonly state: string;
  readonly expiresAt: string;
}

let world: World;
let skew = 0;
const clones = new Map<Door, string>();
let branches = 0;

before(async () => {
  world = await openWorld({
    policy: POLICY,
    clock: { now: () => Date.now() + skew },
    identity: '{ grants: { approvers: security, maxLifetime: 8h } }',
    people: [
      { name: 'jet', groups: ['dev'], kind: 'coding-agent', sponsor: 'alice', grantsOnly: true },
      { name: 'stray', groups: ['dev', 'sre'], kind: 'coding-agent', sponsor: 'mallory' },
    ],
  });
  // With rights of a person: to read, an agent needs a grant as well.
  for (const door of ['http', 'ssh'] as const) clones.set(door, await world.clone(door, 'alice'));
});
after(() => world.close());

async function granted(scope: object, principal = 'jet'): Promise<Grant> {
  const body = { principal, repos: ['acme/*'], for: '2h', reason: 'the task', ...scope };
  const { status, body: grant } = await world.api('carol', 'POST', '/api/v1/grants', body);
  assert.equal(status, 201, JSON.stringify(grant));
  return grant as Grant;
}

const end = (id: string, by = 'carol') => world.api(by, 'DELETE', `/api/v1/grants/${id}`);

async function push(door: Door, ref: string, files: Readonly<Record<string, string>>, name = 'jet') {
  const cwd = clones.get(door) ?? '';
  branches += 1;
  await must(world.git(name, ['checkout', '-q', '-B', `work-${branches}`, 'origin/main'], { cwd }));
  await world.commit(cwd, name, files, `change ${branches}`);
  return world.git(name, ['push', world.url(door, name), `HEAD:${ref}`], { cwd });
}

for (const door of ['http', 'ssh'] as const) {
  describe(`over ${door}`, { concurrency: 1 }, () => {
    test('an agent that has grants only reaches nothing before it has one, and nothing after', async () => {
      const read = () => world.git('jet', ['ls-remote', world.url(door, 'jet')]);
      assert.match((await read()).stderr, /repository not found|not found/);
      const grant = await granted({});
      assert.equal((await read()).code, 0);
      assert.equal((await end(grant.id)).status, 204);
      assert.match((await read()).stderr, /not found/);
    });

    test('a push is kept within the refs and paths of its grants, and says what is outside', async () => {
      const grant = await granted({ refs: ['copilot/**'], paths: ['src/**'] });
      const inside = await push(door, `refs/heads/copilot/${door}`, { 'src/a.txt': `${door}\n` });
      assert.equal(inside.code, 0, inside.stderr);
      const ref = await push(door, `refs/heads/other-${door}`, { 'src/a.txt': 'x\n' });
      assert.match(ref.stderr, /refused: default: grants/);
      assert.match(ref.stderr, /refs\/heads\/other-\w+ is outside of what is granted/);
      assert.match(ref.stderr, /sallyport grant jet --repo acme\/shop/);
      const path = await push(door, `refs/heads/copilot/${door}-2`, { 'src/a.txt': 'y\n', 'docs/b.txt': 'b\n' });
      assert.match(path.stderr, /default: grants: docs\/b.txt/);
      const [newest] = (await world.api('alice', 'GET', '/api/v1/pushes?limit=1')).body as { id: number }[];
      const explained = await world.api('alice', 'GET', `/api/v1/pushes/${newest?.id}/explain`);
      assert.match(JSON.stringify(explained.body), /refuse grants: refs and paths are within grant-/);
      await end(grant.id);
    });

    test('a grant ends by itself', async () => {
      const grant = await granted({ for: '1h' });
      assert.equal((await push(door, `refs/heads/timely-${door}`, { 'a.txt': `${door}\n` })).code, 0);
      skew += 3_600_001;
      assert.match((await push(door, `refs/heads/late-${door}`, { 'a.txt': 'late\n' })).stderr, /not found/);
      const listed = (await world.api('carol', 'GET', '/api/v1/grants?state=expired')).body as Grant[];
      assert.ok(listed.some(({ id }) => id === grant.id));
    });

    test('no grant reaches beyond its sponsor', async () => {
      const grant = await granted({}, 'stray');
      assert.match((await world.git('stray', ['ls-remote', world.url(door, 'stray')])).stderr, /not found/);
      await end(grant.id);
    });

    test('revoking one ends the held push that rests on it', async () => {
      const grant = await granted({ refs: ['copilot/**'] });
      const held = await push(door, `refs/heads/copilot/held/${door}`, { 'h.txt': `${door}\n` });
      const [, id] = /held for approval, push (\d+)/.exec(held.stderr) ?? [];
      assert.ok(id, held.stderr);
      assert.equal((await end(grant.id)).status, 204);
      const shown = (await world.api('alice', 'GET', `/api/v1/pushes/${id}`)).body as { state: string; note: string };
      assert.deepEqual([shown.state, shown.note], ['withdrawn', `withdrawn: the grant ${grant.id} was revoked`]);
    });
  });
}

test('a grant that is over does not end what was pushed under it: reviewers have looked at that', async () => {
  await granted({ for: '1h', refs: ['copilot/**'] });
  const held = await push('http', 'refs/heads/copilot/held/late', { 'late.txt': 'late\n' });
  const [, id] = /push (\d+)/.exec(held.stderr) ?? [];
  skew += 3_600_001;
  assert.equal((await world.api('bob', 'POST', `/api/v1/pushes/${id}/approve`, {})).status, 200);
  while ((await world.upstreamRefs())['refs/heads/copilot/held/late'] === undefined) {
    const { body } = await world.api('alice', 'GET', `/api/v1/pushes/${id}`);
    assert.ok(['relaying', 'landed'].includes((body as { state: string }).state), JSON.stringify(body));
  }
});

test('who asks, who gives, who ends, who sees', async () => {
  const ask = (who: string, more: object = {}) =>
    world.api(who, 'POST', '/api/v1/grants', { principal: 'jet', repos: ['acme/*'], for: '1h', ...more });
  // Mallory learns nothing of jet; bob sees nothing of it either: neither its sponsor nor of those who give.
  const [stranger, nobody] = await Promise.all([ask('mallory'), ask('mallory', { principal: 'ghost' })]);
  assert.deepEqual(stranger, nobody);
  assert.equal(stranger.status, 404);
  assert.equal((await ask('bob')).status, 404);
  assert.equal((await ask('alice', { principal: 'alice' })).status, 403, 'people have roles');
  assert.equal((await ask('alice', { for: '9h' })).status, 403, 'longer than configured');
  assert.equal((await ask('alice', { repos: ['{a}'] })).status, 403);
  for (const asker of ['alice', 'jet']) {
    const { status, body } = await ask(asker);
    const { id, state } = body as Grant;
    assert.deepEqual([status, state], [201, 'asked']);
    for (const who of ['alice', 'jet']) {
      assert.equal((await world.api(who, 'POST', `/api/v1/grants/${id}/give`, {})).status, 403, `${who} gives none`);
    }
    assert.equal((await world.api('mallory', 'POST', `/api/v1/grants/${id}/give`, {})).status, 404);
    assert.equal((await world.api('jet', 'DELETE', `/api/v1/grants/${id}`)).status, 403);
    assert.equal((await world.api('carol', 'POST', `/api/v1/grants/${id}/give`, {})).status, 200);
    assert.equal((await world.api('carol', 'POST', `/api/v1/grants/${id}/give`, {})).status, 409);
    assert.equal((await end(id, 'alice')).status, 204, 'its sponsor ends it');
  }
  const changes = await world.api('root', 'GET', '/api/v1/audit?type=admin.changed&actor=carol&limit=1000');
  const given = (changes.body as { body: { change: string; before: Grant | null; after: Grant } }[]).at(-1)?.body;
  assert.deepEqual([given?.change, given?.before?.state, given?.after.state], ['grant given', 'asked', 'valid']);
});
