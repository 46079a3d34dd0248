// An exception that ends between the look and the record: the gateway stands still in between, another process revokes.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../src/adapters/store/store.ts';
import { sampleSecret } from '../support/sample-secret.ts';
import { must, openWorld } from '../support/world.ts';

const POLICY = `version: 1
defaults: { secrets: { exceptions: { group: security } } }
rules: []
`;

const nextTurn = () => new Promise((next) => setImmediate(next));

test('a push whose exception is revoked after it was looked at, and before that is on record, is refused', async () => {
  const world = await openWorld({ program: true, policy: POLICY });
  let goOn = () => {};
  try {
    const armed = join(world.directory, 'fail-point');
    await world.stop();
    await world.start({ SALLYPORT_FAIL_POINT: `@${armed}` });
    const { pid } = JSON.parse(readFileSync(join(world.dataDir, 'gateway.json'), 'utf8')) as { pid: number };
    goOn = () => void process.kill(pid, 'SIGCONT');
    const clone = await world.clone('http', 'alice');
    const value = sampleSecret('github-personal-access-token', 'revoked meanwhile');
    await world.commit(clone, 'alice', { 'docs/sample.md': `token: ${value}\n` });
    const push = (branch: string, ...options: readonly string[]) =>
      world.git('alice', ['push', ...options, 'origin', `HEAD:refs/heads/${branch}`], { cwd: clone });
    assert.match((await push('asked', '-o', 'sallyport.reason=a sample')).stderr, /held for approval, push 1/);
    assert.equal((await world.api('carol', 'POST', '/api/v1/pushes/1/approve', { comment: '' })).status, 200);
    while ((await world.upstreamRefs())['refs/heads/asked'] === undefined) await nextTurn();
    await must(world.git('alice', ['checkout', '-q', '-b', 'again', 'origin/main'], { cwd: clone }));
    await world.commit(clone, 'alice', { 'docs/again.md': `token: ${value}\n` });

    writeFileSync(armed, 'before-intent:stop');
    const pushing = push('again');
    while (existsSync(armed)) await nextTurn();
    const clock = { now: () => Date.now() };
    const store = await openStore({
      file: join(world.dataDir, 'sallyport.db'),
      auditDir: join(world.dataDir, 'audit'),
      clock,
    });
    const revoked = await store.exceptions.revoke(1, 'carol', { type: 'exception.revoked', actor: 'carol', body: {} });
    assert.equal(revoked?.state, 'revoked');
    await store.close();
    goOn();

    const pushed = await pushing;
    assert.match(pushed.stderr, /refused: exception\)/);
    assert.match(pushed.stderr, /an exception for what was found in it has just ended/);
    assert.equal((await world.upstreamRefs())['refs/heads/again'], undefined);
    assert.match((await push('again')).stderr, /refused: default: secrets/);
  } finally {
    goOn();
    await world.close();
  }
});
