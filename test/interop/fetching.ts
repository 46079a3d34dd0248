// What the fetch tests share: every kind of upstream, every door and protocol, and a direct way to the same
// repositories, so that what a client gets through the gateway can be compared with what it gets without.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { gitEnvironment } from '../../src/demo-upstream/git-process.ts';
import type { SampleCommit } from '../../src/demo-upstream/sample-repo.ts';
import { startGitHttpServer } from '../support/upstream/http-server.ts';
import { startGitSshServer } from '../support/upstream/ssh-server.ts';
import { type Door, must, openWorld, type World, type WorldOptions } from '../support/world.ts';

export interface Behind {
  readonly name: string;
  readonly options: WorldOptions;
}

export const UPSTREAMS: readonly Behind[] = [
  { name: 'http upstream', options: { upstream: 'http' } },
  { name: 'ssh upstream', options: { upstream: 'ssh' } },
  { name: 'ssh upstream that ignores GIT_PROTOCOL', options: { upstream: 'ssh', upstreamSpeaksV2: false } },
  { name: 'v0-only http upstream', options: { upstream: 'http', upstreamSpeaksV2: false } },
];

export interface Way {
  readonly door: Door;
  readonly version: 0 | 1 | 2;
}

export const WAYS: readonly Way[] = (['http', 'ssh'] as const).flatMap((door) =>
  ([0, 1, 2] as const).map((version) => ({ door, version })),
);

/** v1 differs from v0 in its first packet only: one test of it is enough. */
export const OLD_AND_NEW: readonly Way[] = WAYS.filter(({ version }) => version !== 1);

/** Bare servers for the same repositories, without a gateway: what a client should get. */
export interface Direct {
  readonly http: string;
  readonly ssh: string;
}

/** Starts them; `upstreamSpeaksV2` and the settings are those of the world's own upstream. */
export async function startDirect(t: TestContext, world: World, options: WorldOptions): Promise<Direct> {
  const acceptProtocol = options.upstreamSpeaksV2 !== false;
  const settings = { root: world.upstreamRoot, config: options.upstreamConfig ?? {} };
  const http = await startGitHttpServer({
    ...settings,
    onRequest(request) {
      if (!acceptProtocol) delete request.headers['git-protocol'];
      return undefined;
    },
  });
  t.after(() => http.close());
  const ssh = await startGitSshServer({ ...settings, acceptProtocol });
  t.after(() => ssh.close());
  return { http: http.url, ssh: `ssh://git@127.0.0.1:${ssh.port}` };
}

/** Git commands of one person over one door in one protocol version, through the gateway or without it. */
export class Client {
  readonly world: World;
  readonly url: string;
  readonly directory: string;
  readonly #version: number;
  readonly #environment: Record<string, string>;

  constructor(
    world: World,
    way: Way,
    name: string,
    options: { readonly repo?: string; readonly direct?: Direct } = {},
  ) {
    const { repo = 'acme/shop', direct } = options;
    this.world = world;
    this.#version = way.version;
    this.url = direct === undefined ? world.url(way.door, 'alice', `${repo}.git`) : `${direct[way.door]}/${repo}.git`;
    this.directory = join(
      world.directory,
      `${name}-${way.door}-${way.version}${direct === undefined ? '' : '-direct'}`,
    );
    this.#environment =
      direct === undefined
        ? {}
        : {
            GIT_SSH_COMMAND:
              'ssh -F /dev/null -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR',
          };
  }

  /** Clones into `directory`. */
  clone(...options: string[]): Promise<string> {
    return this.#run(['clone', '-q', ...options, this.url, this.directory], this.world.directory);
  }

  /** Runs git in the clone. Throws when it fails. */
  git(...args: string[]): Promise<string> {
    return this.#run(args, this.directory);
  }

  /** The same with its packet trace instead of its output. */
  async traced(...args: string[]): Promise<string> {
    const done = await must(
      this.world.git('alice', this.#settings(args), {
        cwd: this.directory,
        env: { ...this.#environment, GIT_TRACE_PACKET: '1' },
      }),
    );
    return done.stderr;
  }

  /** Everything that a clone consists of, in one string to compare: HEAD, refs, objects, shallow boundary. */
  async state(): Promise<string> {
    const refs = await this.git('for-each-ref', '--format=%(refname) %(objectname) %(symref)');
    const objects = await this.git('cat-file', '--batch-all-objects', '--batch-check=%(objectname)', '--unordered');
    const shallow = await readFile(join(this.directory, '.git/shallow'), 'latin1').catch(() => '');
    const head = await readFile(join(this.directory, '.git/HEAD'), 'latin1');
    return [head, ...refs.split('\n'), ...objects.split('\n').toSorted(), ...shallow.split('\n').toSorted()].join('\n');
  }

  /** Adds `count` commits on `from` to a local branch without any network. */
  async grow(branch: string, from: string, count: number): Promise<void> {
    await must(
      this.world.git('alice', ['fast-import', '--quiet'], {
        cwd: this.directory,
        input: growth(`refs/heads/${branch}`, from, count),
      }),
    );
  }

  #settings(args: readonly string[]): string[] {
    return ['-c', `protocol.version=${this.#version}`, ...args];
  }

  async #run(args: readonly string[], cwd: string): Promise<string> {
    const done = await must(this.world.git('alice', this.#settings(args), { cwd, env: this.#environment }));
    return done.stdout.trimEnd();
  }
}

/** git-fast-import(1) input: a line of commits. */
export function growth(ref: string, from: string, count: number, since = 1_800_000_000): string {
  const lines: string[] = [];
  for (let at = 0; at < count; at++) {
    const when = `T <t@example.com> ${since + at * 60} +0000`;
    const text = `${ref} ${at}\n`;
    lines.push(`commit ${ref}`, `author ${when}`, `committer ${when}`, `data ${text.length}`, text.trimEnd());
    if (at === 0) lines.push(`from ${from}`);
    lines.push(`M 100644 inline grown/${at % 11}.txt`, `data ${text.length}`, text.trimEnd(), '');
  }
  return `${lines.join('\n')}\n`;
}

/** Runs git in the upstream's own repository. */
export function inUpstream(world: World, args: readonly string[], input = '', repo = 'acme/shop'): string {
  const options = { cwd: `${join(world.upstreamRoot, repo)}.git`, env: gitEnvironment({}), input };
  return execFileSync('git', [...args], { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
    .toString('utf8')
    .trimEnd();
}

export const HISTORY: readonly SampleCommit[] = Array.from({ length: 60 }, (_, at) => ({
  message: `commit ${at}\n`,
  files: { [`src/dir-${at % 3}/file-${at % 7}.txt`]: `line ${at}\n`.repeat(4), 'README.md': `version ${at}\n` },
}));

/** A world whose upstream has `before` (40 commits), `after` (60 and 120 more), main, a branch apart, and tags. */
export async function openFetchWorld(options: WorldOptions): Promise<World> {
  const world = await openWorld({ ...options, commits: HISTORY });
  const git = (...args: string[]) => inUpstream(world, args);
  git('branch', 'before', 'main~20');
  git('tag', 'light', 'main~30');
  git('-c', 'user.name=T', '-c', 'user.email=t@example.com', 'tag', '-a', '-m', 'one', 'v1', 'main~10');
  inUpstream(world, ['fast-import', '--quiet'], growth('refs/heads/after', 'refs/heads/main^0', 120));
  return world;
}

/** Runs the ways two at a time: two cores is what a small machine has. */
export async function eachWay(run: (way: Way) => Promise<void>, ways: readonly Way[] = WAYS): Promise<void> {
  const waiting = [...ways];
  const worker = async () => {
    for (let way = waiting.shift(); way !== undefined; way = waiting.shift()) {
      const { door, version } = way;
      await run(way).catch((error: unknown) => {
        throw new Error(`over ${door} in protocol v${version}: ${String(error)}`, { cause: error });
      });
    }
  };
  await Promise.all([worker(), worker()]);
}

/** What each door gives without a gateway; it is the same in every version of the protocol. */
export async function perDoor<T>(play: (way: Way) => Promise<T>): Promise<Readonly<Record<Door, T>>> {
  const [http, ssh] = await Promise.all([play({ door: 'http', version: 0 }), play({ door: 'ssh', version: 0 })]);
  return { http, ssh };
}

/** Lines that only one of two texts has, so that a failure can be read. */
export function sameLines(actual: string, expected: string, what: string): void {
  if (actual === expected) return;
  const [a, b] = [actual.split('\n'), expected.split('\n')];
  const more = a.filter((line) => !b.includes(line)).slice(0, 5);
  const less = b.filter((line) => !a.includes(line)).slice(0, 5);
  assert.fail(`${what}: more: ${more.join(', ') || 'nothing'}; less: ${less.join(', ') || 'nothing'}`);
}
