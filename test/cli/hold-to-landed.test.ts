// The whole way with the real program, real git and a real upstream: held, looked at, approved, landed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWorld } from '../support/world.ts';
import { runProgram } from './program.ts';

test('a held push is approved on the command line and lands without being pushed again', async () => {
  const world = await openWorld({ program: true });
  try {
    const as = (name: string, ...args: readonly string[]) =>
      runProgram(args, {
        cwd: world.directory,
        env: { SALLYPORT_URL: world.http, SALLYPORT_TOKEN: world.token(name) },
      });
    const clone = await world.clone('http', 'alice');
    const oid = await world.commit(clone, 'alice', { 'infra/prod/db.tf': 'size = 2\n' });
    const pushed = await world.git('alice', ['push', 'origin', 'HEAD:main'], { cwd: clone });
    assert.equal(pushed.code, 1, pushed.stderr);
    assert.match(pushed.stderr, /held for approval: push 1/);

    const held = JSON.parse((await as('bob', 'push', 'ls', '--state', 'held', '--json')).stdout);
    assert.deepEqual([held[0].id, held[0].requirements[0].group], [1, 'sre']);
    assert.match((await as('bob', 'push', 'diff', '1')).stdout, /^\+size = 2$/m);
    assert.match((await as('bob', 'policy', 'explain', '1')).stdout, /production needs SRE/);

    assert.equal((await as('alice', 'push', 'approve', '1')).code, 1);
    const approved = await as('bob', 'push', 'approve', '1', '-m', 'fine');
    assert.equal(approved.code, 0, approved.stderr);
    const waited = await as('alice', 'push', 'wait', '1');
    assert.deepEqual([waited.code, waited.stdout], [0, 'push 1 has landed\n'], waited.stderr);
    assert.equal((await world.upstreamRefs())['refs/heads/main'], oid);

    const entries: { type: string; body: { updates?: object[] } }[] = JSON.parse(
      (await as('root', 'audit', 'search', '--push', '1', '--json')).stdout,
    );
    // Before anybody has looked at the objects nothing is said about what kind of update it is.
    assert.deepEqual(Object.keys(entries[0]?.body.updates?.[0] ?? {}).sort(), ['newOid', 'oldOid', 'refName']);
    const types = entries.map((entry) => entry.type);
    assert.deepEqual(
      types.filter((type: string) => type !== 'push.relay-claimed'),
      ['push.received', 'push.held', 'push.approved', 'push.released', 'push.landed'],
    );
  } finally {
    await world.close();
  }
});
