// Values that somebody else holds: the agent's credentials. They are kept as keyed digests alone, so that whoever looks for
// them (the gateway's side of the agent) can neither print nor send one.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { MIN_EXACT } from './exact.ts';
import type { Candidate } from './rule.ts';

/** What is known of one value. */
export interface HeldDigest {
  /** Bytes. */
  readonly length: number;
  /** Sixteen bits of a keyed rolling hash over the first eight bytes: where to look closer. */
  readonly head: number;
  /** HMAC-SHA256 in hex. */
  readonly digest: string;
  /** It holds white space: in a stream it is not over where a word is. */
  readonly isSpaced: boolean;
}

/** Plain data, for other threads and processes. */
export interface HeldDigests {
  /** Of this process; 16 bytes or more. Whoever has it can try values, as with any password hash. */
  readonly key: Uint8Array;
  readonly values: readonly HeldDigest[];
}

/** A vault's program may print another token each time: the oldest go. */
const MAX_HELD = 256;
/** A longer one with white space is a key in armour, which the rules find by itself. */
const MAX_SPACED = 512;

export class HeldValues {
  readonly #key: Uint8Array;
  readonly #multiplier: number;
  /** The multiplier to the power of seven: takes the oldest byte out of the hash. */
  readonly #oldest: number;
  readonly #values = new Map<string, HeldDigest>();
  /** 1 for each head in use; undefined when it must be made again. */
  #heads: Uint8Array | undefined;

  /** `key` comes from a random generator, once a process. Throws TypeError for one shorter than 16 bytes. */
  constructor({ key, values }: HeldDigests) {
    if (key.length < 16) throw new TypeError('a key for held values has 16 bytes or more');
    this.#key = key;
    // Odd, or the first bytes would soon be multiplied out of the hash.
    this.#multiplier = createHmac('sha256', key).update('head').digest().readUInt32LE(0) | 1;
    let oldest = 1;
    for (let i = 1; i < MIN_EXACT; i++) oldest = Math.imul(oldest, this.#multiplier);
    this.#oldest = oldest;
    for (const value of values) this.#values.set(value.digest, value);
  }

  /** Learns a value and forgets its text. One shorter than eight bytes is not looked for: it stands in any text by chance. */
  add(value: string): void {
    const bytes = Buffer.from(value, 'utf8');
    if (bytes.length < MIN_EXACT) return;
    const digest = this.#digest(bytes);
    this.#values.delete(digest);
    this.#values.set(digest, { length: bytes.length, head: this.#head(bytes), digest, isSpaced: /\s/.test(value) });
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= MAX_HELD) break;
      this.#values.delete(oldest);
    }
    this.#heads = undefined;
  }

  digests(): HeldDigests {
    return { key: this.#key, values: [...this.#values.values()] };
  }

  /** Bytes at the end of a stream that may be the beginning of a value with white space in it. */
  get longestSpaced(): number {
    const lengths = [...this.#values.values()].filter((one) => one.isSpaced).map((one) => one.length);
    return Math.min(MAX_SPACED, Math.max(0, ...lengths));
  }

  /** Where held values stand, in order; where two overlap, the first and longer one. */
  find(bytes: Uint8Array): Candidate[] {
    if (this.#values.size === 0 || bytes.length < MIN_EXACT) return [];
    const heads = this.#headTable();
    const found: Candidate[] = [];
    const multiplier = this.#multiplier;
    const oldest = this.#oldest;
    let hash = this.#rolled(bytes);
    // Whole numbers of 32 bits throughout: anything else is ten times slower.
    for (let at = 0; ; ) {
      if (heads[hash >>> 16] === 1) this.#confirm(bytes, at, hash >>> 16, found);
      const next = at + MIN_EXACT;
      if (next >= bytes.length) return found;
      const without = (hash - Math.imul(bytes[at] as number, oldest)) | 0;
      hash = (Math.imul(without, multiplier) + (bytes[next] as number)) | 0;
      at++;
    }
  }

  #confirm(bytes: Uint8Array, start: number, head: number, found: Candidate[]): void {
    const last = found.at(-1);
    if (last !== undefined && last.end > start) return;
    const fitting = [...this.#values.values()].filter((one) => one.head === head && start + one.length <= bytes.length);
    for (const { length, digest } of fitting.toSorted((a, b) => b.length - a.length)) {
      const end = start + length;
      if (!isSame(this.#digest(bytes.subarray(start, end)), digest)) continue;
      found.push({ start, end, certainty: 'certain' });
      return;
    }
  }

  #headTable(): Uint8Array {
    if (this.#heads !== undefined) return this.#heads;
    const heads = new Uint8Array(1 << 16);
    for (const { head } of this.#values.values()) heads[head] = 1;
    this.#heads = heads;
    return heads;
  }

  #head(bytes: Uint8Array): number {
    return this.#rolled(bytes) >>> 16;
  }

  /** The hash of the first eight bytes. */
  #rolled(bytes: Uint8Array): number {
    let hash = 0;
    for (let at = 0; at < MIN_EXACT; at++) hash = (Math.imul(hash, this.#multiplier) + (bytes[at] as number)) | 0;
    return hash;
  }

  #digest(bytes: Uint8Array): string {
    return createHmac('sha256', this.#key).update(bytes).digest('hex');
  }
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'));
}
