// Agents as their admin and their operator see them: join tokens, the list, another name, the end; and what doctor says on
// an agent's machine.
import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseJoinToken } from '../../src/domain/join-token.ts';
import { openWorld, type World } from '../support/world.ts';
import { runProgram } from './program.ts';

describe('agents, from the command line', { concurrency: 1 }, () => {
  let world: World;
  before(async () => {
    world = await openWorld({ agent: 'remote', program: true });
    await chmod(join(world.directory, 'upstream-password'), 0o600);
  });
  after(() => world.close());
  const as = (name: string, ...args: string[]) =>
    runProgram(args, { env: { SALLYPORT_URL: world.http, SALLYPORT_TOKEN: world.token(name) } });
  const listed = async () =>
    JSON.parse((await as('root', 'agent', 'ls', '--json')).stdout) as Record<string, unknown>[];

  test('ls shows who is there, with version, upstreams, health and until when', async () => {
    const { stdout } = await as('root', 'agent', 'ls');
    assert.match(stdout, /^NAME +STATE +LINKS +PING +VERSION +UPSTREAMS +LAST SEEN +CERTIFICATE UNTIL +ID$/m);
    assert.match(stdout, /^dc1 +connected +[12] +\S+(?: ms)? +\d+\.\d+\.\d+ +http +\d{4}-/m);
    const [agent] = await listed();
    assert.deepEqual([agent?.['name'], agent?.['state'], agent?.['upstreams']], ['dc1', 'connected', ['http']]);
  });

  test('only an admin sees them or makes a join token', async () => {
    for (const args of [
      ['agent', 'ls'],
      ['agent-token', 'create', 'dc9'],
      ['agent', 'revoke', 'dc1'],
      ['agent', 'rename', 'dc1', 'dc2'],
    ]) {
      const { code, stderr } = await as('bob', ...args);
      assert.equal(code, 1);
      assert.match(stderr, /only an admin may do this/);
    }
  });

  test('a join token is printed alone, once, and the trail has everything of it but its text', async () => {
    const { stdout } = await as('root', 'agent-token', 'create', 'dc2', '--expires', '10m');
    const token = parseJoinToken(stdout.trim());
    assert.ok(token, stdout);
    const trail = await as('root', 'audit', 'search', '--type', 'admin.changed', '--json');
    assert.match(trail.stdout, /join token created/);
    assert.equal(trail.stdout.includes(token.secret), false);
    const tooLong = await as('root', 'agent-token', 'create', 'dc2', '--expires', '30d');
    assert.match(tooLong.stderr, /a duration of 7d at most/);
  });

  test('doctor on its machine: the gateway, the clock, the upstream, and what the credential may', async () => {
    const agent = world.agents[0] ?? assert.fail();
    const doctor = (...args: string[]) => runProgram(['doctor', '--config', agent.configFile, '--upstream', ...args]);
    const well = await doctor('http', '--repo', 'acme/shop');
    assert.equal(well.code, 0, well.stdout);
    for (const line of [
      /^ok {7}gateway: 127\.0\.0\.1:\d+ is the one that this agent joined$/m,
      /^ok {7}clock: as the gateway's$/m,
      /^ok {7}upstream http: 127\.0\.0\.1:\d+ accepts connections$/m,
      /^ok {7}read acme\/shop: answered by upstream http; refs: 1/m,
      /^ok {7}write acme\/shop: answered by upstream http/m,
      /^ok {7}rights at http: nobody writes there without a credential/m,
    ]) {
      assert.match(well.stdout, line);
    }
    const unknown = await doctor('other');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stdout, /lists no upstream other\n +hint: it has http$/m);
    const password = join(world.directory, 'upstream-password');
    const text = await readFile(password, 'utf8');
    await writeFile(password, 'another');
    const refused = await doctor('http', '--repo', 'acme/shop');
    await writeFile(password, text);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stdout,
      /^fault {4}write acme\/shop: upstream http says that it is not there, or not for us$/m,
    );
    assert.doesNotMatch(refused.stdout, /another|rights at/);
  });

  test('by another name its upstreams know it no longer; revoked, its process ends and says why', async () => {
    const agent = world.agents[0] ?? assert.fail();
    assert.equal((await as('root', 'agent', 'rename', 'dc1', 'dc5')).code, 0);
    const work = await world.git('alice', ['ls-remote', world.url('http', 'alice')]);
    assert.match(work.stderr, /the agent for this repository is not connected/);
    assert.equal((await as('root', 'agent', 'rename', 'dc5', 'dc1')).code, 0);
    assert.equal((await world.git('alice', ['ls-remote', world.url('http', 'alice')])).code, 0);
    assert.equal((await as('root', 'agent', 'revoke', 'dc1')).code, 0);
    assert.equal((await listed())[0]?.['state'], 'revoked');
    const again = await as('root', 'agent', 'revoke', 'dc1');
    assert.match(again.stderr, /no such thing/);
    const run = await runProgram(['agent', '--config', agent.configFile]);
    assert.equal(run.code, 1);
    assert.match(
      run.stderr,
      /^sallyport: the gateway refuses this agent: this agent was revoked\nhint: `sallyport agent-token create dc1`/m,
    );
  });
});

test('a gateway that takes no agents says so', async (t) => {
  const world = await openWorld({ agent: 'embedded', program: true });
  t.after(() => world.close());
  const env = { SALLYPORT_URL: world.http, SALLYPORT_TOKEN: world.token('root') };
  const { code, stderr } = await runProgram(['agent-token', 'create', 'dc1'], { env });
  assert.equal(code, 1);
  assert.match(stderr, /this gateway takes no agents\nhint: set gateway\.agents\.listen/);
});
