// Refs with a secret in their names: no record shows it, and the upstream gets the very name that was pushed.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ALL_RULES } from '../../src/domain/secrets/rules/all.ts';
import { seeded } from '../domain/secrets/support/random.ts';
import { sampleValue } from '../domain/secrets/support/sample.ts';
import { openWorld, type World } from '../support/world.ts';

// Weak enough for a policy that refuses those of medium and above.
const rule = ALL_RULES.find(({ id }) => id === 'stripe-test-key');
const POLICY = `version: 1
rules:
  - { name: asked for, when: { paths: ["held/**"] }, then: hold, approvals: [{ group: security, count: 1 }] }
`;

suite('a secret in the name of a ref', () => {
  let world: World;
  let clone: string;
  const random = seeded('masked refs');
  const name = (): string => `refs/heads/${rule?.shape === undefined ? '' : sampleValue(rule.shape, random)}`;
  before(async () => {
    world = await openWorld({ policy: POLICY });
    clone = await world.clone('http', 'alice');
  });
  after(() => world.close());

  const pushed = async () =>
    (await world.api('root', 'GET', '/api/v1/pushes')).body as {
      id: number;
      state: string;
      updates: { refName: string }[];
    }[];
  const push = (...refs: string[]) => world.git('alice', ['push', 'origin', ...refs], { cwd: clone });

  test('lands as it was named, and git hears of its own names', async () => {
    const refs = [name(), name()];
    const run = await push(...refs.map((ref) => `HEAD:${ref}`));
    assert.equal(run.code, 0, run.stderr);
    for (const ref of refs) assert.ok((await world.upstreamRefs())[ref], run.stderr);
    const [{ updates } = { updates: [] }] = await pushed();
    for (const { refName } of updates) assert.match(refName, /^refs\/heads\/.*…/);
    assert.equal((await push(`:${refs[0]}`)).code, 0);
    assert.equal((await world.upstreamRefs())[refs[0] as string], undefined);
  });

  test('held, pushed again and approved, lands as it was named', async () => {
    const ref = name();
    await world.commit(clone, 'alice', { 'held/a.txt': 'a' });
    await push(`HEAD:${ref}`);
    const again = await push(`HEAD:${ref}`);
    assert.match(again.stderr, /held for approval: push \d+\)/);
    const [{ id, state } = { id: 0, state: '' }, before] = await pushed();
    assert.equal(state, 'held');
    assert.notEqual(before?.state, 'held');
    const waiting = push('-o', 'sallyport.wait=1m', `HEAD:${ref}`);
    const answer = await world.api('carol', 'POST', `/api/v1/pushes/${id}/approve`, { comment: '' });
    assert.equal(answer.status, 200);
    const waited = await waiting;
    assert.ok((await world.upstreamRefs())[ref], waited.stderr);
  });
});
