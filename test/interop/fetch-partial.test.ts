// Partial clones: every door, every kind of upstream, protocol v0 and v2 of the client; and upstreams that allow none.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client, eachWay, inUpstream, OLD_AND_NEW, openFetchWorld, UPSTREAMS } from './fetching.ts';

/** Objects that a clone knows of and does not have. */
async function missing(client: Client): Promise<number> {
  const listed = await client.git('rev-list', '--objects', '--all', '--missing=print');
  return listed.split('\n').filter((line) => line.startsWith('?')).length;
}

for (const { name, options } of UPSTREAMS) {
  test(`partial clones lack what was filtered and fetch it when they need it, before: ${name}`, async (t) => {
    const world = await openFetchWorld(options);
    t.after(() => world.close());
    const readme = inUpstream(world, ['show', 'main:README.md']);

    await eachWay(async (way) => {
      for (const filter of ['blob:none', 'tree:0']) {
        const client = new Client(world, way, `partial-${filter.slice(0, 4)}`);
        await client.clone('--no-checkout', `--filter=${filter}`);
        const before = await missing(client);
        assert.ok(before > 50, `${filter} left out ${before} objects`);
        await client.git('checkout', '-q', 'main');
        assert.equal((await readFile(join(client.directory, 'README.md'), 'utf8')).trimEnd(), readme);
        assert.equal(await client.git('status', '--porcelain'), '');
        const later = await client.git('show', '--stat', '--format=%H', 'main~5');
        assert.match(later, /README\.md/);
        // With trees come the names of more blobs that are missing.
        if (filter === 'blob:none') assert.ok((await missing(client)) < before);
        await client.git('fsck');
      }
    }, OLD_AND_NEW);
  });
}

for (const { name, options } of UPSTREAMS.filter(({ options: { upstreamSpeaksV2 } }) => upstreamSpeaksV2 !== false)) {
  test(`an upstream without filters gives whole clones to clients that ask for one, before: ${name}`, async (t) => {
    const world = await openFetchWorld({ ...options, upstreamConfig: { 'uploadpack.allowFilter': 'false' } });
    t.after(() => world.close());
    await eachWay(async (way) => {
      const client = new Client(world, way, 'unfiltered');
      await client.clone('--filter=blob:none');
      assert.equal(await missing(client), 0);
    }, OLD_AND_NEW);
  });
}
