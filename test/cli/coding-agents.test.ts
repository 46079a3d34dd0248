// A sponsor with the program: an agent enrolled, kept to grants, granted something, stopped.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld, type World } from '../support/world.ts';
import { runProgram } from './program.ts';

let world: World;
before(async () => {
  world = await openWorld({ identity: '{ grants: { approvers: security } }' });
});
after(() => world.close());

async function as(name: string, ...args: readonly string[]) {
  const env = { SALLYPORT_URL: world.http, SALLYPORT_TOKEN: world.token(name) };
  return runProgram(args, { env });
}

async function done(name: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await as(name, ...args);
  assert.equal(code, 0, stderr);
  return stdout;
}

test('from enrolment to the end', async () => {
  assert.match(
    await done('alice', 'coding-agent', 'add', 'jet', '--grants-only'),
    /enrolled jet, which acts for alice/,
  );
  assert.match(await done('alice', 'coding-agent', 'ls'), /jet +alice +dev \(grants only\) +enabled/);
  const token = (await done('alice', 'token', 'create', '--user', 'jet', '--scope', 'git')).trim();
  const git = (url: string) => world.git('alice', ['ls-remote', url]);
  const url = `${world.http.replace('http://', `http://jet:${token}@`)}/acme/shop.git`;
  assert.notEqual((await git(url)).code, 0);

  const scope = ['--repo', 'acme/*', '--refs', 'copilot/*', '--paths', 'src/**', '--for', '2h'];
  const asked = await done('alice', 'grant', 'jet', ...scope, '-m', 'the parser');
  const [, id = ''] = /asked for (grant-\w+)/.exec(asked) ?? [];
  assert.match(await done('carol', 'grant', 'ls', '--state', 'asked'), new RegExp(`${id} +jet +asked`));
  assert.match(await done('carol', 'grant', 'give', id), /granted grant-\w+ to jet until/);
  assert.equal((await git(url)).code, 0);
  const [listed] = JSON.parse(await done('alice', 'grant', 'ls', '--json')) as { refs: string[]; reason: string }[];
  assert.deepEqual([listed?.refs, listed?.reason], [['refs/heads/copilot/*'], 'the parser']);
  assert.match(await done('alice', 'user', 'show', 'jet'), new RegExp(`grant ${id}: valid, acme/\\*`));

  assert.match(await done('alice', 'coding-agent', 'stop', 'jet', '-m', 'done'), /disabled jet/);
  assert.notEqual((await git(url)).code, 0);
  assert.match(await done('carol', 'grant', 'ls'), new RegExp(`${id} +jet +revoked`));
  assert.match(await done('root', 'user', 'enable', 'jet'), /enabled jet; their tokens, keys and grants stay revoked/);
  assert.match(
    await done('root', 'user', 'set', 'jet', '--groups', 'dev,sre', '--no-grants-only'),
    /jet is in dev, sre$/m,
  );
});

test('called wrongly, or by whoever may not, it says so', async () => {
  const usage = await as('alice', 'grant', 'copilot', '--repo', 'acme/*');
  assert.deepEqual([usage.code, /a grant is for repositories and a time/.test(usage.stderr)], [2, true]);
  assert.equal((await as('root', 'user', 'set', 'alice')).code, 2);
  const refused = await as('mallory', 'coding-agent', 'stop', 'copilot');
  assert.deepEqual([refused.code, /only an admin, or the sponsor/.test(refused.stderr)], [1, true]);
  const itself = await as('copilot', 'coding-agent', 'add', 'another');
  assert.deepEqual([itself.code, /only people sponsor/.test(itself.stderr)], [1, true]);
});
