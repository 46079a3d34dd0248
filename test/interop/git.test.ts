// git itself through the gateway, in every protocol version it may be told to use, over both doors and before both kinds
// of upstream.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { must, openWorld } from '../support/world.ts';
import { eachWay } from './fetching.ts';

for (const upstream of ['http', 'ssh'] as const) {
  test(`git clones, pushes, is held and deletes in protocol v0, v1 and v2, before an ${upstream} upstream`, async (t) => {
    const world = await openWorld({ upstream });
    t.after(() => world.close());
    await eachWay(async ({ door, version }) => {
      const name = `${door}-${version}`;
      const speaking = ['-c', `protocol.version=${version}`];
      const work = join(world.directory, name);
      await must(world.git('alice', [...speaking, 'clone', '-q', world.url(door, 'alice'), work]));
      const push = (...refspecs: string[]) =>
        world.git('alice', [...speaking, 'push', 'origin', ...refspecs], { cwd: work });

      const landed = await world.commit(work, 'alice', { [`src/${name}.txt`]: 'new\n' });
      assert.match((await must(push(`HEAD:topic-${name}`))).stderr, / \* \[new branch\] +HEAD -> topic-/);
      assert.equal((await world.upstreamRefs())[`refs/heads/topic-${name}`], landed);

      await world.commit(work, 'alice', { [`infra/prod/${name}.tf`]: 'size = 1\n' });
      const held = await push('HEAD:main');
      assert.equal(held.code, 1);
      assert.match(held.stderr, /^remote: sallyport: held for approval, push \d+ *$/m);
      assert.match(held.stderr, /^remote: {3}production needs SRE: infra\/prod\/\S+\.tf +\(1 of sre\) *$/m);
      assert.match(held.stderr, /^ ! \[remote rejected\] HEAD -> main \(held for approval: push \d+\)$/m);
      // The last line of ours says what to do next.
      const lines = held.stderr.split('\n').filter((line) => line.startsWith('remote: '));
      assert.match(lines.at(-1) ?? '', /watch or approve: http:\/\/127\.0\.0\.1:\d+\/pushes\/\d+/);

      await must(push(`:topic-${name}`));
      assert.equal((await world.upstreamRefs())[`refs/heads/topic-${name}`], undefined);
    });
  });
}
