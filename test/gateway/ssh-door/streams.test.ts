import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import type ssh2 from 'ssh2';
import type { SshGitSession } from '../../../src/gateway/ssh-door/session.ts';
import { closeOf, exec, openDoor, until } from './open-door.ts';

const MIB = 1024 * 1024;

test('100 MB each way arrive whole while the client rekeys every 5 MB', async (t) => {
  const open = await openDoor(t, { serve: echo });
  const alice = await open.addPerson('alice');
  assert.equal(await roundTrip(open.sshArguments(alice, ['-o', 'RekeyLimit=5M']), 100 * MIB), 'same');
});

test('data arrives whole while the door itself rekeys every megabyte', async (t) => {
  const open = await openDoor(t, { serve: echo, limits: { rekeyBytes: MIB } });
  const alice = await open.addPerson('alice');
  assert.equal(await roundTrip(open.sshArguments(alice), 30 * MIB), 'same');
  const client = await open.client(alice);
  let rekeys = 0;
  client.on('handshake', () => {
    rekeys += 1;
  });
  const { channel } = await exec(client, "git-upload-pack 'a'");
  const back = text(channel);
  for (let at = 0; at < 8; at++) if (!channel.write('x'.repeat(MIB))) await once(channel, 'drain');
  channel.end();
  assert.equal((await back).length, 8 * MIB);
  assert.ok(rekeys >= 4, `${rekeys} rekeys`);
});

test('the door rekeys by time as well', async (t) => {
  const open = await openDoor(t, { limits: { rekeyMs: 1 } });
  const client = await open.client(await open.addPerson('alice'));
  const rekeyed = new Promise((resolve) => client.once('handshake', () => resolve(undefined)));
  await exec(client, "git-upload-pack 'a'");
  await rekeyed;
});

test('a rekey storm loses the connection', async (t) => {
  const open = await openDoor(t);
  const client = await open.client(await open.addPerson('alice'));
  const closed = closeOf(client);
  const { _protocol } = client as unknown as { _protocol: { rekey(): void } };
  client.on('handshake', () => _protocol.rekey());
  _protocol.rekey();
  await closed;
  assert.ok(open.logged.some((line) => line['cause'] === 'too many key exchanges'));
});

test('a key exchange that a client starts and never ends holds up the output, then loses the connection', async (t) => {
  let written = 0;
  const open = await openDoor(t, {
    limits: { loginGraceMs: 500 },
    serve: async ({ output, signal }) => {
      const feed = () =>
        void output.write(Buffer.alloc(MIB), (error) => {
          if (error) return;
          written += MIB;
          feed();
        });
      feed();
      await once(signal, 'abort');
      return 0;
    },
  });
  const client = await open.client(await open.addPerson('alice'));
  const { channel } = await exec(client, "git-upload-pack 'a'");
  // KEXINIT goes out, and what comes back is never answered; ssh2's server takes all it gets meanwhile into a queue.
  const { _protocol } = client as unknown as { _protocol: { rekey(): void } };
  widen(channel, 2 ** 31);
  _protocol.rekey();
  socketOf(client).pause();
  await until(() => open.door.connections() === 0);
  assert.ok(written < 50 * MIB, `${written / MIB} MiB`);
  assert.ok(open.logged.some((line) => line['cause'] === 'the key exchange does not end'));
});

test('clients with a huge window that do not read cost a bounded amount of memory', async (t) => {
  const written: number[] = [];
  const open = await openDoor(t, {
    serve: async ({ output, signal, path }) => {
      const at = Number(path);
      written[at] = 0;
      const chunk = Buffer.alloc(MIB);
      // Not Writable's own count: what passed on is what was called back.
      const feed = () =>
        void output.write(chunk, (error) => {
          if (error) return;
          written[at] = (written[at] ?? 0) + chunk.length;
          if ((written[at] ?? 0) < 400 * MIB) feed();
        });
      feed();
      await once(signal, 'abort');
      return 0;
    },
  });
  const alice = await open.addPerson('alice');
  const clients = await Promise.all([0, 1, 2, 3].map(() => open.client(alice)));
  const before = process.memoryUsage().rss;
  for (const [at, client] of clients.entries()) {
    const { channel } = await exec(client, `git-upload-pack '${at}'`);
    widen(channel, 2 ** 31);
    socketOf(client).pause();
  }
  // The kernel's own buffers on loopback take a few megabytes, then nothing moves any more.
  let last = -1;
  const total = () => written.reduce((sum, bytes) => sum + bytes, 0);
  for (let still = 0; still < 20; await new Promise((resolve) => setTimeout(resolve, 10))) {
    still = total() === last && written.length === 4 ? still + 1 : 0;
    last = total();
  }
  assert.ok(total() < 100 * MIB, `${total() / MIB} MiB`);
  assert.ok(process.memoryUsage().rss - before < 200 * MIB);
});

test('a client that writes past the window loses the connection', async (t) => {
  const open = await openDoor(t, { serve: (session) => once(session.signal, 'abort').then(() => 0) });
  const client = await open.client(await open.addPerson('alice'));
  const closed = closeOf(client);
  const { channel } = await exec(client, "git-receive-pack 'a'");
  ignoreWindow(channel);
  channel.on('error', () => {});
  const chunk = Buffer.alloc(MIB - 7); // ssh2 by itself drops what comes at a window of exactly 0, and only that
  for (let at = 0; at < 300; at++) {
    if (socketOf(client).destroyed) break;
    channel.write(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed;
  assert.ok(open.sessions[0]?.signal.aborted);
  assert.ok(open.logged.some((line) => line['cause'] === 'the client ignores the channel window'));
});

test('a client that stays within the window waits for a slow reader, and nothing is lost', async (t) => {
  const open = await openDoor(t, {
    serve: async ({ input, output }) => {
      const hash = createHash('sha256');
      for await (const chunk of input) {
        hash.update(chunk as Buffer);
        await new Promise((resolve) => setImmediate(resolve));
      }
      output.write(hash.digest('hex'));
      return 0;
    },
  });
  const content = Buffer.alloc(12 * MIB, 'slow');
  const { channel } = await exec(await open.client(await open.addPerson('alice')), "git-receive-pack 'a'");
  channel.end(content);
  assert.equal(await text(channel), createHash('sha256').update(content).digest('hex'));
});

test('stdout and stderr keep their bytes and their order when both wait for a small window', async (t) => {
  const open = await openDoor(t, {
    serve: async ({ output, errors }) => {
      for (let at = 0; at < 40; at++) {
        output.write(`${at}:${'o'.repeat(997)}`);
        errors.write(`${at}:${'e'.repeat(997)}`);
      }
      return 0;
    },
  });
  const client = await open.client(await open.addPerson('alice'));
  const collect = narrow(client, 1500);
  const { channel, exit } = await exec(client, "git-upload-pack 'a'");
  const { stdout, stderr } = await collect(channel);
  const expected = (letter: string) => Array.from({ length: 40 }, (_, at) => `${at}:${letter.repeat(997)}`).join('');
  assert.equal(stdout, expected('o'));
  assert.equal(stderr, expected('e'));
  assert.equal(await exit, 0);
});

test('a channel with packets of no size loses the connection instead of spinning', async (t) => {
  const open = await openDoor(t);
  const client = await open.client(await open.addPerson('alice'));
  const { _protocol } = client as unknown as { _protocol: { session(id: number, window: number, size: number): void } };
  const closed = closeOf(client);
  _protocol.session(7, MIB, 0);
  await closed;
  assert.ok(open.logged.some((line) => line['cause'] === 'unusable packet size'));
});

test('data after EOF does not stop the gateway', async (t) => {
  const open = await openDoor(t, { serve: (session) => once(session.signal, 'abort').then(() => 0) });
  const alice = await open.addPerson('alice');
  const client = await open.client(alice);
  const { channel } = await exec(client, "git-receive-pack 'a'");
  const { outgoing, _client } = channel as unknown as {
    outgoing: { id: number };
    _client: {
      _protocol: { channelEOF(id: number): void; channelData(id: number, data: Buffer): void };
    };
  };
  _client._protocol.channelEOF(outgoing.id);
  for (let at = 0; at < 10; at++) _client._protocol.channelData(outgoing.id, Buffer.alloc(1000));
  client.end();
  await until(() => open.sessions[0]?.signal.aborted === true);
  assert.equal((await open.ssh(alice, ['x'])).status, 128);
});

test('a client that floods requests and reads no reply loses the connection', async (t) => {
  const open = await openDoor(t, {
    serve: async ({ output, signal }) => {
      output.write(Buffer.alloc(30 * MIB)); // fills the kernel's buffers first
      await once(signal, 'abort');
      return 0;
    },
  });
  const client = await open.client(await open.addPerson('alice'));
  const closed = closeOf(client);
  const { channel } = await exec(client, "git-upload-pack 'a'");
  widen(channel, 2 ** 31);
  const { _protocol } = client as unknown as { _protocol: { ping(): void } };
  const socket = socketOf(client);
  socket.pause();
  while (open.door.connections() > 0) {
    socket.cork();
    for (let at = 0; at < 2000 && socket.writableLength < MIB; at++) _protocol.ping();
    socket.uncork();
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.resume();
  await closed;
  assert.ok(open.logged.some((line) => line['cause'] === 'the client does not read our replies'));
});

test('a client that never takes the answer is cut after a while', async (t) => {
  const open = await openDoor(t, {
    limits: { stallMs: 50 },
    serve: async ({ output }) => {
      output.write(Buffer.alloc(8 * MIB));
      return 0;
    },
  });
  const client = await open.client(await open.addPerson('alice'));
  const closed = closeOf(client);
  await exec(client, "git-upload-pack 'a'"); // its channel is never read: the window stays shut
  await closed;
  assert.ok(open.sessions[0]?.signal.aborted);
  assert.ok(open.logged.some((line) => line['cause'] === 'the client takes nothing'));
});

test('a connection without a session is ended when it stays idle', async (t) => {
  const open = await openDoor(t, { limits: { idleMs: 20 } });
  const client = await open.client(await open.addPerson('alice'));
  await closeOf(client);
});

test('when serve ends early, a client that still sends can finish and gets the answer', async (t) => {
  const open = await openDoor(t, {
    serve: async ({ output, errors, input }) => {
      input.destroy();
      errors.write('sallyport: repository not found\n');
      output.end();
      return 1;
    },
  });
  const client = await open.client(await open.addPerson('alice'));
  const { channel, exit } = await exec(client, "git-receive-pack 'a'");
  channel.on('error', () => {});
  channel.write(Buffer.alloc(16 * MIB));
  const [stderr] = await Promise.all([text(channel.stderr), text(channel)]);
  assert.equal(stderr, 'sallyport: repository not found\n');
  assert.equal(await exit, 1);
});

async function echo({ input, output }: SshGitSession): Promise<number> {
  await pipeline(input, output);
  return 0;
}

/** Through ssh and back, compared as it streams. */
async function roundTrip(args: readonly string[], bytes: number): Promise<string> {
  const child = spawn('ssh', [...args, 'git@127.0.0.1', "git-upload-pack 'a'"], { stdio: ['pipe', 'pipe', 'inherit'] });
  const block = Buffer.alloc(MIB, createHash('sha512').update('block').digest());
  const [sent, received] = [createHash('sha256'), createHash('sha256')];
  const source = Readable.from(
    (function* () {
      for (let at = 0; at < bytes; at += block.length) {
        sent.update(block);
        yield block;
      }
    })(),
  );
  await Promise.all([
    pipeline(source, child.stdin),
    (async () => {
      for await (const chunk of child.stdout) received.update(chunk as Buffer);
    })(),
  ]);
  return sent.digest('hex') === received.digest('hex') ? 'same' : 'different';
}

// What an honest ssh2 client would not do is done to its insides.

interface ChannelInside {
  readonly outgoing: { window: number; id: number };
  readonly incoming: { window: number; id: number };
  readonly _client: { _protocol: { channelWindowAdjust(id: number, bytes: number): void } };
}

function socketOf(client: ssh2.Client): Socket {
  return (client as unknown as { _sock: Socket })._sock;
}

function widen(channel: ssh2.ClientChannel, bytes: number): void {
  const { outgoing, _client } = channel as unknown as ChannelInside;
  _client._protocol.channelWindowAdjust(outgoing.id, bytes);
}

function ignoreWindow(channel: ssh2.ClientChannel): void {
  const { outgoing } = channel as unknown as ChannelInside;
  Object.defineProperty(outgoing, 'window', { get: () => 2 ** 31, set: () => {} });
}

/** Opens channels with a window of `bytes`, and gives the next `bytes` only once those have arrived. */
function narrow(
  client: ssh2.Client,
  bytes: number,
): (channel: ssh2.ClientChannel) => Promise<{ stdout: string; stderr: string }> {
  const { _protocol } = client as unknown as { _protocol: Adjusting };
  const session = _protocol.session.bind(_protocol);
  _protocol.session = (id, _window, size) => session(id, bytes, size);
  return async (channel) => {
    const { outgoing } = channel as unknown as ChannelInside;
    const seen = { stdout: '', stderr: '' };
    let pending = 0;
    const collect = (name: 'stdout' | 'stderr') => (chunk: Buffer) => {
      seen[name] += chunk.toString();
      pending += chunk.length;
      if (pending < bytes) return;
      pending -= bytes;
      _protocol.channelWindowAdjust(outgoing.id, bytes);
    };
    channel.on('data', collect('stdout'));
    channel.stderr.on('data', collect('stderr'));
    await once(channel, 'close');
    return seen;
  };
}

interface Adjusting {
  session(id: number, window: number, size: number): void;
  channelWindowAdjust(id: number, bytes: number): void;
}
