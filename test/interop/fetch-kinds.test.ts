// Repositories of every kind: SHA-256, empty, with thousands of refs, behind every kind of upstream, over both doors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeUpstreamRepo } from '../support/upstream/upstream-repo.ts';
import type { World } from '../support/world.ts';
import {
  Client,
  eachWay,
  HISTORY,
  inUpstream,
  OLD_AND_NEW,
  openFetchWorld,
  perDoor,
  sameLines,
  startDirect,
  UPSTREAMS,
} from './fetching.ts';

const MANY = 3_000;

async function addRepositories(world: World): Promise<void> {
  const { upstreamRoot: root } = world;
  await makeUpstreamRepo({ root, name: 'acme/empty', commits: [] });
  await makeUpstreamRepo({ root, name: 'acme/wide', objectFormat: 'sha256', commits: HISTORY });
  await makeUpstreamRepo({ root, name: 'acme/many', commits: HISTORY });
  const names = Array.from(
    { length: MANY },
    (_, at) => `create refs/heads/team-${at % 10}/topic-${at} main~${at % 50}\n`,
  );
  inUpstream(world, ['update-ref', '--stdin'], names.join(''), 'acme/many');
  inUpstream(world, ['pack-refs', '--all'], '', 'acme/many');
}

for (const { name, options } of UPSTREAMS) {
  test(`SHA-256, empty and wide repositories are cloned as they are, before: ${name}`, async (t) => {
    const world = await openFetchWorld(options);
    t.after(() => world.close());
    await addRepositories(world);
    const direct = await startDirect(t, world, options);

    const unfold = async (client: Client) => {
      await client.clone('--depth=5', '--no-single-branch');
      await client.git('fetch', '-q', '--unshallow');
    };
    const expected = await perDoor(async (way) => {
      const wide = new Client(world, way, 'wide', { repo: 'acme/wide', direct });
      await unfold(wide);
      return wide.state();
    });

    await eachWay(async (way) => {
      const wide = new Client(world, way, 'wide', { repo: 'acme/wide' });
      await unfold(wide);
      assert.equal(await wide.git('rev-parse', '--show-object-format'), 'sha256');
      sameLines(await wide.state(), expected[way.door], 'the SHA-256 clone');

      const empty = new Client(world, way, 'empty', { repo: 'acme/empty' });
      await empty.clone();
      assert.equal(await empty.git('ls-remote', empty.url), '');
      assert.equal(await empty.git('symbolic-ref', 'HEAD'), 'refs/heads/main');

      const many = new Client(world, way, 'many', { repo: 'acme/many' });
      await many.clone('--no-checkout');
      const listed = (await many.git('ls-remote', many.url)).split('\n');
      assert.equal(listed.length, MANY + 2);
      assert.equal((await many.git('for-each-ref', 'refs/remotes')).split('\n').length, MANY + 2);
    }, OLD_AND_NEW);
  });
}
