// A false positive on the command line, with the real program: seen by reviewers, listed, revoked.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sampleSecret } from '../support/sample-secret.ts';
import { openWorld } from '../support/world.ts';
import { runProgram } from './program.ts';

const POLICY = `version: 1
defaults: { secrets: { exceptions: { group: security, expires: 12h } } }
rules: []
`;

test('an exception is asked for, seen, granted, listed and revoked on the command line', async () => {
  const world = await openWorld({ program: true, policy: POLICY });
  try {
    const as = (name: string, ...args: readonly string[]) =>
      runProgram(args, {
        cwd: world.directory,
        env: { SALLYPORT_URL: world.http, SALLYPORT_TOKEN: world.token(name) },
      });
    const value = sampleSecret('github-personal-access-token', 'command line');
    const clone = await world.clone('http', 'alice');
    await world.commit(clone, 'alice', { 'docs/sample.md': `token: ${value}\n` });
    const push = (...options: readonly string[]) =>
      world.git('alice', ['push', ...options, 'origin', 'HEAD:main'], { cwd: clone });
    assert.match((await push()).stderr, /ask for an exception: git push -o sallyport\.reason=/);
    assert.match((await push('-o', 'sallyport.reason=a sample')).stderr, /held for approval, push 2/);

    const shown = (await as('carol', 'push', 'show', '2')).stdout;
    assert.match(shown, /^ {2}reason {6}a sample$/m);
    assert.match(shown, /^ {2}finding: [0-9a-f]{12} docs\/sample\.md:1 .* fingerprint [0-9a-f]{32}$/m);
    assert.match(shown, /^ {2}asks security for 1 exception, 12h long$/m);
    assert.equal((await as('carol', 'push', 'approve', '2')).code, 0);
    assert.equal((await as('alice', 'push', 'wait', '2')).code, 0);
    assert.match((await as('alice', 'push', 'show', '2')).stdout, /^ {2}granted exception 1 for [0-9a-f]{32}$/m);

    const [head, row, ...more] = (await as('alice', 'exception', 'ls')).stdout.split('\n');
    assert.match(head ?? '', /^ID +STATE +REPO +RULE +MASKED +GRANTED BY +EXPIRES +PUSH +REASON$/);
    assert.match(row ?? '', /^1 +valid +acme\/shop +github-personal-access-token .* carol +\S+Z +2 +a sample$/);
    assert.deepEqual(more, ['']);
    const listed = JSON.parse((await as('carol', 'exception', 'ls', '--repo', 'acme/shop', '--json')).stdout);
    assert.deepEqual([listed.length, listed[0].id, listed[0].requestedBy], [1, 1, 'alice']);
    assert.deepEqual(JSON.parse((await as('carol', 'exception', 'ls', '--repo', 'acme/x', '--json')).stdout), []);

    const refused = await as('alice', 'exception', 'revoke', '1');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /only who may approve in acme\/shop and is of security/);
    assert.deepEqual((await as('carol', 'exception', 'revoke', '1')).stdout, 'revoked exception 1\n');
    assert.match((await as('carol', 'exception', 'revoke', '1')).stderr, /this exception is revoked already/);
    const revoked = JSON.parse((await as('root', 'audit', 'search', '--type', 'exception.revoked', '--json')).stdout);
    assert.deepEqual([revoked.length, revoked[0].actor, revoked[0].body.exception], [1, 'carol', 1]);

    const keys = join(world.directory, 'keys');
    assert.equal(statSync(join(keys, 'fingerprint.key')).mode & 0o777, 0o600);
    const key = readFileSync(join(keys, 'fingerprint.key'));
    const logged = readFileSync(world.logFile);
    const stored = readdirSync(world.dataDir).filter((name) => name.startsWith('sallyport.db'));
    for (const bytes of [logged, ...stored.map((name) => readFileSync(join(world.dataDir, name)))]) {
      for (const secret of [value, key, key.toString('hex'), key.toString('base64')]) {
        assert.equal(bytes.includes(secret), false);
      }
    }
  } finally {
    await world.close();
  }
});
