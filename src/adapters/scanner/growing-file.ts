// A file that somebody else still writes, read from front to back without asking the disk how far it is: the writer says
// so in memory that both sides see. Whoever reads waits; whoever writes never does.
import { closeSync, openSync, readSync } from 'node:fs';
import type { PackSource } from '../../protocol/pack-inflate.ts';

/** Both in one cell: whoever waits for either wakes when it is said, and never between the two. */
const STATES = 4n;
const GROWING = 0n;
const WHOLE = 1n;
const STOPPED = 2n;

export interface Grown {
  /** From the beginning of the file. */
  readonly bytes: number;
  /** Nothing more will come. */
  readonly isOver: boolean;
  /** Whoever reads shall read no further. */
  readonly isStopped: boolean;
}

/** How much of the file is there. One side writes; give `memory` to the other. */
export class Growth {
  readonly memory: SharedArrayBuffer;
  readonly #cell: BigInt64Array<SharedArrayBuffer>;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.memory = memory;
    this.#cell = new BigInt64Array(memory);
  }

  now(): Grown {
    const value = Atomics.load(this.#cell, 0);
    const state = value % STATES;
    return { bytes: Number(value / STATES), isOver: state !== GROWING, isStopped: state === STOPPED };
  }

  get isStopped(): boolean {
    return Atomics.load(this.#cell, 0) % STATES === STOPPED;
  }

  /** So many bytes can be read. */
  grown(bytes: number): void {
    this.#say(BigInt(bytes), Atomics.load(this.#cell, 0) % STATES);
  }

  end(how: 'whole' | 'stopped'): void {
    this.#say(Atomics.load(this.#cell, 0) / STATES, how === 'whole' ? WHOLE : STOPPED);
  }

  #say(bytes: bigint, state: bigint): void {
    Atomics.store(this.#cell, 0, bytes * STATES + state);
    Atomics.notify(this.#cell, 0);
  }

  /** Resolves when it is not `known` any more, or after `ms`. */
  async change(known: Grown, ms: number): Promise<void> {
    if (known.isOver) return;
    await Atomics.waitAsync(this.#cell, 0, BigInt(known.bytes) * STATES + GROWING, ms).value;
  }
}

const NOTHING = Buffer.alloc(0);
const WINDOW = 1024 * 1024;
/** Between two signs of life while nothing comes. */
const WAIT_MS = 1_000;

export class GrowingFile implements PackSource {
  readonly #file: number;
  readonly #from: number;
  readonly #growth: Growth;
  readonly #onWait: () => void;
  #isClosed = false;
  #window = Buffer.allocUnsafe(WINDOW);
  /** Of the window, behind `from`, and how much of it is filled. */
  #start = 0;
  #length = 0;

  /** Offsets count from byte `from` of the file. `onWait`: called at least every second while it waits. */
  constructor(path: string, from: number, growth: Growth, onWait: () => void) {
    this.#file = openSync(path, 'r');
    this.#from = from;
    this.#growth = growth;
    this.#onWait = onWait;
  }

  read(offset: number, least: number): Buffer | Promise<Buffer> {
    // What is held may inflate to a thousand times as much.
    if (this.#growth.isStopped) return NOTHING;
    return this.#held(offset, least) ?? this.#wait(offset, least);
  }

  close(): void {
    if (!this.#isClosed) closeSync(this.#file);
    this.#isClosed = true;
  }

  #held(offset: number, least: number): Buffer | undefined {
    const at = offset - this.#start;
    if (at < 0 || this.#length - at < least) return undefined;
    return this.#window.subarray(at, this.#length);
  }

  async #wait(offset: number, least: number): Promise<Buffer> {
    this.#moveTo(offset, least);
    for (;;) {
      const now = this.#growth.now();
      this.#fill(now.bytes);
      const held = this.#held(offset, now.isOver || this.#isClosed ? 0 : least);
      if (held !== undefined) return now.isStopped ? held.subarray(0, 0) : held;
      this.#onWait();
      await this.#growth.change(now, WAIT_MS);
    }
  }

  /** Forgets what is before `offset`, and makes room. */
  #moveTo(offset: number, least: number): void {
    const kept = this.#window.subarray(Math.min(offset - this.#start, this.#length), this.#length);
    const next = least > this.#window.length ? Buffer.allocUnsafe(least) : this.#window;
    next.set(kept);
    this.#window = next;
    this.#start = offset;
    this.#length = kept.length;
  }

  #fill(known: number): void {
    if (this.#isClosed) return;
    const end = Math.min(known - this.#from - this.#start, this.#window.length);
    while (this.#length < end) {
      const at = this.#from + this.#start + this.#length;
      const read = readSync(this.#file, this.#window, this.#length, end - this.#length, at);
      if (read === 0) throw new Error('a file is shorter than its writer says');
      this.#length += read;
    }
  }
}
