// What every client must be able to do through the gateway: clone, push something that lands, push something that is
// held and read why, and fetch what others pushed meanwhile.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Door, must, openWorld, type UpstreamKind, type World } from '../support/world.ts';
import { type ClientProgram, whyMissing } from './client-programs.ts';

/** Plays it over the doors that the client can use, before one kind of upstream. */
export async function playClient(
  t: TestContext,
  client: ClientProgram,
  upstream: UpstreamKind,
  doors: readonly Door[],
) {
  const missing = whyMissing(client);
  if (missing !== false) {
    t.skip(missing);
    return;
  }
  const world = await openWorld({ upstream });
  t.after(() => world.close());
  for (const door of doors) await t.test(`over ${door}`, () => play(world, client, door));
}

async function play(world: World, client: ClientProgram, door: Door): Promise<void> {
  const directory = join(world.directory, `${client.name}-${door}`);
  await must(client.clone(world, door, 'alice', directory));
  const git = async (...args: string[]) => (await must(world.git('alice', args, { cwd: directory }))).stdout.trim();
  assert.equal(await git('rev-parse', 'HEAD'), (await world.upstreamRefs())['refs/heads/main']);
  await git('fsck', '--strict');

  const landed = await world.commit(directory, 'alice', { [`src/${door}.txt`]: `${door}\n`.repeat(100) });
  await must(client.push(world, door, 'alice', directory, 'refs/heads/main:refs/heads/main'));
  assert.equal((await world.upstreamRefs())['refs/heads/main'], landed);

  await world.commit(directory, 'alice', { [`infra/prod/${door}.tf`]: 'size = 1\n' });
  const held = await client.push(world, door, 'alice', directory, 'refs/heads/main:refs/heads/main');
  const said = held.stdout + held.stderr;
  // "landed" is what no client may be led to believe; JGit's program exits with 0 whatever was said.
  assert.match(said, /rejected.*held for approval: push \d+/i);
  assert.match(said, /remote: sallyport: held for approval/);
  assert.match(said, /production needs SRE: infra\/prod\//);
  assert.equal((await world.upstreamRefs())['refs/heads/main'], landed);

  const other = await world.clone('http', 'bob');
  const meanwhile = await world.commit(other, 'bob', { [`src/by-bob-${door}.txt`]: 'bob\n' });
  await must(world.git('bob', ['push', '-q', 'origin', 'HEAD:main'], { cwd: other }));
  await must(client.fetch(world, door, 'alice', directory));
  assert.equal(await git('rev-parse', 'refs/remotes/origin/main'), meanwhile);
  await git('fsck', '--strict');
}
