// What we keep of one upstream repository: a bare object store without refs, holding only objects that the upstream
// has. It is partial on purpose. A push costs in proportion to the push: of history we did not see pass through, we
// fetch single commits with their trees (depth 1, blob:none), more history only when a question needs it, and all of
// it only when the upstream can do no less.
//
//   git's `shallow` file says where history is cut, so that rev-list gives right answers up to the cut.
//   Nothing here is the truth about refs: tips are read from the upstream for each push.
//   A refused object never gets in: packs arrive from the upstream, or from a push that the upstream took.
import { createHash } from 'node:crypto';
import { access, mkdir, open, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import PQueue from 'p-queue';
import type { Mirror, ObjectFetch, ObjectFetcher } from '../../domain/ports.ts';
import type { RepoAddress } from '../../domain/push/push.ts';
import { parseCommit, parseTree } from '../../protocol/object.ts';
import type { ObjectFormat, Oid } from '../../protocol/oid.ts';
import { type CatFile, openCatFile } from './cat-file.ts';
import { runGit } from './git-process.ts';
import { indexIntoRepository } from './store-pack.ts';

export interface MirrorLimits {
  /** Most bytes one fetch from the upstream may take. */
  readonly maxFetchBytes: number;
  readonly fetchTimeoutMs: number;
}

export interface MirrorRepository extends Mirror {
  readonly directory: string;
  readonly reader: CatFile;
  /** Runs alone with respect to other changes of this mirror. */
  change(work: () => Promise<void>): Promise<void>;
  close(): void;
}

type Fetched = { readonly outcome: 'ok' } | { readonly outcome: 'refused'; readonly tips?: readonly Oid[] };

const HISTORY_STEPS = [100, 2_000, 50_000, undefined] as const;
const MAX_PACKS = 50;
const MAX_SINGLE_FETCHES = 8;

/** Opens (or makes) the mirror of `address` under `root`. */
export async function openMirror(
  root: string,
  address: RepoAddress,
  objectFormat: ObjectFormat,
  fetcher: ObjectFetcher,
  limits: MirrorLimits,
): Promise<MirrorRepository> {
  const directory = join(root, mirrorName(address, objectFormat));
  await makeRepository(directory, objectFormat);
  const reader = openCatFile({ gitDir: directory });
  const queue = new PQueue({ concurrency: 1 });
  const shallowFile = join(directory, 'shallow');

  /** Tips below which everything is here: for upstreams that serve nothing by id. */
  let whole: ReadonlySet<Oid> = new Set();

  async function fetchInto(request: ObjectFetch, signal?: AbortSignal): Promise<Fetched> {
    const deadline = AbortSignal.timeout(limits.fetchTimeoutMs);
    const answer = await fetcher.fetch(
      address,
      request,
      signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    );
    if (answer.outcome === 'refused') return answer;
    if (answer.outcome !== 'ok') throw new UpstreamUnreadableError(answer.outcome);
    // Before and after: a crash between the two must not leave commits without parents that nothing marks as cut.
    await updateShallow(answer.shallow, []);
    await indexIntoRepository(directory, answer.pack, limits.maxFetchBytes);
    await updateShallow(answer.shallow, answer.unshallow);
    return { outcome: 'ok' };
  }

  async function readShallow(): Promise<Set<Oid>> {
    const text = await readFile(shallowFile, 'latin1').catch(() => '');
    return new Set(text.split('\n').filter((line) => line !== ''));
  }

  async function updateShallow(added: readonly Oid[], removed: readonly Oid[]): Promise<void> {
    const cut = await readShallow();
    if (cut.size === 0 && added.length === 0) return;
    const before = [...cut].join();
    for (const oid of removed) cut.delete(oid);
    for (const oid of added) if (!(await hasParents(oid))) cut.add(oid);
    // A cut that later fetches filled must go, or rev-list would not see what we have.
    for (const oid of cut) if (await hasParents(oid)) cut.delete(oid);
    if ([...cut].join() === before) return;
    // Written whole and renamed: a crash leaves the old file, which is at worst a cut too many.
    const temporary = `${shallowFile}.new`;
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(cut.size === 0 ? '' : `${[...cut].toSorted().join('\n')}\n`);
    } finally {
      await file.close();
    }
    await rename(temporary, shallowFile);
  }

  async function hasParents(oid: Oid): Promise<boolean> {
    const commit = await reader.read(oid);
    if (commit?.type !== 'commit') return false;
    const infos = await Promise.all(parseCommit(commit.content, objectFormat).parents.map((oid) => reader.info(oid)));
    return infos.every((info) => info !== undefined);
  }

  /** True when commit and trees are here: packs arrive whole, so a root tree stands for the trees below it. */
  async function hasTree(oid: Oid): Promise<boolean> {
    const object = await reader.read(oid);
    if (object === undefined) return false;
    if (object.type === 'tree') return true;
    if (object.type !== 'commit') return true;
    const tree = parseCommit(object.content, objectFormat).tree;
    const root = await reader.read(tree);
    if (root === undefined) return false;
    // History fetched without trees may share a root tree's id with nothing below it: look one level down as well.
    const below = parseTree(root.content, objectFormat).filter((entry) => entry.mode === '040000');
    const infos = await Promise.all(below.map((entry) => reader.info(entry.oid)));
    return infos.every((info) => info !== undefined);
  }

  async function missing(oids: readonly Oid[], here: (oid: Oid) => Promise<boolean>): Promise<Oid[]> {
    const flags = await Promise.all(oids.map(here));
    return oids.filter((_, at) => flags[at] !== true);
  }

  /**
   * Fetches those of `oids` that are not here. Should the upstream refuse the batch, one by one until the first that it
   * lacks: a push that names many absent objects must not become many requests (THREATS.md 77). The rest then counts as
   * lacking too.
   */
  async function fetchMissing(
    all: readonly Oid[],
    here: (oid: Oid) => Promise<boolean>,
    request: Omit<ObjectFetch, 'wants'>,
    signal?: AbortSignal,
  ): Promise<ReadonlySet<Oid>> {
    const oids = await missing(all, here);
    if (oids.length === 0) return new Set();
    const batch = await fetchInto({ ...request, wants: oids }, signal);
    if (batch.outcome === 'ok') return new Set();
    if (batch.tips !== undefined) {
      await fetchWhole(batch.tips, signal);
      return new Set(await missing(oids, here));
    }
    for (const [at, oid] of oids.entries()) {
      if (oids.length === 1 || at >= MAX_SINGLE_FETCHES) return new Set(oids.slice(at));
      if ((await fetchInto({ ...request, wants: [oid] }, signal)).outcome === 'refused') return new Set(oids.slice(at));
    }
    return new Set();
  }

  /** Everything below these tips, once: an upstream that serves nothing by id is asked for what it does serve. */
  async function fetchWhole(tips: readonly Oid[], signal?: AbortSignal): Promise<void> {
    if (tips.length === 0 || tips.every((oid) => whole.has(oid))) return;
    const fetched = await fetchInto({ wants: tips }, signal);
    if (fetched.outcome === 'refused') throw new UpstreamUnreadableError('refused');
    whole = new Set(tips);
  }

  const mirror: MirrorRepository = {
    directory,
    place: { gitDir: directory },
    objectFormat,
    reader,
    async ensureCommits(oids, signal) {
      if ((await missing(oids, hasTree)).length === 0) return new Set();
      return queue.add(() => fetchMissing(oids, hasTree, { depth: 1, filter: 'blob:none' }, signal));
    },
    async ensureObjects(oids, signal) {
      const here = async (oid: Oid) => (await reader.info(oid)) !== undefined;
      if ((await missing(oids, here)).length === 0) return new Set();
      return queue.add(() => fetchMissing(oids, here, {}, signal));
    },
    async reachable(oids, tips, signal) {
      const wanted = [...tips];
      for (const depth of HISTORY_STEPS) {
        const unreached = await notReachable(directory, oids, wanted, reader, signal);
        if (unreached.size === 0) return new Set(oids);
        // More history can change the answer only where ours is cut (or absent) below a tip.
        if (!(await isCut(wanted))) return new Set(oids.filter((oid) => !unreached.has(oid)));
        const result = await queue.add(() =>
          fetchInto(
            depth === undefined ? { wants: wanted, filter: 'tree:0' } : { wants: wanted, depth, filter: 'tree:0' },
            signal,
          ),
        );
        if (result.outcome === 'refused') break;
      }
      const unreached = await notReachable(directory, oids, wanted, reader, signal);
      return new Set(oids.filter((oid) => !unreached.has(oid)));
    },
    async fetchAll(tips, signal) {
      await queue.add(() => fetchWhole([...tips], signal));
    },
    change: (work) =>
      queue.add(async () => {
        await work();
        await compact(directory).catch(() => {}); // keeps reads fast; nothing depends on it
      }),
    close() {
      reader.close();
    },
  };

  async function isCut(tips: readonly Oid[]): Promise<boolean> {
    for (const tip of tips) if ((await reader.info(tip)) === undefined) return true;
    return (await readShallow()).size > 0;
  }

  return mirror;
}

/** The upstream could not be read while a decision needed it: the push is refused, nothing is assumed. */
export class UpstreamUnreadableError extends Error {
  readonly code = 'upstream-unreadable';
  constructor(outcome: string) {
    super(`the upstream could not be read (${outcome})`);
  }
}

/** Folder name: a digest, since repository paths are longer and wilder than file names may be. */
function mirrorName(address: RepoAddress, objectFormat: ObjectFormat): string {
  const digest = createHash('sha256').update(JSON.stringify([address.upstream, address.repo, objectFormat]));
  return `${digest.digest('hex').slice(0, 40)}.git`;
}

/** A bare repository as `git init --bare` makes it, less hooks and templates; made by hand to save a process. */
async function makeRepository(directory: string, objectFormat: ObjectFormat): Promise<void> {
  const config =
    objectFormat === 'sha1'
      ? '[core]\n\trepositoryformatversion = 0\n\tbare = true\n'
      : '[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n';
  if (await exists(join(directory, 'HEAD'))) return;
  await mkdir(join(directory, 'objects', 'pack'), { recursive: true, mode: 0o700 });
  await mkdir(join(directory, 'objects', 'info'), { recursive: true });
  await mkdir(join(directory, 'refs'), { recursive: true });
  await writeFile(join(directory, 'config'), config);
  await writeFile(join(directory, 'HEAD'), 'ref: refs/heads/none\n'); // last: its presence says "complete"
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Those of `oids` that cannot be reached from `tips` in what is here. */
async function notReachable(
  gitDir: string,
  oids: readonly Oid[],
  tips: readonly Oid[],
  reader: CatFile,
  signal?: AbortSignal,
): Promise<ReadonlySet<Oid>> {
  const have = async (oid: Oid) => (await reader.info(oid)) !== undefined;
  const here = await Promise.all(oids.map(have));
  const tipsHere = await Promise.all(tips.map(have));
  const known = oids.filter((_, at) => here[at] === true);
  const unreached = new Set(oids.filter((_, at) => here[at] !== true));
  if (known.length === 0) return unreached;
  // `^oid`, not `--not`: git before 2.42 takes no options on standard input.
  const input = [...known, ...tips.filter((_, at) => tipsHere[at] === true).map((oid) => `^${oid}`)].join('\n');
  const run = await runGit({ gitDir }, ['rev-list', '--stdin', '--'], {
    input: `${input}\n`,
    ...(signal === undefined ? {} : { signal }),
  });
  if (run.code !== 0) throw new Error(`git rev-list failed: ${run.stderr.slice(-300)}`);
  const out = new Set(run.stdout.toString('latin1').split('\n'));
  for (const oid of known) if (out.has(oid)) unreached.add(oid);
  return unreached;
}

/** Merges many small packs into one, without looking at refs (there are none). */
async function compact(gitDir: string): Promise<void> {
  const names = await readdir(join(gitDir, 'objects', 'pack'));
  if (names.filter((name) => name.endsWith('.pack')).length < MAX_PACKS) return;
  for (const args of [['write'], ['repack', '--batch-size=0'], ['expire']]) {
    const run = await runGit({ gitDir }, ['multi-pack-index', ...args], { timeoutMs: 600_000 });
    if (run.code !== 0) return;
  }
}
