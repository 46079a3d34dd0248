// What one pusher may take of everybody's gateway: rows 82 and 83 of THREATS.md.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { encodePkt, FLUSH } from '../../src/protocol/pkt-line.ts';
import { type Door, must, openWorld, type World } from '../support/world.ts';
import { ZERO } from './attacker.ts';

async function open(t: TestContext, limits: string): Promise<World> {
  const world = await openWorld({ gateway: `  limits: { ${limits} }` });
  t.after(() => world.close());
  return world;
}

/** Commits something and pushes it; answers what git printed and its exit. */
async function push(
  world: World,
  name: string,
  door: Door,
  files: Readonly<Record<string, string>>,
  refName: string,
  repo?: string,
) {
  const clone = await world.clone(door, name);
  await world.commit(clone, name, files);
  return world.git(name, ['push', '--porcelain', world.url(door, name, repo), `HEAD:${refName}`], { cwd: clone });
}

/** A push that has said what it wants and half of its pack, and says no more. */
async function stalledPush(world: World, name: string, refName: string): Promise<Socket> {
  const { hostname, port } = new URL(world.http);
  const socket = connect({ host: hostname, port: Number(port) });
  const head = `POST /acme/shop.git/git-receive-pack HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${world.token(name)}\r\ncontent-type: application/x-git-receive-pack-request\r\ncontent-length: 10000\r\n\r\n`;
  const command = encodePkt(`${ZERO} ${'a'.repeat(40)} ${refName}\0 report-status side-band-64k`);
  socket.write(Buffer.concat([Buffer.from(head), command, FLUSH, Buffer.from('PACK\0\0\0\x02\0\0\0\x05x')]));
  return socket;
}

/** The pushes of this state, once there are so many. */
async function untilThereAre(world: World, count: number, query: string): Promise<readonly { id: number }[]> {
  for (;;) {
    const { body } = await world.api('root', 'GET', `/api/v1/pushes?${query}`);
    const pushes = body as readonly { id: number }[];
    if (pushes.length === count) return pushes;
  }
}

test('82: so many pushes of one person at once and no more, others have their own', async (t) => {
  const world = await open(t, 'maxConcurrentPushes: 2');
  const stalled = await Promise.all([
    stalledPush(world, 'alice', 'refs/heads/a'),
    stalledPush(world, 'alice', 'refs/heads/b'),
  ]);
  await untilThereAre(world, 2, 'state=receiving&principal=alice');
  for (const door of ['http', 'ssh'] as const) {
    const refused = await push(world, 'alice', door, { 'x.txt': door }, `refs/heads/alice-${door}`);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /^!.*\[remote rejected\] \(refused: too many pushes at once\)$/m);
    assert.match(refused.stderr, /2 pushes of yours are under way.*\n.*push again when one of them has ended/);
    await must(push(world, 'bob', door, { 'x.txt': door }, `refs/heads/bob-${door}`));
  }
  for (const socket of stalled) socket.destroy();
  await untilThereAre(world, 0, 'state=receiving&principal=alice');
  await must(push(world, 'alice', 'http', { 'x.txt': 'again' }, 'refs/heads/alice-http'));
});

test('83: what holds keep is bounded for each person: withdraw one, and there is room', async (t) => {
  const world = await open(t, 'maxHeldBytes: 60KiB');
  const other = (await world.newRepo()).path;
  const large = () => ({ 'infra/prod/x.tf': randomBytes(40_000).toString('latin1') });
  const hold = (name: string, door: Door, repo?: string) => push(world, name, door, large(), 'refs/heads/main', repo);
  assert.match((await hold('alice', 'http')).stdout, /held for approval: push 1/);
  // In the place of the first, not beside it.
  assert.match((await hold('alice', 'ssh')).stdout, /held for approval: push 2/);

  for (const door of ['http', 'ssh'] as const) {
    const refused = await hold('alice', door, other);
    assert.match(refused.stdout, /\[remote rejected\] \(refused: too much is held\)/);
    assert.match(refused.stderr, /your held pushes keep .* KiB, at most 60 KiB are kept.*\n.*withdraw one/);
  }
  assert.deepEqual(await recordings(world), ['1', '2'], 'what was refused for want of room takes none');
  assert.match((await hold('bob', 'http', other)).stdout, /held for approval: push 5/);

  assert.equal((await world.api('alice', 'POST', '/api/v1/pushes/2/withdraw', {})).status, 200);
  assert.match((await hold('alice', 'http', other)).stdout, /held for approval: push 6/);
});

test('83: a disk with too little room takes no push and says so, also to who asks whether the gateway is ready', async (t) => {
  const world = await open(t, 'minFreeDisk: 900TiB');
  for (const door of ['http', 'ssh'] as const) {
    const refused = await push(world, 'alice', door, { 'x.txt': door }, `refs/heads/${door}`);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /\[remote rejected\] \(refused: no room\)/);
    assert.match(
      refused.stderr,
      /the disk of the gateway is nearly full.*\n.*push again later, or tell an administrator/,
    );
  }
  const ready = await fetch(`${world.http}/readyz`);
  assert.equal(ready.status, 503);
  assert.deepEqual(await ready.json(), { status: 'not ready', missing: ['disk'] });
  assert.equal((await fetch(`${world.http}/healthz`)).status, 200);
  assert.deepEqual(Object.keys(await world.upstreamRefs()), ['refs/heads/main']);
});

/** The pushes whose requests are on the disk. */
async function recordings(world: World): Promise<readonly string[]> {
  return (await readdir(join(world.dataDir, 'recordings'))).toSorted();
}

test('83: recordings go when they have been kept as long as is said, those of holds stay; the trail says so', async (t) => {
  let now = Date.now();
  const world = await openWorld({ gateway: '  retention: { recordings: 30d }', clock: { now: () => now } });
  t.after(() => world.close());
  await must(push(world, 'alice', 'http', { 'x.txt': 'x' }, 'refs/heads/x'));
  assert.match((await push(world, 'alice', 'http', { 'infra/prod/x': 'x' }, 'refs/heads/main')).stdout, /push 2/);
  await world.stop();
  now += 6 * 86_400_000; // the hold lives for seven days
  await world.start();
  await world.stop();
  assert.deepEqual(await recordings(world), ['1', '2']);
  now += 25 * 86_400_000;
  await world.start();
  await world.stop();
  // The hold has expired a day ago by the clock, its recording is kept from its end on.
  assert.deepEqual(await recordings(world), ['2']);
  await world.start();
  const { body } = await world.api('root', 'GET', '/api/v1/audit?type=recordings.removed');
  assert.deepEqual(
    (body as { body: { pushes: readonly number[] } }[]).map((entry) => entry.body.pushes),
    [[1]],
  );
  const explained = await world.api('alice', 'GET', '/api/v1/pushes/1/explain');
  assert.equal(explained.status, 200);
  assert.match(JSON.stringify(explained.body), /no longer kept/);
});
