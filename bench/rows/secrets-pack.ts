// What the search for secrets adds to a large push: git's own indexing of the pack as it arrives, alone, against the same
// with the search beside it, until the last object has been looked at. The two take turns.
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startIndexing } from '../../src/adapters/git/index-pack.ts';
import { openScannerProcess } from '../../src/adapters/scanner/scanner-process.ts';
import type { IndexedPack } from '../../src/domain/ports.ts';
import { EarlyLookup } from '../../src/domain/secrets/push/early-lookup.ts';
import type { SecretScanner } from '../../src/domain/secrets/secret-scanner.ts';
import { median, watch } from '../measure.ts';
import { makeRepository, type Shape } from '../repositories.ts';
import type { Stage } from '../stage.ts';
import { type Bench, MB, type Row } from './row.ts';

/** Poorly compressible text, as much as fits 100 MB of pack. */
const LARGE: Shape = { commits: 20, filesPerCommit: 100, spread: 50, fileBytes: 90_000 };
const LARGE_QUICK: Shape = { commits: 5, filesPerCommit: 20, spread: 10, fileBytes: 20_000 };
/** As it comes from a socket. */
const CHUNK = 64 * 1024;
const LIMITS = { maxPackBytes: 4 * 1024 * MB, timeoutMs: 600_000 };

interface Taken {
  readonly ms: number;
  readonly cpu: number;
  /** Objects that were looked at only when the pack was there. */
  readonly left: number;
}

export async function largePack(bench: Bench): Promise<Row> {
  const { stage } = bench;
  const template = await makeRepository(stage, 'secrets-pack', bench.isQuick ? LARGE_QUICK : LARGE);
  const packs = join(template, 'objects/pack');
  const pack = join(packs, (await readdir(packs)).find((name) => name.endsWith('.pack')) ?? '');
  const scanner = openScannerProcess({ fingerprintKey: Buffer.alloc(32, 1) });
  const listed = await stage.git(['cat-file', '--batch-all-objects', '--batch-check'], template);
  const trees = new Set(listed.match(/^[0-9a-f]+(?= tree )/gm));
  const files = await stage.git(['ls-tree', '-r', '--format=%(objectname) %(path)', 'main'], template);
  const paths = new Map(
    files
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
  const arriving = new Arriving(stage, pack, { trees, paths });
  const taken: Record<'alone' | 'searched', Taken[]> = { alone: [], searched: [] };
  try {
    await arriving.searched(scanner); // a process that has seen a push
    for (let round = 0; round < bench.rounds(7, 1); round++) {
      for (const side of round % 2 === 0 ? (['alone', 'searched'] as const) : (['searched', 'alone'] as const)) {
        taken[side].push(await (side === 'alone' ? arriving.alone() : arriving.searched(scanner)));
      }
    }
  } finally {
    await scanner.close();
  }
  return rowOf(arriving.bytes, taken);
}

function rowOf(bytes: number, { alone, searched }: Readonly<Record<'alone' | 'searched', readonly Taken[]>>): Row {
  const of = (list: readonly Taken[], what: keyof Taken) => median(list.map((one) => one[what]));
  const [index, both] = [of(alone, 'ms'), of(searched, 'ms')];
  return {
    work: `a pack of ${Math.round(bytes / MB)} MB arrives and is searched`,
    figures: [{ name: 'on top of index-pack', value: (100 * (both - index)) / index, unit: '%', must: { max: 20 } }],
    notes: [
      `index-pack alone ${Math.round(index)} ms, with the search beside it ${Math.round(both)} ms; least ${least(alone)} and ${least(searched)} ms`,
      `CPU of git ${Math.round(of(alone, 'cpu'))} ms, with that of the search ${Math.round(of(searched, 'cpu'))} ms`,
      `${of(searched, 'left')} objects were left for afterwards`,
    ],
  };
}

function least(list: readonly Taken[]): number {
  return Math.round(Math.min(...list.map(({ ms }) => ms)));
}

/** What the inspection of a push has found out when the search asks. */
interface Known {
  readonly trees: ReadonlySet<string>;
  readonly paths: ReadonlyMap<string, string>;
}

/** The pack, as often as it is wanted, each time into an empty repository. */
class Arriving {
  readonly #stage: Stage;
  readonly #pack: string;
  readonly #known: Known;
  #rounds = 0;
  bytes = 0;

  constructor(stage: Stage, pack: string, known: Known) {
    this.#stage = stage;
    this.#pack = pack;
    this.#known = known;
  }

  async alone(): Promise<Taken> {
    return this.#measure(async (objects) => {
      await this.#index(objects, () => {});
      return 0;
    });
  }

  async searched(scanner: SecretScanner): Promise<Taken> {
    return this.#measure(async (objects, gitDir) => {
      const scan = scanner.scanArriving({ path: this.#pack, from: 0, objectFormat: 'sha1' });
      const { index } = await this.#index(objects, (bytes) => scan?.grown(bytes));
      scan?.end();
      const early = await scan?.seen;
      const view = {
        count: index.count,
        find: (oid: string) => index.find(oid),
        oidAt: (at: number) => index.oidAt(at),
        offsetAt: (at: number) => index.offsetAt(at),
        isSent: () => true,
      };
      const seen = new EarlyLookup(early, view);
      const { trees, paths } = this.#known;
      const positions = Array.from({ length: index.count }, (_, at) => at);
      const pathAt = (at: number) => paths.get(index.oidAt(at)) ?? '';
      const unseen = positions.filter((at) => seen.scanAt(at, pathAt(at)) === undefined);
      const wanted = unseen
        .map((at) => ({ oid: index.oidAt(at), path: pathAt(at) }))
        .filter(({ oid }) => !trees.has(oid));
      const place = { gitDir, objectDirectory: objects };
      if (wanted.length > 0) await scanner.scanRepository(place, { wanted, onScan: () => {} });
      return wanted.length;
    });
  }

  async #measure(work: (objects: string, gitDir: string) => Promise<number>): Promise<Taken> {
    const gitDir = join(this.#stage.directory, `secrets-target-${this.#rounds++}.git`);
    await this.#stage.git(['init', '-q', '--bare', gitDir]);
    const objects = join(gitDir, 'objects');
    await mkdir(join(objects, 'pack'), { recursive: true });
    const usage = watch(process.pid);
    const begun = performance.now();
    const left = await work(objects, gitDir);
    const ms = performance.now() - begun;
    const { gitCpu } = usage();
    await rm(gitDir, { recursive: true, force: true });
    return { ms, cpu: gitCpu, left };
  }

  async #index(
    objects: string,
    onGrown: (bytes: number) => void,
  ): Promise<Extract<IndexedPack, { outcome: 'indexed' }>> {
    const where = { gitDir: join(objects, '..'), objectDirectory: objects };
    const indexing = startIndexing({ where, objects, objectFormat: 'sha1', memoryBytes: 4 * 1024 * MB }, LIMITS);
    let bytes = 0;
    for await (const chunk of createReadStream(this.#pack, { highWaterMark: CHUNK })) {
      bytes += (chunk as Buffer).length;
      await indexing.write(chunk as Buffer);
      onGrown(bytes);
    }
    indexing.end();
    this.bytes = bytes;
    const indexed = await indexing.done;
    if (indexed.outcome === 'refused') throw new Error(indexed.text);
    return indexed;
  }
}
