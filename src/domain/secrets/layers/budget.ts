// What decoding may cost. A push earns budget with its own bytes, so hostile content buys itself no more work for a
// byte than honest content, and one blob that eats its share does not go unseen: it ends in `not inspected`.
import { CheckBudget } from '../check-budget.ts';

export interface LayerLimits {
  /** Archives and compressed data inside each other. */
  readonly maxContainers: number;
  /** Encodings (base64, escapes, UTF-16) inside each other. */
  readonly maxEncodings: number;
  /** Members read from one archive. */
  readonly maxMembers: number;
  /** Bytes of one layer; it is in memory as a whole. */
  readonly maxLayerBytes: number;
  /** Inflated size for each compressed byte, beyond the first mebibyte. */
  readonly maxRatio: number;
  /** Decoded bytes allowed for each byte of the push. */
  readonly bytesPerInputByte: number;
  /** Decoded bytes allowed to any push, however small. */
  readonly floorBytes: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LAYER_LIMITS: LayerLimits = Object.freeze({
  maxContainers: 3,
  maxEncodings: 3,
  maxMembers: 20_000,
  maxLayerBytes: 64 * MIB,
  maxRatio: 200,
  bytesPerInputByte: 4,
  floorBytes: 64 * MIB,
});

// A layer costs its scan even when it is empty, an inflation costs the set-up of zlib (25 microseconds measured).
const LEAST_LAYER_COST = 256;
export const INFLATE_COST = 4096;

/** One for a push (or for a share of it); given to every layersOf of that push. */
export class LayerBudget {
  readonly limits: LayerLimits;
  /** What looking at all of these bytes may cost. */
  readonly checks = new CheckBudget();
  readonly #purse: Purse;

  /** `purse`: default one of its own with `floorBytes` in it. */
  constructor(limits: LayerLimits = DEFAULT_LAYER_LIMITS, purse: Purse = new OwnPurse(limits.floorBytes)) {
    this.limits = limits;
    this.#purse = purse;
  }

  /** Bytes that may still be decoded. */
  get left(): number {
    return Math.max(this.#purse.left(), 0);
  }

  get isSpent(): boolean {
    return this.#purse.left() <= 0;
  }

  /** Counts bytes of the push itself. */
  earn(inputBytes: number): void {
    this.#purse.add(inputBytes * this.limits.bytesPerInputByte);
  }

  /** A budget of at most `bytes` for one try, paid from this one at once. */
  share(bytes: number): LayerBudget {
    const part = new LayerBudget({ ...this.limits, floorBytes: Math.min(bytes, this.left) });
    this.take(bytes);
    return part;
  }

  /** Pays for work done; whether that was within the budget. Going over it spends it all. */
  take(bytes: number): boolean {
    return this.#purse.take(Math.max(bytes, LEAST_LAYER_COST)) >= 0;
  }
}

/** Where a budget keeps its bytes: what several threads look into together pays from one purse. */
export interface Purse {
  left(): number;
  /** What was overdrawn is forgotten. */
  add(bytes: number): void;
  /** What is left then; may be below 0. */
  take(bytes: number): number;
}

class OwnPurse implements Purse {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  left(): number {
    return this.#left;
  }

  add(bytes: number): void {
    this.#left = Math.max(this.#left, 0) + bytes;
  }

  take(bytes: number): number {
    this.#left -= bytes;
    return this.#left;
  }
}

/** A purse in shared memory; give `memory` to the other threads. */
export class SharedPurse implements Purse {
  readonly memory: SharedArrayBuffer;
  readonly #cell: BigInt64Array<SharedArrayBuffer>;

  constructor(from: number | SharedArrayBuffer) {
    this.memory = typeof from === 'number' ? new SharedArrayBuffer(8) : from;
    this.#cell = new BigInt64Array(this.memory);
    if (typeof from === 'number') this.#cell[0] = BigInt(from);
  }

  left(): number {
    return Number(Atomics.load(this.#cell, 0));
  }

  add(bytes: number): void {
    const overdrawn = Math.min(this.left(), 0);
    Atomics.add(this.#cell, 0, BigInt(bytes - overdrawn));
  }

  take(bytes: number): number {
    return Number(Atomics.sub(this.#cell, 0, BigInt(bytes))) - bytes;
  }
}
