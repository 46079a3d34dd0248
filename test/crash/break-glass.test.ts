// Break-glass across a gateway that dies: what was not decided is not used up, what was decided waits for its review.
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
    identity: '  breakGlass: { group: dev, reviewers: security }\n',
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
