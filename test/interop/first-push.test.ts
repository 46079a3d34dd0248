// The first push to a large repository that the gateway has never seen: what it takes from the upstream is in
// proportion to the push, where the upstream can give less than everything; and where it cannot, the push still lands.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gitEnvironment } from '../../src/demo-upstream/git-process.ts';
import { must, openWorld, type World, type WorldOptions } from '../support/world.ts';
import { growth } from './fetching.ts';
import { packOf, push, pushRequest } from './receive-pack-client.ts';

const FILES = 1_500;
const COMMITS = 6_000;

const lab = mkdtempSync(join(tmpdir(), 'sallyport-large-'));
const large = join(lab, 'large.git');
let whole = 0;

function git(directory: string, args: readonly string[], input: string | Buffer = ''): string {
  const options = { cwd: directory, env: gitEnvironment({ 'user.name': 'T', 'user.email': 't@example.com' }), input };
  return execFileSync('git', [...args], { ...options, stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 1 << 28 })
    .toString('utf8')
    .trimEnd();
}

/** Bytes that do not compress, the same in every run. */
function noise(seed: string): string {
  return createHash('shake256', { outputLength: 150 }).update(seed).digest('hex');
}

before(() => {
  git(lab, ['init', '-q', '--bare', '-b', 'main', large]);
  const lines: string[] = [];
  const path = (at: number) => `dir-${at % 60}/file-${at}.txt`;
  for (let at = 0; at < COMMITS; at++) {
    const when = `T <t@example.com> ${1_600_000_000 + at * 60} +0000`;
    lines.push('commit refs/heads/main', `author ${when}`, `committer ${when}`, 'data 2', `c`, '');
    const files = at === 0 ? Array.from({ length: FILES }, (_, file) => file) : [at % FILES];
    for (const file of files) lines.push(`M 100644 inline ${path(file)}`, 'data 300', noise(`${file} ${at}`));
    lines.push('');
  }
  git(large, ['fast-import', '--quiet'], lines.join('\n'));
  git(large, ['branch', 'release', 'main~2000']);
  whole = Number(/size-pack: (\d+)/.exec(git(large, ['count-objects', '-v']))?.[1]) * 1024;
});
after(() => rmSync(lab, { recursive: true, force: true }));

interface Scene {
  readonly world: World;
  /** A repository of the developer, with all that the upstream has. */
  readonly work: string;
  /** Bytes that came from the upstream while `run` ran. */
  taken(run: () => Promise<unknown>): Promise<number>;
  push(...refspecs: string[]): Promise<string>;
}

async function openScene(options: WorldOptions): Promise<Scene> {
  const world = await openWorld(options);
  const upstream = join(world.upstreamRoot, 'acme/large.git');
  const work = join(world.directory, 'work.git');
  git(lab, ['clone', '-q', '--bare', '--local', large, upstream]);
  git(lab, ['clone', '-q', '--bare', '--local', large, work]);
  return {
    world,
    work,
    async taken(run) {
      const from = world.upstreamRelay.bytes.down;
      await run();
      return world.upstreamRelay.bytes.down - from;
    },
    async push(...refspecs) {
      const url = world.url('http', 'alice', 'acme/large.git');
      const done = await must(world.git('alice', ['push', url, ...refspecs], { cwd: work }));
      return done.stderr;
    },
  };
}

const WITHOUT_FILTER = { 'uploadpack.allowFilter': 'false' };
const TIPS_ONLY = { 'uploadpack.allowFilter': 'false', 'uploadpack.allowAnySHA1InWant': 'false' };

interface Kind {
  readonly name: string;
  readonly options: WorldOptions;
  /** The most that one commit on the tip may take, as a share of all that the upstream has. */
  readonly tipShare: number;
  readonly baseShare: number;
}

const KINDS: readonly Kind[] = [
  { name: 'http, partial clones allowed', options: {}, tipShare: 0.03, baseShare: 0.3 },
  { name: 'ssh, partial clones allowed', options: { upstream: 'ssh' }, tipShare: 0.03, baseShare: 0.3 },
  { name: 'http, no filters', options: { upstreamConfig: WITHOUT_FILTER }, tipShare: 0.15, baseShare: 1.2 },
  {
    name: 'http, v0 only, no filters, tips only',
    options: { upstreamSpeaksV2: false, upstreamConfig: TIPS_ONLY },
    tipShare: 0.15,
    baseShare: 1.2,
  },
  {
    name: 'ssh, v0 only, no filters, tips only',
    options: { upstream: 'ssh', upstreamSpeaksV2: false, upstreamConfig: TIPS_ONLY },
    tipShare: 0.15,
    baseShare: 1.2,
  },
];

for (const { name, options, tipShare, baseShare } of KINDS) {
  test(`${name}: the first push takes of the upstream what it needs`, async (t) => {
    assert.ok(whole > 2_000_000, 'the repository is large enough to show a difference');
    await t.test('one commit on the tip', async (t) => {
      const { world, work, taken, push: pushTo } = await openScene(options);
      t.after(() => world.close());
      git(work, ['fast-import', '--quiet'], growth('refs/heads/topic', 'refs/heads/main^0', 1));
      const bytes = await taken(() => pushTo('topic:main'));
      assert.ok(bytes < whole * tipShare, `${bytes} of ${whole} bytes`);
      const landed = git(join(world.upstreamRoot, 'acme/large.git'), ['rev-parse', 'main']);
      assert.equal(landed, git(work, ['rev-parse', 'topic']));
    });
    await t.test('a new branch from an old commit that no ref names', async (t) => {
      const { world, work, taken, push: pushTo } = await openScene(options);
      t.after(() => world.close());
      git(work, ['fast-import', '--quiet'], growth('refs/heads/topic', 'main~1500^0', 1));
      const bytes = await taken(() => pushTo('topic:topic'));
      assert.ok(bytes < whole * baseShare, `${bytes} of ${whole} bytes`);
    });
    await t.test('a release branch moved up to the tip of main, without any object', async (t) => {
      const { world, taken, push: pushTo } = await openScene(options);
      t.after(() => world.close());
      const bytes = await taken(() => pushTo('main:release'));
      assert.ok(bytes < whole * baseShare, `${bytes} of ${whole} bytes`);
      const [pushed] = (await world.api('root', 'GET', '/api/v1/pushes')).body as { updates: { kind: string }[] }[];
      assert.equal(pushed?.updates[0]?.kind, 'fast-forward');
    });
  });
}

test('a thin pack, which the gateway never offered to take, lands through a fetch of everything', async (t) => {
  for (const options of [{}, { upstreamSpeaksV2: false, upstreamConfig: TIPS_ONLY }]) {
    const { world, work } = await openScene(options);
    t.after(() => world.close());
    const old = git(work, ['rev-parse', 'main']);
    git(work, ['fast-import', '--quiet'], growth('refs/heads/topic', 'main^0', 3));
    // A file that changes a little: its delta is against a blob that only the upstream has.
    const path = 'dir-0/file-0.txt';
    const text = git(work, ['show', `main:${path}`]);
    const blob = git(work, ['hash-object', '-w', '--stdin'], `${text}\nand one line more\n`);
    const index = { ...gitEnvironment({}), GIT_INDEX_FILE: join(world.directory, 'index') };
    execFileSync('git', ['read-tree', 'main'], { cwd: work, env: index });
    execFileSync('git', ['update-index', '--cacheinfo', `100644,${blob},${path}`], { cwd: work, env: index });
    const tree = execFileSync('git', ['write-tree'], { cwd: work, env: index }).toString().trim();
    const next = git(work, ['commit-tree', tree, '-p', old, '-m', 'thin']);
    const thin = packOf(work, [next], [old], { thin: true });
    const full = packOf(work, [next], [old]);
    assert.ok(thin.length < full.length, 'the pack is thin');
    const answer = await push(
      world,
      'http',
      'alice',
      pushRequest([[old, next, 'refs/heads/main']], thin),
      'acme/large',
    );
    assert.deepEqual(answer.report, ['unpack ok', 'ok refs/heads/main'], answer.text);
    assert.equal(git(join(world.upstreamRoot, 'acme/large.git'), ['rev-parse', 'main']), next);
  }
});
