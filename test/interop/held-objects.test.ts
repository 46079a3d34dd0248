// What waits in quarantine is seen by no fetch, whatever is asked for by id, through either door.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Door, must, openWorld, type World } from '../support/world.ts';

let world: World;
before(async () => {
  world = await openWorld();
});
after(() => world.close());

for (const door of ['http', 'ssh'] satisfies Door[]) {
  test(`objects of a held push cannot be fetched by id, those of a landed one can, over ${door}`, async () => {
    const clone = await world.clone(door, 'alice');
    const oid = await world.commit(clone, 'alice', { [`infra/prod/${door}.tf`]: `waits for ${door}\n` });
    const push = await world.git('alice', ['push', 'origin', 'main'], { cwd: clone });
    assert.match(push.stderr, /held for approval: push \d+/);
    const id = /push (\d+)/.exec(push.stderr)?.[1];
    const { stdout } = await must(world.git('alice', ['rev-parse', `${oid}:infra/prod/${door}.tf`], { cwd: clone }));
    const blob = stdout.trim();

    const other = await world.clone(door, 'bob');
    for (const wanted of [oid, blob]) {
      for (const version of ['0', '2']) {
        const fetched = await world.git('bob', ['-c', `protocol.version=${version}`, 'fetch', 'origin', wanted], {
          cwd: other,
        });
        assert.notEqual(fetched.code, 0, `v${version} served ${wanted}`);
        const there = await world.git('bob', ['cat-file', '-e', wanted], { cwd: other });
        assert.notEqual(there.code, 0);
      }
    }

    const approved = await world.api('bob', 'POST', `/api/v1/pushes/${id}/approve`, { comment: '' });
    assert.equal(approved.status, 200);
    while ((await world.upstreamRefs())['refs/heads/main'] !== oid) await new Promise((next) => setImmediate(next));
    await must(world.git('bob', ['fetch', 'origin', oid], { cwd: other }));
    await must(world.git('bob', ['cat-file', '-e', blob], { cwd: other }));
  });
}
