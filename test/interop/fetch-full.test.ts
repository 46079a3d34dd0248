// Clones and fetches of whole history: every door, every kind of upstream, every protocol version of the client.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, eachWay, openFetchWorld, perDoor, sameLines, startDirect, UPSTREAMS } from './fetching.ts';

for (const { name, options } of UPSTREAMS) {
  test(`clone, ls-remote and a fetch of many rounds bring what the repository itself gives, before: ${name}`, async (t) => {
    const world = await openFetchWorld(options);
    t.after(() => world.close());

    const direct = await startDirect(t, world, options);

    const fetchInto = async (client: Client) => {
      await client.clone('--single-branch', '-b', 'before');
      // History that the upstream has never seen: the client must offer it over several rounds to find common ground.
      await client.grow('own', 'refs/heads/before^0', 400);
      return client.traced('fetch', '-q', 'origin', 'after:refs/remotes/origin/after');
    };
    const expected = await perDoor(async (way) => {
      const [whole, part] = [new Client(world, way, 'whole', { direct }), new Client(world, way, 'part', { direct })];
      await whole.clone();
      await fetchInto(part);
      return { listed: await whole.git('ls-remote', whole.url), whole: await whole.state(), part: await part.state() };
    });

    await eachWay(async (way) => {
      const [whole, part] = [new Client(world, way, 'whole'), new Client(world, way, 'part')];
      await whole.clone();
      sameLines(await whole.git('ls-remote', whole.url), expected[way.door].listed, 'ls-remote');
      sameLines(await whole.state(), expected[way.door].whole, 'the clone');

      const trace = await fetchInto(part);
      // Both sides must speak v2 for a conversation in v2; v0 and v1 differ in their first packet only.
      assert.equal(trace.includes('> command=fetch'), way.version === 2 && options.upstreamSpeaksV2 !== false);
      const haves = trace.match(/fetch(-pack)?> have /g)?.length ?? 0;
      assert.ok(haves > 200, `a negotiation of ${haves} haves is too short to show anything`);
      sameLines(await part.state(), expected[way.door].part, 'the fetch');
      if (way.door === 'ssh') await part.git('fsck', '--full', '--strict');
    });
  });
}
