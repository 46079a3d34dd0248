// Keys and certificates as people and admins use them: over the API and the command line, with real git and ssh.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Client } from '../../src/cli/client.ts';
import { obtainSshCertificate } from '../../src/cli/ssh-certificate.ts';
import { encodePkt, FLUSH } from '../../src/protocol/pkt-line.ts';
import { type Run as ProgramRun, runProgram } from '../cli/program.ts';
import { must, openWorld, run, type World, type WorldOptions } from '../support/world.ts';

async function worldOf(t: TestContext, options: WorldOptions = {}): Promise<World> {
  const world = await openWorld(options);
  t.after(() => world.close());
  return world;
}

function sshOf(world: World, name: string): string[] {
  return (world.environment(name)['GIT_SSH_COMMAND'] ?? '').split(' ').slice(1);
}

function target(world: World): string[] {
  const [host = '', port = ''] = world.ssh.split(':');
  return ['-p', port, `git@${host}`];
}

/** A connection that stays, with nothing running on it. */
async function openMaster(t: TestContext, world: World, name: string, options = sshOf(world, name)) {
  const directory = await mkdtemp(join(tmpdir(), 'master-'));
  const socket = join(directory, 's');
  const master = spawn('ssh', [...options, '-M', '-N', '-S', socket, ...target(world)], { stdio: 'ignore' });
  t.after(async () => {
    master.kill();
    await rm(directory, { recursive: true, force: true });
  });
  const over = (command: string) =>
    run('ssh', ['-S', socket, '-o', 'BatchMode=yes', ...target(world), command], world.environment(name), directory);
  while ((await run('ssh', ['-S', socket, '-O', 'check', 'x'], {}, directory)).code !== 0);
  return { ended: once(master, 'close'), over };
}

async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
  }
}

const newest = async (world: World) => {
  const { body } = await world.api('root', 'GET', '/api/v1/pushes');
  return (body as { id: number; state: string; principal: { name: string } }[])[0];
};

for (const [what, act] of [
  ['revoking the key', (world: World) => world.api('alice', 'DELETE', '/api/v1/keys/key-alice')],
  ['disabling the user', (world: World) => world.api('root', 'POST', '/api/v1/users/alice/disable', {})],
] as const) {
  test(`${what} ends an open ControlMaster connection at once, and no other`, async (t) => {
    const world = await worldOf(t);
    const alice = await openMaster(t, world, 'alice');
    const bob = await openMaster(t, world, 'bob');
    assert.match((await alice.over("git-upload-pack 'acme/shop.git'")).stdout, /refs\/heads\/main/);
    assert.ok((await act(world)).status < 300);
    await alice.ended;
    assert.match((await bob.over("git-upload-pack 'acme/shop.git'")).stdout, /refs\/heads\/main/);
  });

  test(`${what} refuses a push that is still being received`, async (t) => {
    const world = await worldOf(t);
    const push = spawn('ssh', [...sshOf(world, 'alice'), ...target(world), "git-receive-pack 'acme/shop.git'"]);
    push.stdin.on('error', () => {});
    push.stdout.resume();
    const command = encodePkt(`${'0'.repeat(40)} ${'a'.repeat(40)} refs/heads/half\0 report-status`);
    push.stdin.write(Buffer.concat([command, FLUSH, Buffer.from('PACK\0\0\0\x02\0\0\0\x05x')]));
    await until(async () => ((await newest(world))?.state === 'receiving' ? true : undefined));
    assert.ok((await act(world)).status < 300);
    await once(push, 'close');
    const ended = await until(async () => {
      const found = await newest(world);
      return found?.state === 'receiving' ? undefined : found;
    });
    assert.equal(ended?.state, 'refused');
    assert.equal((await world.upstreamRefs())['refs/heads/half'], undefined);
  });
}

test('a push that has reached the upstream lands, although its key is revoked meanwhile', async (t) => {
  let revoked: Promise<unknown> | undefined;
  const world = await worldOf(t, {
    onUpstreamBytes: (request) => {
      if (request.method === 'POST' && request.path.includes('receive-pack') && revoked === undefined) {
        revoked = world.api('root', 'DELETE', '/api/v1/keys/key-alice');
      }
    },
  });
  const clone = await world.clone('ssh', 'alice');
  const commit = await world.commit(clone, 'alice', { 'a.txt': 'a' });
  await world.git('alice', ['push', '-q', 'origin', 'HEAD:refs/heads/late'], { cwd: clone });
  await revoked;
  await until(async () => ((await newest(world))?.state === 'landed' ? true : undefined));
  assert.equal((await world.upstreamRefs())['refs/heads/late'], commit);
});

test('keys: many lines at once, each told apart; labels, expiry and a search by either fingerprint', async (t) => {
  const world = await worldOf(t);
  const directory = await mkdtemp(join(tmpdir(), 'keys-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const make = (name: string, ...kind: string[]) => {
    execFileSync('ssh-keygen', ['-q', '-N', '', '-C', `${name} key`, '-f', join(directory, name), ...kind]);
    return readFile(join(directory, `${name}.pub`), 'utf8');
  };
  const [first, second, weak] = [
    await make('first', '-t', 'ed25519'),
    await make('second', '-t', 'ecdsa'),
    await make('weak', '-t', 'rsa', '-b', '2048'),
  ];
  const bobs = sshOf(world, 'bob');
  const taken = await readFile(`${bobs[bobs.indexOf('-i') + 1]}.pub`, 'utf8');
  const env = { SALLYPORT_URL: world.http, SALLYPORT_TOKEN: world.token('alice') };
  const cli = (args: readonly string[], input = ''): Promise<ProgramRun> =>
    runProgram(args, { env, input, cwd: directory });
  const added = await cli(
    ['key', 'add', '-', '--label', 'work', '--expires', '90d'],
    `# from the forge\n${first}${weak}\n${second}${taken}`,
  );
  assert.equal(added.code, 0, added.stderr);
  assert.equal(added.stdout.match(/^added SHA256:\S+ for alice, key-/gm)?.length, 2);
  assert.match(added.stderr, /^line 3: the rsa key has 2048 bits/m);
  assert.match(added.stderr, /^line 6: this key is registered already; a key belongs to one user/m);
  for (const form of ['sha256', 'md5']) {
    const line = execFileSync('ssh-keygen', ['-l', '-E', form, '-f', join(directory, 'second')]).toString();
    const found = await cli(['key', 'ls', '--json', '--fingerprint', line.split(' ')[1] ?? '']);
    const keys = JSON.parse(found.stdout) as { label: string; comment: string; expiresAt: string }[];
    assert.deepEqual(
      keys.map(({ label, comment }) => [label, comment]),
      [['work', 'second key']],
    );
    const days = (Date.parse(keys[0]?.expiresAt ?? '') - Date.now()) / 86_400_000;
    assert.ok(days > 89 && days <= 90);
  }
  const again = await cli(['key', 'add', join(directory, 'first.pub')]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /registered already; a key belongs to one user/);
  const secret = await cli(['key', 'add', '-'], `${second}${await readFile(join(directory, 'first'), 'utf8')}`);
  assert.equal(secret.code, 1);
  assert.match(secret.stderr, /private key/);
});

test('a certificate from the gate: in a file, used by git, kept while it is good, revoked by its serial', async (t) => {
  const world = await worldOf(t);
  const home = await mkdtemp(join(tmpdir(), 'cert-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const file = join(home, 'key');
  const env = { SALLYPORT_URL: world.http, SALLYPORT_TOKEN: world.token('alice'), SSH_AUTH_SOCK: '', HOME: home };
  const cli = (...args: string[]) => runProgram(args, { env, cwd: home });
  const got = await cli('ssh-certificate', '--key', file);
  assert.match(got.stdout, /^got certificate \d+ for alice, beside /, got.stderr);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.match((await cli('ssh-certificate', '--key', file)).stdout, /^have certificate/);
  assert.deepEqual(await cli('ssh-certificate', '-q', '--key', file), { code: 0, stdout: '', stderr: '' });
  const options = sshOf(world, 'alice').map((part) => (part.endsWith('/alice') ? file : part));
  const environment = { ...world.environment('alice'), GIT_SSH_COMMAND: ['ssh', ...options].join(' ') };
  const clone = await mkdtemp(join(tmpdir(), 'clone-'));
  t.after(() => rm(clone, { recursive: true, force: true }));
  await must(run('git', ['clone', '-q', world.url('ssh', 'alice'), 'shop'], environment, clone));
  const serial = /certificate (\d+)/.exec(got.stdout)?.[1] ?? '';
  const { body } = await world.api('root', 'GET', '/api/v1/audit?type=admin.changed&limit=1000');
  assert.ok(JSON.stringify(body).includes(`"serial":"${serial}"`), 'issued on the record');
  // Nobody revokes, or sees, what is somebody else's.
  assert.equal((await world.api('mallory', 'POST', '/api/v1/ssh/revocations', { serial })).status, 404);
  assert.deepEqual((await world.api('mallory', 'GET', '/api/v1/ssh/certificates')).body, []);
  const master = await openMaster(t, world, 'alice', options);
  const fetch = () => run('git', ['ls-remote', world.url('ssh', 'alice')], environment, clone);
  await must(fetch());
  assert.match((await cli('certificate', 'revoke', serial, '-m', 'laptop lost')).stdout, /^revoked/);
  await master.ended;
  assert.notEqual((await fetch()).code, 0);
  assert.match((await cli('certificate', 'ls')).stdout, new RegExp(`${serial} +alice .*revoked`));
});

test('a certificate from the gate: in the ssh agent, with a key that is nowhere else', async (t) => {
  const world = await worldOf(t);
  const home = await mkdtemp(join(tmpdir(), 'agent-'));
  const socket = join(home, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  t.after(async () => {
    agent.kill();
    await rm(home, { recursive: true, force: true });
  });
  await until(() => stat(socket).catch(() => undefined));
  const env = { SALLYPORT_URL: world.http, SALLYPORT_TOKEN: world.token('alice'), SSH_AUTH_SOCK: socket, HOME: home };
  const cli = () => runProgram(['ssh-certificate'], { env, cwd: home });
  const got = await cli();
  assert.match(got.stdout, /^got certificate \d+ for alice, in the ssh agent/, got.stderr);
  assert.match((await cli()).stdout, /^have certificate/);
  const listed = execFileSync('ssh-add', ['-l'], { env: { ...process.env, ...env } }).toString();
  assert.match(listed, /^256 SHA256:\S+ sallyport http:\S+ \(ED25519-CERT\)\n$/);
  const known = sshOf(world, 'alice').find((part) => part.startsWith('UserKnownHostsFile=')) ?? '';
  const options = ['-F', '/dev/null', '-o', 'BatchMode=yes', '-o', known, '-o', 'StrictHostKeyChecking=yes'];
  const environment = { ...world.environment('alice'), SSH_AUTH_SOCK: socket };
  const done = await run('ssh', [...options, ...target(world), "git-upload-pack 'acme/shop.git'"], environment, home);
  assert.match(done.stdout, /refs\/heads\/main/, done.stderr);
});

test('a certificate is for people, for keys of theirs, and never longer than the token it was asked with', async (t) => {
  const world = await worldOf(t);
  const directory = await mkdtemp(join(tmpdir(), 'ask-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, 'k')]);
  const key = await readFile(join(directory, 'k.pub'), 'utf8');
  const ask = (name: string, body: unknown) => world.api(name, 'POST', '/api/v1/ssh/certificates', body);
  assert.equal((await ask('copilot', { key })).status, 403);
  assert.equal((await ask('alice', { key: 'nonsense' })).status, 422);
  assert.equal((await ask('alice', { key, principals: ['root'] })).status, 422);
  await world.api('bob', 'POST', '/api/v1/keys', { key });
  assert.equal((await ask('alice', { key })).status, 409);
  assert.equal((await ask('bob', { key })).status, 201);
  const token = await world.api('bob', 'POST', '/api/v1/tokens', { scopes: ['api'], expires: '5m' });
  const response = await fetch(`${world.http}/api/v1/ssh/certificates`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${(token.body as { token: string }).token}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ key }),
  });
  const issued = (await response.json()) as { validBefore: string };
  assert.ok(Date.parse(issued.validBefore) - Date.now() <= 5 * 60_000);
});

test('host keys: an admin publishes the next ones, and lets them take over', async (t) => {
  const world = await worldOf(t);
  const known = async () => (await (await fetch(`${world.http}/ssh/known_hosts`)).text()).trim().split('\n');
  const before = await known();
  assert.equal(before.length, 2);
  const rotate = (name: string, step: string) => world.api(name, 'POST', '/api/v1/ssh/host-keys/rotate', { step });
  assert.equal((await rotate('alice', 'prepare')).status, 403);
  assert.equal((await rotate('root', 'finish')).status, 409);
  assert.equal((await rotate('root', 'prepare')).status, 200);
  assert.equal((await rotate('root', 'prepare')).status, 409);
  const both = await known();
  assert.deepEqual(both.slice(0, 2), before);
  assert.equal(both.length, 4);
  const home = await mkdtemp(join(tmpdir(), 'known-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  await writeFile(join(home, 'known_hosts'), `${both.join('\n')}\n`);
  const git = world.environment('alice');
  const withKnown = (git['GIT_SSH_COMMAND'] ?? '').replace(
    /UserKnownHostsFile=\S+/,
    `UserKnownHostsFile=${home}/known_hosts`,
  );
  const list = () => run('git', ['ls-remote', world.url('ssh', 'alice')], { ...git, GIT_SSH_COMMAND: withKnown }, home);
  await must(list());
  assert.equal((await rotate('root', 'finish')).status, 200);
  assert.deepEqual((await known()).sort(), both.slice(2).sort());
  // Who took what was published notices nothing; who has only the old keys is warned.
  await must(list());
  assert.notEqual((await world.git('alice', ['ls-remote', world.url('ssh', 'alice')])).code, 0);
});

test('ssh_config renews the certificate by itself, shortly before it ends', async (t) => {
  const world = await worldOf(t);
  const home = await mkdtemp(join(tmpdir(), 'renew-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const file = join(home, 'key');
  const program = join(import.meta.dirname, '../../src/cli/sallyport.mjs');
  const command = `${process.execPath} ${program} ssh-certificate --quiet --key ${file}`;
  const known = sshOf(world, 'alice').find((part) => part.startsWith('UserKnownHostsFile=')) ?? '';
  await writeFile(
    join(home, 'config'),
    `Match host 127.0.0.1 exec "${command}"\n  IdentityFile ${file}\nHost *\n  BatchMode yes\n  ${known.replace('=', ' ')}\n`,
  );
  const environment = {
    ...world.environment('alice'),
    SALLYPORT_URL: world.http,
    SALLYPORT_TOKEN: world.token('alice'),
    GIT_SSH_COMMAND: `ssh -F ${join(home, 'config')} -o IdentitiesOnly=yes`,
  };
  await must(run('git', ['ls-remote', world.url('ssh', 'alice')], environment, home));
  const first = await readFile(`${file}-cert.pub`, 'utf8');
  await must(run('git', ['ls-remote', world.url('ssh', 'alice')], environment, home));
  assert.equal(await readFile(`${file}-cert.pub`, 'utf8'), first);
  const gate: Client = {
    offline: false,
    request: (method, path, body) => world.api('alice', method, path, body),
    close: async () => {},
  };
  const inMinutes = (minutes: number) =>
    obtainSshCertificate(async () => gate, { key: file, gate: 'x', now: Date.now() + minutes * 60_000 });
  assert.equal((await inMinutes(54)).outcome, 'kept');
  assert.equal((await inMinutes(56)).outcome, 'issued');
  assert.notEqual(await readFile(`${file}-cert.pub`, 'utf8'), first);
  await must(run('git', ['ls-remote', world.url('ssh', 'alice')], environment, home));
});
