// What doctor says of upstreams that are real, and what serve says when a credential is not there.
import assert from 'node:assert/strict';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openWorld, type UpstreamKind, type World } from '../support/world.ts';
import { runProgram } from './program.ts';

const SECRET: Readonly<Record<UpstreamKind, string>> = { http: 'upstream-password', ssh: 'upstream_key' };
const CONNECTED: Readonly<Record<UpstreamKind, RegExp>> = {
  http: /^ok {7}upstream http: 127\.0\.0\.1:\d+ accepts connections$/m,
  ssh: /^ok {7}upstream ssh: 127\.0\.0\.1 accepts our login, and its host key is pinned$/m,
};

for (const upstream of ['http', 'ssh'] as const) {
  describe(`doctor, in front of an ${upstream} upstream`, () => {
    let world: World;
    before(async () => {
      world = await openWorld({ upstream, program: true });
      await chmod(join(world.directory, SECRET[upstream]), 0o600);
      await chmod(world.dataDir, 0o700);
    });
    after(() => world.close());
    const doctor = (...args: string[]) => runProgram(['doctor', '--config', world.configFile, ...args]);

    test('asks for a repository as a fetch and a push would', async () => {
      const { code, stdout, stderr } = await doctor('--repo', 'acme/shop.git');
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, CONNECTED[upstream]);
      for (const what of ['fetch from', 'push to']) {
        assert.match(
          stdout,
          new RegExp(`^ok {7}${what} acme/shop\\.git: answered by upstream ${upstream}; refs: 1, `, 'm'),
        );
      }
    });

    test('says of a repository that is not there what the upstream says, and that no upstream serves another', async () => {
      const absent = await doctor('--repo', 'acme/none');
      assert.equal(absent.code, 1);
      assert.match(
        absent.stdout,
        /^fault {4}fetch from acme\/none: upstream \w+ says that it is not there, or not for us$/m,
      );
      assert.match(absent.stdout, /^fault {4}push to acme\/none: /m);
      const odd = await doctor('--repo', '../none');
      assert.match(odd.stdout, /^fault {4}repository \.\.\/none: no upstream serves this path$/m);
    });

    test('names a credential that cannot be read, once; serve starts, and warns', async () => {
      const file = join(world.directory, SECRET[upstream]);
      await world.stop();
      await rename(file, `${file}.away`);
      try {
        const { code, stdout, stderr } = await doctor();
        assert.equal(code, 1);
        assert.match(stdout, new RegExp(`^fault {4}credential main: file ${file} cannot be read \\(ENOENT\\)$`, 'm'));
        assert.match(stderr, /^sallyport: 1 fault found$/m);
        await world.start();
        await world.stop();
        const warned = (await readFile(world.logFile, 'utf8'))
          .split('\n')
          .filter((line) => line.includes('a credential cannot'));
        assert.equal(warned.length, 1);
        const { level, named, problem } = JSON.parse(warned[0] ?? '') as Record<string, string>;
        assert.deepEqual([level, named, problem], ['warn', 'main', `file ${file} cannot be read (ENOENT)`]);
      } finally {
        await rename(`${file}.away`, file);
      }
    });
  });
}

test('doctor names authorities and a revocation list that cannot be used', async (t) => {
  const world = await openWorld();
  t.after(() => world.close());
  await chmod(join(world.directory, SECRET.http), 0o600);
  const config = await readFile(world.configFile, 'utf8');
  const ssh = '{ certificates: { authorities: [none.pub, ca.pub], revoked: revoked } }';
  await writeFile(world.configFile, config.replace('identity: { local: true }', `identity: { ssh: ${ssh} }`));
  await writeFile(join(world.directory, 'ca.pub'), '# nobody\n');
  await writeFile(join(world.directory, 'revoked'), 'serial: seven\n');
  const { code, stdout } = await runProgram(['doctor', '--config', world.configFile]);
  assert.equal(code, 1);
  assert.match(stdout, /^fault {4}ssh authority: \S+none\.pub cannot be read \(ENOENT\)$/m);
  assert.match(
    stdout,
    /^fault {4}ssh authority: \S+ca\.pub names no authority\n {9}hint: it is a file of public keys/m,
  );
  assert.match(stdout, /^fault {4}ssh revocation list: \S+revoked: the revocation list is not usable: line 1$/m);
});
