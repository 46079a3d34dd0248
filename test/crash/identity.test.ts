// Grants, ends and break-glass across a gateway that dies: what somebody was told holds, what was not decided is not used up.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openWorld, type Run, type World } from '../support/world.ts';

const POLICY = `version: 1
rules:
  - name: held
    when: { refs: ["refs/heads/held/**"] }
    then: hold
    approvals: [{ group: sre, count: 1 }]
`;

let world: World;
let armed: string;

before(async () => {
  world = await openWorld({
    program: true,
    policy: POLICY,
    identity: '{ breakGlass: { group: dev, reviewers: security }, grants: { approvers: security } }',
    people: [{ name: 'jet', groups: ['dev'], kind: 'coding-agent', sponsor: 'alice', grantsOnly: true }],
    env: { SALLYPORT_LEASE_MS: '500' },
  });
  armed = join(world.directory, 'fail-point');
  await world.stop();
  await world.start({ SALLYPORT_FAIL_POINT: `@${armed}` });
});
after(() => world.close());

async function push(branch: string): Promise<Run> {
  const cwd = await world.clone('http', 'alice');
  await world.commit(cwd, 'alice', { [`${branch}.txt`]: `${branch}\n` });
  const option = 'sallyport.break-glass=the site is down';
  return world.git('alice', ['push', '-o', option, 'origin', `HEAD:refs/heads/held/${branch}`], { cwd });
}

async function killedAt(point: string, branch: string): Promise<void> {
  writeFileSync(armed, `${point}:kill`);
  assert.notEqual((await push(branch)).code, 0);
  await world.ended();
  await world.start({ SALLYPORT_FAIL_POINT: `@${armed}` });
}

test('killed before the decision is durable, nothing is used up', async () => {
  await killedAt('before-intent', 'one');
  assert.equal((await world.upstreamRefs())['refs/heads/held/one'], undefined);
  const { body } = await world.api('root', 'GET', '/api/v1/pushes?unreviewed=true');
  assert.deepEqual(body, []);
});

test('killed behind it, the push goes on at the next start, marked, and the next one waits for its review', async () => {
  await killedAt('after-intent', 'two');
  while ((await world.upstreamRefs())['refs/heads/held/two'] === undefined) {
    await new Promise((next) => setImmediate(next));
  }
  const { body } = await world.api('root', 'GET', '/api/v1/pushes?unreviewed=true');
  const [{ id } = { id: 0 }, ...others] = body as { id: number }[];
  assert.deepEqual(others, []);
  assert.match((await push('three')).stderr, /your last push by break-glass has not been reviewed/);
  const comment = 'it was needed';
  assert.equal((await world.api('carol', 'POST', `/api/v1/pushes/${id}/review`, { comment })).status, 200);
  assert.equal((await push('four')).code, 0);
});

async function killedNow(): Promise<void> {
  await world.kill();
  await world.start({ SALLYPORT_FAIL_POINT: `@${armed}` });
}

test('killed behind the answer, a grant is in force, and later revoked with all that its agent had', async () => {
  const reaches = async () => (await world.git('jet', ['ls-remote', world.url('http', 'jet')])).code === 0;
  const body = { principal: 'jet', repos: ['acme/*'], for: '2h' };
  const { status } = await world.api('carol', 'POST', '/api/v1/grants', body);
  assert.equal(status, 201);
  await killedNow();
  assert.equal(await reaches(), true);
  const cwd = await world.clone('http', 'alice');
  await world.commit(cwd, 'jet', { 'jet.txt': 'jet\n' });
  const held = await world.git('jet', ['push', world.url('http', 'jet'), 'HEAD:refs/heads/held/jet'], { cwd });
  const [, id] = /held for approval, push (\d+)/.exec(held.stderr) ?? [];
  assert.ok(id, held.stderr);
  assert.equal((await world.api('alice', 'POST', '/api/v1/users/jet/disable', {})).status, 200);
  await killedNow();
  assert.equal(await reaches(), false);
  const shown = (await world.api('alice', 'GET', `/api/v1/pushes/${id}`)).body as { state: string };
  assert.equal(shown.state, 'withdrawn');
  const grants = (await world.api('carol', 'GET', '/api/v1/grants')).body as { state: string }[];
  assert.deepEqual(
    grants.map(({ state }) => state),
    ['revoked'],
  );
});
