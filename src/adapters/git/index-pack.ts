// One run of `git index-pack` in a quarantine, fed while the pack arrives, and bounded in memory and computing time.
import { availableParallelism } from 'node:os';
import type { IndexedPack, IndexLimits, PackIndexing } from '../../domain/ports.ts';
import type { ObjectFormat } from '../../protocol/oid.ts';
import { PACK_HEADER_BYTES } from '../../protocol/pack.ts';
import { cpuSecondsOf, type GitChild, type GitEnvironment, spawnGit } from './git-process.ts';
import { indexRefusal, readIndexed } from './index-pack-result.ts';

export interface IndexPackPlace {
  readonly where: GitEnvironment;
  /** The quarantine's own objects. */
  readonly objects: string;
  readonly objectFormat: ObjectFormat;
  readonly memoryBytes: number;
}

/**
 * Time git may compute. Honest packs need a tenth of a second for each MiB: a small pack that takes long was made to
 * (THREATS.md 79), and what bounds the time bounds what it can unfold to.
 */
const CPU_SECONDS = 20;
const CPU_SECONDS_PER_MIB = 1;
const CPU_CHECK_MS = 500;
const STDOUT_KEPT = 1 << 20;
const STDERR_KEPT = 1 << 16;

export function startIndexing(place: IndexPackPlace, limits: IndexLimits): PackIndexing {
  return new IndexPack(place, limits);
}

class IndexPack implements PackIndexing {
  readonly done: Promise<IndexedPack>;
  readonly #place: IndexPackPlace;
  readonly #limits: IndexLimits;
  readonly #child: GitChild;
  readonly #watch: NodeJS.Timeout;
  #deadline: NodeJS.Timeout | undefined;
  readonly #header: Buffer[] = [];
  #given = 0;
  #hasEnded = false;
  #isTimedOut = false;
  /** Lets a writer go on that waits for git to read. */
  #resume: (() => void) | undefined;

  constructor(place: IndexPackPlace, limits: IndexLimits) {
    this.#place = place;
    this.#limits = limits;
    this.#child = spawnIndexPack(place, limits);
    this.#child.stdin.on('drain', () => this.#resume?.());
    this.#child.stdin.on('error', () => this.#resume?.());
    this.#watch = setInterval(() => void this.#checkComputing(), CPU_CHECK_MS);
    this.done = this.#result();
    this.done.catch(() => {});
  }

  async write(chunk: Buffer): Promise<boolean> {
    const { stdin } = this.#child;
    if (this.#given < PACK_HEADER_BYTES) this.#header.push(Buffer.from(chunk.subarray(0, PACK_HEADER_BYTES)));
    this.#given += chunk.length;
    if (this.#hasEnded || stdin.destroyed) return false;
    if (!stdin.write(chunk)) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
      this.#resume = undefined;
    }
    return !this.#hasEnded && !stdin.destroyed;
  }

  end(): void {
    // From here on nobody else is waited for. Over SSH git has seen the end of the pack before us, and may be done.
    if (!this.#hasEnded) this.#deadline = setTimeout(() => this.#giveUp(), this.#limits.timeoutMs);
    this.#child.stdin.end();
  }

  abort(): void {
    this.#child.kill('SIGKILL');
  }

  async #result(): Promise<IndexedPack> {
    const stdout = keepEnd(this.#child.stdout, STDOUT_KEPT);
    const stderr = keepEnd(this.#child.stderr, STDERR_KEPT);
    const code = await this.#ended();
    if (code !== 0) return indexRefusal({ code, stderr: stderr(), isTimedOut: this.#isTimedOut });
    const { where, objects, objectFormat } = this.#place;
    return readIndexed({ where, objects, objectFormat, stdout: stdout(), header: Buffer.concat(this.#header) });
  }

  #ended(): Promise<number | null> {
    return new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => {
        clearTimeout(this.#deadline);
        clearInterval(this.#watch);
        this.#hasEnded = true;
        this.#resume?.();
        resolve(code);
      });
    });
  }

  async #checkComputing(): Promise<void> {
    const allowed = CPU_SECONDS + (this.#given / (1 << 20)) * CPU_SECONDS_PER_MIB;
    const used = await cpuSecondsOf(this.#child);
    if (used > Math.min(allowed, this.#limits.timeoutMs / 1000)) this.#giveUp();
  }

  #giveUp(): void {
    this.#isTimedOut = true;
    this.abort();
  }
}

function spawnIndexPack({ where, memoryBytes }: IndexPackPlace, limits: IndexLimits): GitChild {
  const args = [
    '-c',
    'core.fsync=none', // the recording is synced; this can be made again from it
    '-c',
    'core.bigFileThreshold=32m', // larger blobs are hashed as they stream by, not held
    'index-pack',
    '--stdin',
    '--fix-thin',
    // Not --strict: that also wants every linked object to exist here, and the mirror is partial. What is linked is
    // checked by the inspection, and once more by the upstream.
    '--fsck-objects',
    `--max-input-size=${limits.maxPackBytes}`,
    ...(limits.small ? ['--threads=1'] : []),
  ];
  return spawnGit(where, args, { memoryBytes, cpuSeconds: (limits.timeoutMs / 1000) * availableParallelism() });
}

/** Collects at most the last `most` characters of a program's output. */
function keepEnd(output: NodeJS.ReadableStream, most: number): () => string {
  let text = '';
  output.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('latin1')).slice(-most);
  });
  return () => text;
}
