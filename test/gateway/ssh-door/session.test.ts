import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type ssh2 from 'ssh2';
import { closeOf, exec, openDoor, until } from './open-door.ts';

test('a command is served under the name that the key belongs to, whatever user name was given', async (t) => {
  const open = await openDoor(t);
  const alice = await open.addPerson('alice');
  const asGit = await open.ssh(alice, ["git-upload-pack 'acme/shop.git'"]);
  assert.deepEqual(asGit, { status: 0, stdout: 'alice git-upload-pack acme/shop.git -\n', stderr: '' });
  const asRoot = await open.ssh(alice, ["git receive-pack '/acme/shop.git'"], ['-l', 'root']);
  assert.equal(asRoot.stdout, 'alice git-receive-pack /acme/shop.git -\n');
  assert.equal(open.sessions[0]?.repo.repo, 'acme/shop');
  assert.match(open.sessions[0]?.remoteAddress ?? '', /127\.0\.0\.1$/);
});

test('GIT_PROTOCOL passes, other variables and odd values do not', async (t) => {
  const open = await openDoor(t);
  const alice = await open.addPerson('alice');
  const set = (pair: string) => open.ssh(alice, ["git-upload-pack 'a'"], ['-o', `SetEnv=${pair}`]);
  assert.equal((await set('GIT_PROTOCOL=version=2')).stdout, 'alice git-upload-pack a version=2\n');
  assert.equal((await set('GIT_PROTOCOL=version=1:x')).stdout, 'alice git-upload-pack a version=1\n');
  assert.equal((await set('GIT_PROTOCOL=version=2;id')).stdout, 'alice git-upload-pack a -\n');
  assert.equal((await set(`GIT_PROTOCOL=${'v'.repeat(300)}`)).stdout, 'alice git-upload-pack a -\n');
  assert.equal((await set('LD_PRELOAD=/tmp/x.so')).stdout, 'alice git-upload-pack a -\n');
});

test('a shell is not offered, politely', async (t) => {
  const open = await openDoor(t);
  const alice = await open.addPerson('alice');
  const shell = await open.ssh(alice, [], ['-T']);
  assert.deepEqual(shell, {
    status: 1,
    stdout: '',
    stderr: 'sallyport: hello alice, shell access is not offered\n',
  });
  const terminal = await open.ssh(alice, [], ['-tt']);
  assert.match(terminal.stderr, /PTY allocation request failed/);
});

test('sftp and forwarding are refused', async (t) => {
  const open = await openDoor(t);
  const alice = await open.addPerson('alice');
  const sftp = await open.ssh(alice, ['sftp'], ['-s']);
  assert.equal(sftp.status, 255);
  assert.match(sftp.stderr, /subsystem request failed/);
  const forward = await open.ssh(alice, [], ['-N', '-o', 'ExitOnForwardFailure=yes', '-R', '0:127.0.0.1:1']);
  assert.equal(forward.status, 255);
  assert.match(forward.stderr, /remote port forwarding failed/);
  const stdio = await open.ssh(alice, [], ['-W', '127.0.0.1:22']);
  assert.equal(stdio.status, 255);
  assert.match(stdio.stderr, /administratively prohibited/);

  const client = await open.client(alice);
  const refusals = [
    (done: (error: Error | undefined) => void) => client.forwardOut('127.0.0.1', 1, '127.0.0.1', 22, done),
    (done: (error: Error | undefined) => void) => client.openssh_forwardOutStreamLocal('/tmp/x', done),
    (done: (error: Error | undefined) => void) => client.forwardIn('127.0.0.1', 0, done),
    (done: (error: Error | undefined) => void) => client.exec("git-upload-pack 'a'", { x11: true }, done),
    (done: (error: Error | undefined) => void) => client.exec("git-upload-pack 'a'", { pty: true }, done),
    (done: (error: Error | undefined) => void) => client.sftp(done),
  ];
  for (const refusal of refusals) {
    const error = await new Promise<Error | undefined>((resolve) => refusal((failure) => resolve(failure)));
    assert.ok(error instanceof Error, refusal.toString());
  }
  assert.equal(open.sessions.length, 0);
  // … and the connection has survived all of it.
  const { channel } = await exec(client, "git-upload-pack 'a'");
  assert.equal(await text(channel), 'alice git-upload-pack a -\n');
});

test('hostile and foreign commands are refused with exit 128 and serve nothing', async (t) => {
  const open = await openDoor(t);
  const alice = await open.addPerson('alice');
  const client = await open.client(alice);
  const commands = [
    "git-upload-pack 'a'; id",
    "git-upload-pack 'a' && id",
    "git-upload-pack 'a'|id",
    "git-upload-pack '$(id)",
    'git-upload-pack $(id)',
    'git-upload-pack `id`',
    'git-upload-pack "a"',
    "git-upload-pack 'a'\nid",
    "git-upload-pack 'a\0b'",
    "git-upload-pack 'a' 'b'",
    "git-upload-pack --strict 'a'",
    "git-upload-pack '--upload-pack=id'",
    "git-receive-pack '-x'",
    "git-upload-pack '../etc'",
    "git-upload-pack 'a/../b'",
    "git-upload-pack '~root/x'",
    "git-upload-pack 'a//b'",
    "git-upload-pack ''",
    'git-upload-pack',
    "git-shell -c 'id'",
    "sh -c 'git-upload-pack a'",
    "GIT_DIR=/ git-upload-pack 'a'",
    "  git-upload-pack 'a'",
    "git-upload-pack 'caf\u00e9\u202e'",
    "git-upload-pack 'bad\ufffdutf8'",
    `git-upload-pack '${'a/'.repeat(2000)}'`,
    'scp -t /tmp',
    '',
  ];
  for (const command of commands) {
    const { channel, exit } = await exec(client, command);
    const [stdout, stderr, status] = await Promise.all([text(channel), text(channel.stderr), exit]);
    assert.equal(status, 128, command);
    assert.equal(stdout, '');
    assert.match(stderr, /^sallyport: [^\n]+\nhint: [^\n]+\n$/, command);
  }
  assert.equal(open.sessions.length, 0);
});

test('git archive and git-lfs are told where to go', async (t) => {
  const open = await openDoor(t);
  const alice = await open.addPerson('alice');
  const archive = await open.ssh(alice, ["git-upload-archive 'a.git'"]);
  assert.equal(archive.status, 1);
  assert.match(archive.stderr, /^sallyport: git archive --remote is not offered\nhint: /);
  const lfs = await open.ssh(alice, ['git-lfs-authenticate a.git download']);
  assert.equal(lfs.status, 1);
  assert.match(lfs.stderr, /^sallyport: git-lfs over ssh is not offered\nhint: /);
});

test('one connection carries many sessions, and each asks again whether the key is still accepted', async (t) => {
  const open = await openDoor(t);
  const alice = await open.addPerson('alice');
  const socket = join(open.dir, 'control');
  const shared = ['-o', 'ControlMaster=auto', '-o', `ControlPath=${socket}`, '-o', 'ControlPersist=60'];
  // With ControlPersist the first client leaves a master behind that keeps stderr open: start it by itself.
  const master = spawn('ssh', [...open.sshArguments(alice, shared), '-MN', 'git@127.0.0.1'], { stdio: 'ignore' });
  t.after(() => master.kill());
  await until(() => open.used.length === 1);
  const outputs = await Promise.all(
    ['a', 'b', 'c', 'd'].map((repo) => open.ssh(alice, [`git-upload-pack '${repo}'`], shared)),
  );
  assert.deepEqual(
    outputs.map(({ stdout }) => stdout),
    ['a', 'b', 'c', 'd'].map((repo) => `alice git-upload-pack ${repo} -\n`),
  );
  assert.equal(open.used.length, 1);

  open.people.clear();
  const revoked = await open.ssh(alice, ["git-upload-pack 'a'"], shared);
  assert.equal(revoked.status, 1);
  assert.match(revoked.stderr, /^sallyport: this key is no longer accepted\nhint: /);
});

test('the exit status is what serve resolved to, after every byte of both streams', async (t) => {
  const open = await openDoor(t, {
    serve: async ({ output, errors, path }) => {
      output.write(Buffer.alloc(3_000_000, 'o'));
      errors.write('x'.repeat(100_000));
      output.end('end');
      return Number(path);
    },
  });
  const alice = await open.addPerson('alice');
  for (const status of [0, 1, 128, 255]) {
    const ended = await open.ssh(alice, [`git-upload-pack '${status}'`]);
    assert.equal(ended.status, status);
    assert.equal(ended.stdout.length, 3_000_003);
    assert.ok(ended.stdout.endsWith('oend'));
    assert.equal(ended.stderr.length, 100_000);
  }
});

test('the end comes as exit-status, EOF, close', async (t) => {
  const open = await openDoor(t);
  const trace: string[] = [];
  const client = await open.client(await open.addPerson('alice'), {
    debug: (line) => {
      const seen =
        /Inbound: (?:Received )?(CHANNEL_DATA|CHANNEL_EOF|CHANNEL_CLOSE|CHANNEL_REQUEST)(?:.*(exit-status: \d+))?/;
      const [, message, status] = seen.exec(line) ?? [];
      if (message !== undefined) trace.push(status ?? message);
    },
  });
  const { channel } = await exec(client, "git-upload-pack 'a'");
  channel.resume();
  await once(channel, 'close');
  assert.deepEqual(trace, ['CHANNEL_DATA', 'exit-status: 0', 'CHANNEL_EOF', 'CHANNEL_CLOSE']);
});

test('a failing serve ends with exit 1 and an id, never with its message', async (t) => {
  const open = await openDoor(t, {
    serve: async () => {
      throw new Error('postgres://user:hunter2@db refused');
    },
  });
  const ended = await open.ssh(await open.addPerson('alice'), ["git-upload-pack 'a'"]);
  assert.equal(ended.status, 1);
  assert.match(ended.stderr, /^sallyport: internal error ([0-9a-f]{8})\nhint: /);
  const id = /error ([0-9a-f]{8})/.exec(ended.stderr)?.[1];
  assert.ok(open.logged.some((line) => line['id'] === id && line.level === 'error'));
});

test('of a thousand channel opens ten get a channel, and then the connection is lost', async (t) => {
  const open = await openDoor(t, { serve: (session) => once(session.signal, 'abort').then(() => 0) });
  const client = await open.client(await open.addPerson('alice'));
  const tryOne = () => exec(client, "git-upload-pack 'a'").then(...[() => true, () => false]);
  const first = await Promise.all(Array.from({ length: 60 }, tryOne));
  assert.deepEqual(
    first,
    Array.from({ length: 60 }, (_, at) => at < 10),
  );
  const closed = closeOf(client);
  for (let at = 60; at < 1000; at++) client.exec("git-upload-pack 'a'", () => {});
  await closed;
  assert.equal(open.sessions.length, 10);
  assert.ok(open.sessions.every(({ signal }) => signal.aborted));
  assert.ok(open.logged.some((line) => line['cause'] === 'too many channels'));
});

test('a channel closed before it ran anything is answered and forgotten', async (t) => {
  const open = await openDoor(t);
  const client = await open.client(await open.addPerson('alice'));
  const { _chanMgr } = client as unknown as { _chanMgr: { _channels: Record<string, ssh2.ClientChannel> } };
  for (let at = 0; at < 25; at++) {
    const failed = await new Promise<Error | undefined>((resolve) => client.subsys('no', (error) => resolve(error)));
    assert.match(failed?.message ?? '', /subsystem/);
    const [channel] = Object.values(_chanMgr._channels);
    assert.ok(channel !== undefined);
    const closed = once(channel, 'close');
    channel.resume();
    channel.close();
    await closed;
  }
  const { channel } = await exec(client, "git-upload-pack 'still-alive'");
  assert.equal(await text(channel), 'alice git-upload-pack still-alive -\n');
});

test('a second command on one channel is not run', async (t) => {
  const open = await openDoor(t, { serve: (session) => once(session.signal, 'abort').then(() => 0) });
  const client = await open.client(await open.addPerson('alice'));
  const { channel } = await exec(client, "git-upload-pack 'a'");
  const { _client, outgoing } = channel as unknown as {
    _client: { _protocol: { exec(id: number, command: string, wantReply: boolean): void } };
    outgoing: { id: number };
  };
  _client._protocol.exec(outgoing.id, "git-upload-pack 'b'", false);
  const other = await exec(client, "git-upload-pack 'c'"); // answered after the one before
  assert.deepEqual(
    open.sessions.map(({ path }) => path),
    ['a', 'c'],
  );
  other.channel.close();
  channel.close();
});

test('signal and streams tell that a client closed its channel, and the connection lives on', async (t) => {
  const ended = Promise.withResolvers<unknown>();
  const open = await openDoor(t, {
    serve: async (session) => {
      if (session.path === 'b') return 0;
      try {
        for await (const _ of session.input);
        ended.resolve('clean end');
      } catch (error) {
        assert.ok(session.signal.aborted);
        ended.resolve(error);
      }
      return 0;
    },
  });
  const client = await open.client(await open.addPerson('alice'));
  const { channel } = await exec(client, "git-receive-pack 'a'");
  channel.write('half a pa');
  channel.close();
  assert.match(String(await ended.promise), /the client closed the channel/);
  assert.equal(await (await exec(client, "git-upload-pack 'b'")).exit, 0);
});

test('recheck ends the connections of those who no longer count, with their sessions, and no others', async (t) => {
  const open = await openDoor(t, { serve: (session) => once(session.signal, 'abort').then(() => 0) });
  const [alice, bob] = [await open.addPerson('alice'), await open.addPerson('bob')];
  const [first, second] = [await open.client(alice), await open.client(bob)];
  await exec(first, "git-upload-pack 'a'");
  const closed = closeOf(first);
  assert.equal(await open.door.recheck(), 0);
  open.people.delete(alice.fingerprint);
  assert.equal(await open.door.recheck(), 1);
  await closed;
  assert.ok(open.sessions[0]?.signal.aborted);
  await exec(second, "git-upload-pack 'b'");
  assert.equal(open.sessions[1]?.signal.aborted, false);
});

test('a graceful close lets what runs end, takes nothing new and then is gone', async (t) => {
  const go = Promise.withResolvers<void>();
  const open = await openDoor(t, {
    serve: async ({ output }) => {
      await go.promise;
      output.write('done\n');
      return 0;
    },
  });
  const alice = await open.addPerson('alice');
  const idle = await open.client(alice);
  const idleClosed = closeOf(idle);
  const busy = await open.client(alice);
  const { channel, exit } = await exec(busy, "git-upload-pack 'a'");
  const output = text(channel);
  const closing = open.door.close(60_000);
  await idleClosed;
  const refused = await new Promise<Error | undefined>((resolve) => busy.exec('x', (error) => resolve(error)));
  assert.ok(refused instanceof Error);
  assert.match((await open.ssh(alice, ['x'])).stderr, /Connection refused/);
  go.resolve();
  assert.equal(await output, 'done\n');
  assert.equal(await exit, 0);
  await closing;
  assert.equal(open.door.connections(), 0);
});

test('a graceful close cuts what does not end in time', async (t) => {
  const open = await openDoor(t, { serve: (session) => once(session.signal, 'abort').then(() => 0) });
  const client = await open.client(await open.addPerson('alice'));
  client.on('error', () => {});
  await exec(client, "git-upload-pack 'a'");
  await open.door.close(10);
  assert.ok(open.sessions[0]?.signal.aborted);
  assert.equal(open.door.connections(), 0);
});

test('a killed client aborts the signal of its session', async (t) => {
  const open = await openDoor(t, {
    serve: async (session) => {
      session.output.on('error', () => {});
      const feed = () => void session.output.write(Buffer.alloc(65536), (error) => (error ? undefined : feed()));
      feed();
      await once(session.signal, 'abort');
      return 0;
    },
  });
  const alice = await open.addPerson('alice');
  const child = spawn('ssh', [...open.sshArguments(alice), 'git@127.0.0.1', "git-upload-pack 'a'"]);
  child.stdout.resume();
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  const signal = open.sessions[0]?.signal;
  assert.ok(signal !== undefined);
  if (!signal.aborted) await once(signal, 'abort');
  await until(() => open.door.connections() === 0);
});
