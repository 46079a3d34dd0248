// The kinds of push that users of git make, over both doors.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeUpstreamRepo } from '../support/upstream/upstream-repo.ts';
import {
  type AgentKind,
  type Door,
  must,
  openWorld,
  type Run,
  type UpstreamKind,
  type World,
} from '../support/world.ts';
import { inUpstream } from './fetching.ts';

interface Developer {
  readonly world: World;
  readonly work: string;
  /** Pushes to origin. */
  push(...args: string[]): Promise<Run>;
  git(...args: string[]): Promise<string>;
}

async function developer(world: World, door: Door, ...options: string[]): Promise<Developer> {
  const work = await world.clone(door, 'alice', options);
  return {
    world,
    work,
    push: (...args) => world.git('alice', ['push', 'origin', ...args], { cwd: work }),
    git: async (...args) => (await must(world.git('alice', args, { cwd: work }))).stdout.trim(),
  };
}

const CASES: readonly (readonly [Door, UpstreamKind, AgentKind])[] = [
  ['http', 'ssh', 'embedded'],
  ['ssh', 'http', 'embedded'],
  ['http', 'http', 'remote'],
  ['ssh', 'ssh', 'remote'],
];

for (const [door, upstream, agent] of CASES) {
  test(`pushes of every kind land as they do without a gateway, over ${door}, ${agent} agent`, async (t) => {
    const world = await openWorld({ upstream, agent });
    t.after(() => world.close());

    await t.test('several megabytes, which git announces with a probe and sends in chunks', async () => {
      const { work, push } = await developer(world, door);
      await writeFile(join(work, 'large.bin'), randomBytes(5_000_000));
      const oid = await world.commit(work, 'alice', { 'large.txt': 'see large.bin\n' });
      await must(push('HEAD:large'));
      assert.equal((await world.upstreamRefs())['refs/heads/large'], oid);
      inUpstream(world, ['fsck', '--full', '--strict']);
    });

    await t.test('many refs at once, an annotated tag among them', async () => {
      const { work, push, git } = await developer(world, door);
      await world.commit(work, 'alice', { 'a.txt': 'a\n' });
      await git('tag', '-a', '-m', 'version one', 'v1');
      const refs = Array.from({ length: 200 }, (_, at) => `HEAD:refs/heads/many/${at}`);
      await must(push('v1', ...refs));
      const upstream = await world.upstreamRefs();
      assert.equal(Object.keys(upstream).filter((name) => name.startsWith('refs/heads/many/')).length, 200);
      assert.equal(upstream['refs/tags/v1'], await git('rev-parse', 'v1'));
    });

    await t.test('an atomic push lands whole or not at all', async () => {
      const { work, push } = await developer(world, door);
      const oid = await world.commit(work, 'alice', { 'b.txt': 'b\n' });
      await must(push('--atomic', 'HEAD:both/a', 'HEAD:both/b'));
      const refused = await push('--atomic', 'HEAD:half', 'HEAD:refs/replace/1234');
      assert.equal(refused.code, 1);
      const upstream = await world.upstreamRefs();
      assert.deepEqual([upstream['refs/heads/both/a'], upstream['refs/heads/half']], [oid, undefined]);
    });

    await t.test('a rewritten branch moves with --force and not without', async () => {
      const { work, push, git } = await developer(world, door);
      await world.commit(work, 'alice', { 'c.txt': 'c\n' });
      await must(push('HEAD:rewritten'));
      await git('commit', '-q', '--amend', '-m', 'again');
      assert.equal((await push('HEAD:rewritten')).code, 1);
      await must(push('--force', 'HEAD:rewritten'));
      assert.equal((await world.upstreamRefs())['refs/heads/rewritten'], await git('rev-parse', 'HEAD'));
      const rewound = await push('--force', 'origin/main~1:main');
      assert.match(rewound.stderr, /origin\/main~1 -> main \(refused: nobody rewrites main\)/);
    });

    await t.test('from a shallow clone', async () => {
      const { work, push, git } = await developer(world, door, '--depth=1');
      assert.equal(await git('rev-parse', '--is-shallow-repository'), 'true');
      const oid = await world.commit(work, 'alice', { 'd.txt': 'd\n' });
      await must(push('HEAD:shallow'));
      assert.equal((await world.upstreamRefs())['refs/heads/shallow'], oid);
    });

    await t.test('from a partial clone', async () => {
      const { work, push } = await developer(world, door, '--filter=blob:none');
      const oid = await world.commit(work, 'alice', { 'e.txt': 'e\n' });
      await must(push('HEAD:partial'));
      assert.equal((await world.upstreamRefs())['refs/heads/partial'], oid);
    });

    await t.test('a merge of two branches', async () => {
      const { work, push, git } = await developer(world, door);
      await git('checkout', '-q', '-b', 'left');
      await world.commit(work, 'alice', { 'left.txt': 'l\n' });
      await git('checkout', '-q', '-b', 'right', 'origin/main');
      await world.commit(work, 'alice', { 'right.txt': 'r\n' });
      await git('merge', '-q', '--no-edit', 'left');
      await must(push('right:merged'));
      assert.equal((await world.upstreamRefs())['refs/heads/merged'], await git('rev-parse', 'right'));
    });

    await t.test(
      "a merge of a tip that the clone has not fetched is refused as stale, in git's own words",
      async () => {
        const [one, two] = [await developer(world, door), await developer(world, door)];
        await world.commit(one.work, 'alice', { 'f.txt': '1\n' });
        await must(one.push('HEAD:raced'));
        await world.commit(two.work, 'alice', { 'f.txt': '2\n' });
        assert.match((await two.push('HEAD:raced')).stderr, /\[rejected\] +HEAD -> raced \(fetch first\)/);
      },
    );

    await t.test('the first commit of an empty repository', async () => {
      await makeUpstreamRepo({ root: world.upstreamRoot, name: 'acme/new', commits: [] });
      const work = join(world.directory, `new-${door}`);
      await must(world.git('alice', ['init', '-q', work]));
      const oid = await world.commit(work, 'alice', { 'README.md': 'new\n' });
      await must(
        world.git('alice', ['push', '-q', world.url(door, 'alice', 'acme/new.git'), 'HEAD:main'], { cwd: work }),
      );
      assert.equal(inUpstream(world, ['rev-parse', 'main'], '', 'acme/new'), oid);
    });

    await t.test('a SHA-256 repository', async () => {
      await makeUpstreamRepo({ root: world.upstreamRoot, name: 'acme/wide', objectFormat: 'sha256' });
      const work = join(world.directory, `wide-${door}`);
      const url = world.url(door, 'alice', 'acme/wide.git');
      await must(world.git('alice', ['clone', '-q', url, work]));
      const oid = await world.commit(work, 'alice', { 'src/wide.txt': 'wide\n' });
      await must(world.git('alice', ['push', '-q', 'origin', 'HEAD:main', 'HEAD:same'], { cwd: work }));
      assert.equal(inUpstream(world, ['rev-parse', 'main'], '', 'acme/wide'), oid);
      await world.commit(work, 'alice', { 'infra/prod/wide.tf': 'size = 1\n' });
      const held = await world.git('alice', ['push', 'origin', 'HEAD:main'], { cwd: work });
      assert.match(held.stderr, /\(held for approval: push \d+\)/);
    });
  });
}
