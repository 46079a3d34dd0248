// Clients that begin and do not go on: row 82 of THREATS.md. They cost little, not for ever, and nobody else's push.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { encodePkt, FLUSH } from '../../src/protocol/pkt-line.ts';
import { must, openWorld, type World } from '../support/world.ts';
import { ZERO } from './attacker.ts';

let world: World;

before(async () => {
  world = await openWorld({ gateway: '  limits: { receiveTimeout: 3s }' });
});

after(() => world?.close());

function dial(bytes: Buffer | string): Promise<Socket> {
  const { hostname, port } = new URL(world.http);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      socket.write(bytes);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

const LOGIN = () => `authorization: Bearer ${world.token('alice')}\r\n`;

/** The head of a push request; what follows is up to whoever asked. */
function pushHead(length: number): string {
  return `POST /acme/shop.git/git-receive-pack HTTP/1.1\r\nhost: x\r\n${LOGIN()}content-type: application/x-git-receive-pack-request\r\ncontent-length: ${length}\r\n\r\n`;
}

function command(newOid = 'a'.repeat(40)): Buffer {
  return encodePkt(`${ZERO} ${newOid} refs/heads/x\0 report-status side-band-64k`);
}

const STALLS: readonly (readonly [string, () => Buffer | string])[] = [
  ['nothing at all', () => ''],
  ['half a request line', () => 'POST /acme/shop.git/git-rec'],
  ['half a header', () => `GET /acme/shop.git/info/refs?service=git-upload-pack HTTP/1.1\r\nhost: x\r\nauthor`],
  ['a body without a login', () => pushHead(1000).replace(LOGIN(), '')],
  ['no commands', () => pushHead(1000)],
  ['half a command', () => `${pushHead(1000)}00a`],
  ['commands without their end', () => Buffer.concat([Buffer.from(pushHead(1000)), command()])],
  ['half a fetch', () => pushHead(1000).replaceAll('receive-pack', 'upload-pack')],
];

test('82: behind two hundred clients that go no further a good one pushes and fetches', async () => {
  const clone = await world.clone('http', 'alice');
  const sockets = await Promise.all(
    Array.from({ length: 200 }, (_, at) => dial(STALLS[at % STALLS.length]?.[1]() ?? '')),
  );
  const packs = await Promise.all(
    Array.from({ length: 8 }, () =>
      dial(Buffer.concat([Buffer.from(pushHead(10_000)), command(), FLUSH, Buffer.from('PACK\0\0\0\x02\0\0\0\x05x')])),
    ),
  );
  for (const door of ['http', 'ssh'] as const) {
    await world.commit(clone, 'alice', { 'src/good.txt': `${door}\n` });
    await must(
      world.git('alice', ['push', '-q', world.url(door, 'alice'), `HEAD:refs/heads/good-${door}`], { cwd: clone }),
    );
    await world.clone(door, 'bob');
  }
  for (const socket of [...sockets, ...packs]) socket.destroy();
  const refs = await world.upstreamRefs();
  assert.ok(refs['refs/heads/good-http'] && refs['refs/heads/good-ssh']);
});

/** Milliseconds until the gateway has answered or hung up, while it gets a byte every few moments. */
async function endedAfter(start: Buffer | string, drip: Buffer): Promise<{ ms: number; answer: string }> {
  const socket = await dial(start);
  const from = performance.now();
  let at = 0;
  let answer = '';
  const timer = setInterval(() => socket.write(drip.subarray(at % drip.length, (at++ % drip.length) + 1)), 50);
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      resolve();
    });
    socket.once('error', () => resolve());
    socket.once('close', () => resolve());
  });
  clearInterval(timer);
  socket.destroy();
  return { ms: performance.now() - from, answer };
}

describe('82: a client that drips is not waited for longer than one that stalls', { concurrency: true }, () => {
  const drips: readonly (readonly [string, () => Buffer | string, Buffer, RegExp])[] = [
    // The option never ends: its packet says that it is 4096 bytes long.
    ['commands', () => pushHead(100_000), Buffer.from('1000'.padEnd(4096, 'x')), /^HTTP\/1\.1 400 .*time limit/s],
    [
      'a pack',
      () => Buffer.concat([Buffer.from(pushHead(100_000)), command(), FLUSH, Buffer.from('PACK\0\0\0\x02\0\0\0\x05')]),
      Buffer.from([0xb0, 0x80, 0x80]),
      /^HTTP\/1\.1 200 .*(time limit|malformed)|^$/s,
    ],
    [
      'the request of a fetch',
      () => pushHead(100_000).replaceAll('receive-pack', 'upload-pack'),
      Buffer.from('0032want '),
      /^$|^HTTP\/1\.1 400 /,
    ],
  ];
  for (const [title, start, drip, expected] of drips) {
    test(title, async () => {
      const { ms, answer } = await endedAfter(start(), drip);
      assert.ok(ms < 20_000, `${ms} ms`);
      assert.match(answer, expected);
    });
  }

  test('commands over ssh', async () => {
    const [host, port] = world.ssh.split(':');
    const { GIT_SSH_COMMAND: ssh = '', ...env } = world.environment('alice');
    const [program = 'ssh', ...options] = ssh.split(' ');
    const args = [...options, '-p', `${port}`, `git@${host}`, "git-receive-pack 'acme/shop.git'"];
    const child = spawn(program, args, { env, stdio: ['pipe', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk;
    });
    child.stdin.on('error', () => {});
    const timer = setInterval(() => child.stdin.write('1'), 100);
    const code = await new Promise((resolve) => child.once('close', resolve));
    clearInterval(timer);
    assert.notEqual(code, 0);
    assert.match(errors, /malformed request/);
  });

  test('silence over ssh', async () => {
    const [host, port] = world.ssh.split(':');
    const { GIT_SSH_COMMAND: ssh = '', ...env } = world.environment('alice');
    const [program = 'ssh', ...options] = ssh.split(' ');
    const args = [...options, '-p', `${port}`, `git@${host}`, "git-receive-pack 'acme/shop.git'"];
    const child = spawn(program, args, { env, stdio: ['pipe', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk;
    });
    assert.notEqual(await new Promise((resolve) => child.once('close', resolve)), 0);
    assert.match(errors, /the commands did not arrive within the time limit/);
  });
});
