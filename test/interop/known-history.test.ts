// What counts as known: only what the upstream's own branches, tags and notes reach. Everything else that a pushed ref
// would name is inspected as if it had just been sent, whatever the upstream happens to have.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must, openWorld, type World } from '../support/world.ts';
import { growth, inUpstream } from './fetching.ts';

const POLICY = `version: 1
rules:
  - name: production needs SRE
    when: { paths: ["infra/prod/**"] }
    then: hold
    approvals: [{ group: sre, count: 1 }]
`;

/** main: 30 commits, all of which touched a protected path: taken for new, any of them would hold a push. */
const COMMITS = Array.from({ length: 30 }, (_, at) => ({
  message: `commit ${at}\n`,
  files: { 'infra/prod/db.tf': at === 29 ? 'old\n' : `version ${at}\n`, [`src/${at % 4}.txt`]: `line ${at}\n` },
}));

async function openHistory(t: { after(run: () => Promise<void>): void }, options = {}): Promise<World> {
  const world = await openWorld({ commits: COMMITS, policy: POLICY, ...options });
  t.after(() => world.close());
  return world;
}

interface PushJson {
  readonly state: string;
  readonly updates: readonly { readonly kind: string }[];
  readonly verdict: { readonly reasons: readonly { readonly rule: string; readonly paths?: readonly string[] }[] };
}

async function lastPush(world: World): Promise<PushJson> {
  const pushes = (await world.api('root', 'GET', '/api/v1/pushes')).body as PushJson[];
  return pushes[0] as PushJson;
}

for (const upstream of ['http', 'ssh'] as const) {
  test(`a branch from a commit older than anything seen so far brings only its own commit (${upstream})`, async (t) => {
    const world = await openHistory(t, { upstream });
    const work = await world.clone('http', 'alice');
    // The mirror learns the tip of main and cuts history there.
    await world.commit(work, 'alice', { 'a.txt': 'a\n' });
    await must(world.git('alice', ['push', '-q', 'origin', 'HEAD:main'], { cwd: work }));
    for (const back of [3, 20, 28]) {
      await must(world.git('alice', ['checkout', '-q', '--detach', `origin/main~${back}`], { cwd: work }));
      await world.commit(work, 'alice', { 'b.txt': `${back}\n` });
      const pushed = await world.git('alice', ['push', '-q', 'origin', `HEAD:refs/heads/from-${back}`], { cwd: work });
      assert.equal(pushed.code, 0, pushed.stderr);
      assert.equal((await lastPush(world)).state, 'landed');
    }
  });
}

test('known history costs one look, not one for each push', async (t) => {
  const world = await openHistory(t);
  const work = await world.clone('http', 'alice');
  const fetches = () => world.upstreamRequests.filter(({ path }) => path.endsWith('/git-upload-pack')).length;
  const pushFrom = async (back: number): Promise<number> => {
    await must(world.git('alice', ['checkout', '-q', '--detach', `origin/main~${back}`], { cwd: work }));
    await world.commit(work, 'alice', { 'b.txt': `${back}\n` });
    const before = fetches();
    await must(world.git('alice', ['push', '-q', 'origin', `HEAD:refs/heads/from-${back}`], { cwd: work }));
    return fetches() - before;
  };
  assert.ok((await pushFrom(10)) <= 3);
  assert.ok((await pushFrom(11)) <= 2);
  assert.ok((await pushFrom(12)) <= 2, 'history is here by now, only the trees of the base are not');
});

test('a branch at a commit that only a pull request reaches is inspected down to known history', async (t) => {
  const world = await openHistory(t);
  const ref = 'refs/pull/1/head';
  const commit = (path: string, text: string, from = '') =>
    `commit ${ref}\ncommitter M <m@example.com> 1900000000 +0000\ndata 2\nm\n${from}M 100644 inline ${path}\ndata ${text.length}\n${text}\n\n`;
  // The protected file is changed, and changed back: the net difference to main shows nothing of it.
  const story = [
    commit('infra/prod/db.tf', 'evil\n', 'from refs/heads/main^0\n'),
    commit('src/x.txt', 'harmless\n'),
    commit('infra/prod/db.tf', 'old\n'),
  ];
  inUpstream(world, ['fast-import', '--quiet'], story.join(''));
  const head = inUpstream(world, ['rev-parse', ref]);
  const work = await world.clone('http', 'alice');
  await must(world.git('alice', ['fetch', '-q', 'origin', ref], { cwd: work }));

  const pushed = await world.git('alice', ['push', 'origin', `${head}:refs/heads/innocent`], { cwd: work });
  assert.equal(pushed.code, 1);
  assert.match(pushed.stderr, /\(held for approval: push 1\)/);
  assert.match(pushed.stderr, /production needs SRE: infra\/prod\/db\.tf/);
  assert.equal((await world.upstreamRefs())['refs/heads/innocent'], undefined);
  assert.equal(world.upstreamRequests.filter(({ path }) => path.endsWith('/git-receive-pack')).length, 0);
});

test('what a pull request brought becomes known when it lands, and not before', async (t) => {
  const world = await openHistory(t);
  inUpstream(world, ['fast-import', '--quiet'], growth('refs/pull/2/head', 'refs/heads/main^0', 3));
  const head = inUpstream(world, ['rev-parse', 'refs/pull/2/head']);
  const work = await world.clone('http', 'alice');
  await must(world.git('alice', ['fetch', '-q', 'origin', 'refs/pull/2/head'], { cwd: work }));
  await must(world.git('alice', ['push', '-q', 'origin', `${head}:refs/heads/taken`], { cwd: work }));
  assert.equal((await world.upstreamRefs())['refs/heads/taken'], head);
  await must(world.git('alice', ['push', '-q', 'origin', `${head}:refs/heads/main`], { cwd: work }));
  assert.equal((await lastPush(world)).updates[0]?.kind, 'fast-forward');
});
