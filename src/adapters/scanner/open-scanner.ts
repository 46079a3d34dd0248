// The port SecretScanner over threads. Little work is done at once by the caller's own thread, for a thread costs more
// than that; what turns out to be more work than it looked is handed on.
import { lstatSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { HeldValues } from '../../domain/secrets/held-values.ts';
import { DEFAULT_LAYER_LIMITS, LayerBudget, SharedPurse } from '../../domain/secrets/layers/budget.ts';
import type { ObjectScanner } from '../../domain/secrets/scan-object.ts';
import type {
  ArrivingPack,
  ArrivingScan,
  EarlyScans,
  ObjectPlace,
  ObjectScan,
  RepositoryScanned,
  RepositoryScanOptions,
  ScannedObject,
  SecretScanner,
  WantedObject,
} from '../../domain/secrets/secret-scanner.ts';
import { Growth } from './growing-file.ts';
import { type FileScan, type FileToScan, scanFiles } from './scan-files.ts';
import { ScannerError } from './scanner-error.ts';
import type { ScannerSettings } from './settings.ts';
import type { FromThread } from './thread-messages.ts';
import { type PoolJob, type PoolOptions, ThreadPool } from './thread-pool.ts';

const MAX_THREADS = 4;
const MIB = 1024 * 1024;

export const DEFAULT_POOL_OPTIONS: PoolOptions = Object.freeze({
  threads: Math.min(availableParallelism(), MAX_THREADS),
  silenceMs: 60_000,
  idleMs: 30_000,
  keep: 0,
  maxWaitingBytes: 256 * MIB,
});

/** Bytes that the caller's own thread looks into, and what it may unpack of them. */
const SMALL_BYTES = 256 * 1024;
const SMALL_LIMITS = { ...DEFAULT_LAYER_LIMITS, floorBytes: MIB };
/** For the rules of a `.gitleaks.toml`: some milliseconds. */
const SMALL_STEPS = 2_000_000;
/** Files that the caller's own thread scans, over all calls. */
const OWN_FILE_BYTES = 4 * MIB;
/** Of one job: large enough that handing it over costs nothing, small enough that threads share the work. */
const BATCH_BYTES = 4 * MIB;
const BATCH_OBJECTS = 2000;
/** Jobs that a list of objects is cut into for each thread, so that none waits long for the others. */
const SLICES = 4;
const LEAST_SLICE = 500;

/** Packs that are scanned while they arrive, each by a thread that is its own for as long as that takes. */
const MAX_ARRIVING = 2;

/** The port, and files: for whoever scans what lies on a disk. */
export interface Scanner extends SecretScanner {
  /** One answer a file, in order. */
  scanFiles(files: readonly FileToScan[], signal?: AbortSignal): Promise<readonly FileScan[]>;
}

/** What the agent holds, by digest: asked for each time, for it learns while it works. */
export type Held = Pick<HeldValues, 'find' | 'digests'>;

/** Starts nothing yet: threads come with the work, or with `warm`. Close it in the end. */
export function openScanner(
  settings: ScannerSettings,
  options: Partial<PoolOptions> & { readonly held?: Held } = {},
): Scanner {
  const { held, ...pool } = options;
  return new ThreadedScanner(settings, { ...DEFAULT_POOL_OPTIONS, ...pool }, held);
}

class ThreadedScanner implements Scanner {
  readonly #settings: ScannerSettings;
  readonly #options: PoolOptions;
  readonly #pool: ThreadPool;
  readonly #held: Held | undefined;
  readonly #arriving: ThreadPool;
  #arrivingNow = 0;
  #own: Promise<ObjectScanner> | undefined;
  #isClosed = false;
  #ownFileBytes = 0;

  constructor(settings: ScannerSettings, options: PoolOptions, held: Held | undefined) {
    this.#settings = settings;
    this.#options = options;
    this.#held = held;
    this.#pool = new ThreadPool(settings, options);
    this.#arriving = new ThreadPool(settings, { ...options, threads: MAX_ARRIVING });
  }

  async scanObjects(objects: readonly ScannedObject[], signal?: AbortSignal): Promise<readonly ObjectScan[]> {
    const small = await this.#scanSmall(objects);
    if (small !== undefined) return small;
    const purse = new SharedPurse(DEFAULT_LAYER_LIMITS.floorBytes);
    const batches = batchesOf(objects);
    const scans = await all(
      batches.map((batch) => (stop) => this.#scanBatch(batch, purse, stop)),
      signal,
    );
    return scans.flat();
  }

  async scanFiles(files: readonly FileToScan[], signal?: AbortSignal): Promise<readonly FileScan[]> {
    const size = files.reduce((sum, { file }) => sum + sizeOf(file), 0);
    // A thread takes longer to start than a small project takes to scan.
    if (this.#ownFileBytes + size <= OWN_FILE_BYTES && !this.#isClosed) {
      this.#ownFileBytes += size;
      return scanFiles(await this.#ownScanner(), files);
    }
    let scans: readonly FileScan[] = [];
    const onMessage = (said: FromThread): void => {
      if (said.kind === 'files') scans = said.scans;
    };
    const purse = new SharedPurse(DEFAULT_LAYER_LIMITS.floorBytes);
    const message = { job: { kind: 'files', files }, ...this.#with(purse) } as const;
    await all([(stop) => this.#run({ message, transfer: [], bytes: 0, onMessage }, stop)], signal);
    if (scans.length !== files.length) throw new ScannerError('scanner-crashed', 'the scanner left files out');
    return scans;
  }

  async scanRepository(place: ObjectPlace, options: RepositoryScanOptions): Promise<RepositoryScanned> {
    const purse = new SharedPurse(DEFAULT_LAYER_LIMITS.floorBytes);
    const total = { objects: 0, bytes: 0 };
    const onProgress = (objects: number, bytes: number): void => {
      total.objects += objects;
      total.bytes += bytes;
      options.onProgress?.(total.objects, total.bytes);
    };
    const slices = options.wanted === undefined ? [undefined] : this.#slices(options.wanted);
    const jobs = slices.map((slice) => (stop: AbortSignal) => {
      const message = {
        job: { kind: 'repository', place, ...(slice && { wanted: slice.wanted }) },
        ...this.#with(purse),
      } as const;
      const onMessage: PoolJob['onMessage'] = (said) => {
        if (said.kind !== 'progress') return;
        for (const { oid, scan, index } of said.told) options.onScan(oid, scan, index + (slice?.from ?? 0));
        onProgress(said.objects, said.bytes);
      };
      return this.#run({ message, transfer: [], bytes: 0, onMessage }, stop);
    });
    await all(jobs, options.signal);
    return total;
  }

  scanArriving(pack: ArrivingPack): ArrivingScan | undefined {
    // A rule of a .gitleaks.toml may be for files of a name, and no path is known yet.
    if (this.#isClosed || this.#arrivingNow >= MAX_ARRIVING || this.#settings.gitleaks !== undefined) return undefined;
    const growth = new Growth();
    this.#arrivingNow += 1;
    const seen = this.#scanPack(pack, growth).catch(() => undefined);
    return {
      grown: (bytes) => growth.grown(bytes),
      end: () => growth.end('whole'),
      stop: () => growth.end('stopped'),
      seen: seen.finally(() => {
        this.#arrivingNow -= 1;
      }),
    };
  }

  async #scanPack(pack: ArrivingPack, growth: Growth): Promise<EarlyScans | undefined> {
    let seen: EarlyScans | undefined;
    const onMessage = (said: FromThread): void => {
      if (said.kind === 'pack') seen = said.seen;
    };
    const job = { kind: 'pack', pack: { ...pack, growth: growth.memory } } as const;
    const message = { job, ...this.#with(new SharedPurse(DEFAULT_LAYER_LIMITS.floorBytes)) };
    await submit(this.#arriving, { message, transfer: [], bytes: 0, onMessage });
    return seen;
  }

  async warm(): Promise<void> {
    await Promise.all([this.#pool.warm(), this.#ownScanner()]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#pool.close(), this.#arriving.close()]);
  }

  /** Undefined when that is for the threads. */
  async #scanSmall(objects: readonly ScannedObject[]): Promise<readonly ObjectScan[] | undefined> {
    if (this.#isClosed) throw new ScannerError('scanner-closed', 'the scanner is closed');
    const size = objects.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (size > SMALL_BYTES) return undefined;
    const scanner = await this.#ownScanner();
    const scans = scanner.scanAll(objects, { budget: new LayerBudget(SMALL_LIMITS), limits: { steps: SMALL_STEPS } });
    const isMore = scans.some(({ notInspected }) => notInspected.some(({ reason }) => IS_MORE.has(reason)));
    return isMore ? undefined : scans;
  }

  /** Its rules are loaded when they are first needed: most commands need none. */
  #ownScanner(): Promise<ObjectScanner> {
    this.#own ??= import('./settings.ts').then(({ objectScannerOf }) => objectScannerOf(this.#settings, this.#held));
    return this.#own;
  }

  async #scanBatch(batch: readonly ScannedObject[], purse: SharedPurse, stop: AbortSignal) {
    const objects = batch.map((object) => ({ ...object, bytes: giveable(object.bytes) }));
    const bytes = objects.reduce((sum, one) => sum + one.bytes.length, 0);
    const transfer = [...new Set(objects.map((object) => object.bytes.buffer))];
    let scans: readonly ObjectScan[] = [];
    const onMessage = (said: FromThread): void => {
      if (said.kind === 'objects') scans = said.scans;
    };
    const message = { job: { kind: 'objects', objects }, ...this.#with(purse) } as const;
    await this.#run({ message, transfer, bytes, onMessage }, stop);
    if (scans.length !== batch.length) throw new ScannerError('scanner-crashed', 'the scanner left objects out');
    return scans;
  }

  #slices(wanted: readonly WantedObject[]): { from: number; wanted: readonly WantedObject[] }[] {
    const size = Math.max(LEAST_SLICE, Math.ceil(wanted.length / (this.#options.threads * SLICES)));
    const count = Math.ceil(wanted.length / size);
    return Array.from({ length: count }, (_, at) => ({
      from: at * size,
      wanted: wanted.slice(at * size, (at + 1) * size),
    }));
  }

  /** What goes with every job. */
  #with(purse: SharedPurse) {
    return { purse: purse.memory, held: this.#held?.digests() };
  }

  #run(work: Omit<PoolJob, 'onEnd'>, stop: AbortSignal): Promise<void> {
    return submit(this.#pool, work, stop);
  }
}

/** Resolves when the job is done; rejects when it failed, or was stopped. */
function submit(pool: ThreadPool, work: Omit<PoolJob, 'onEnd'>, stop?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const job: PoolJob = { ...work, onEnd: (error) => (error === undefined ? resolve() : reject(error)) };
  stop?.addEventListener('abort', () => pool.cancel(job), { once: true });
  pool.submit(job);
  return promise;
}

function sizeOf(file: string): number {
  return lstatSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** What more budget, or more time, may change. */
const IS_MORE: ReadonlySet<string> = new Set(['budget', 'rules-timeout', 'too-large', 'bomb']);

/** Runs the jobs together. The first that fails, or the signal, ends all of them. */
async function all<T>(jobs: readonly ((stop: AbortSignal) => Promise<T>)[], signal?: AbortSignal): Promise<T[]> {
  if (signal?.aborted === true) throw new ScannerError('scanner-closed', 'the scan was called off');
  const stop = new AbortController();
  const forward = (): void => stop.abort();
  signal?.addEventListener('abort', forward, { once: true });
  try {
    return await Promise.all(jobs.map((job) => job(stop.signal)));
  } catch (error) {
    stop.abort();
    throw error;
  } finally {
    signal?.removeEventListener('abort', forward);
  }
}

function batchesOf(objects: readonly ScannedObject[]): ScannedObject[][] {
  const batches: ScannedObject[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const object of objects) {
    const last = batches.at(-1);
    if (last === undefined || size + object.bytes.length > BATCH_BYTES || last.length >= BATCH_OBJECTS) {
      batches.push([object]);
      size = object.bytes.length;
    } else {
      last.push(object);
      size += object.bytes.length;
    }
  }
  return batches;
}

/** Bytes in a buffer of their own, which can be given to a thread; views of larger ones (Node's pool) are copied. */
function giveable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length;
  return isOwn ? new Uint8Array(buffer) : new Uint8Array(bytes);
}
