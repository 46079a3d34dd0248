// The object being looked at. Checks measure runs of an alphabet through it: a run is walked once, however many anchors
// lie in it, so that megabytes of near-matches cost the same as megabytes of anything else.
import { type Alphabet, MAX_ALPHABETS, WORD } from './alphabet.ts';
import { asBuffer } from './layers/bytes.ts';

/** How far a check may look in either direction (keys in PEM armour have a limit of their own). */
export const MAX_WINDOW = 4096;

const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const LETTER_U = 0x75;
const HEX_DIGITS = /^[0-9A-Fa-f]+$/;

/** Whoever makes a text looks at it, mostly with a pattern. */
const TEXT_STEPS = 8;

/** Counted over all readings: sweeps are shared by scanners. */
let generations = 0;

export class Reading {
  bytes: Uint8Array = new Uint8Array(0);
  /** First byte of the object; nothing before it may be read. */
  from = 0;
  /** One past the last byte of the object. */
  to = 0;
  /** Another number for each object, so that what was learned of one is not used for the next. */
  generation = 0;
  /** Where the object lies in its tree; empty when nobody said. Rules of some files ask NAMED_FILES with it, others `isOf`. */
  path = '';
  /** A check asked what kind of file the object is, and nobody had said: with a path it might have found something else. */
  isPathMissed = false;
  /** The kind of file that was asked for last, and the answer: many names in one file ask one after the other. */
  #kind: RegExp | undefined;
  #isOfKind = false;
  /** What checks have done since somebody asked: see `spent`. */
  #steps = 0;
  /** Of the same bytes; made when a text is first wanted. */
  #buffer: Buffer | undefined;
  /** For each alphabet the object its memo is of: most objects use few of them. */
  readonly #generations = new Float64Array(MAX_ALPHABETS);
  readonly #starts = new Float64Array(MAX_ALPHABETS);
  readonly #ends = new Float64Array(MAX_ALPHABETS);

  /** Turns to another object: the bytes of `bytes` from `from` up to `to`. */
  open(bytes: Uint8Array, from: number, to: number, path = ''): void {
    this.bytes = bytes;
    this.#buffer = undefined;
    if (path !== this.path) this.#kind = undefined;
    this.path = path;
    this.isPathMissed = false;
    this.from = from;
    this.to = to;
    this.generation = ++generations;
  }

  /** Whether the object is of a kind of file, known by its path. Last of all questions: without a path, `isPathMissed`. */
  isOf(kind: RegExp): boolean {
    if (this.path === '') this.isPathMissed = true;
    return this.path !== '' && this.mayBe(kind);
  }

  /** Not when the path says that it is of another. */
  mayBe(kind: RegExp): boolean {
    if (this.path === '') return true;
    if (this.#kind !== kind) {
      this.#kind = kind;
      this.#isOfKind = kind.test(this.path);
    }
    return this.#isOfKind;
  }

  /** Steps since the last call, about 20 nanoseconds each: texts made (what is done with them included) and bytes walked. */
  spent(): number {
    const steps = this.#steps;
    this.#steps = 0;
    return steps;
  }

  /** End of the run of `alphabet` that begins at `at`, seen at most 4 KiB ahead. */
  runEnd(alphabet: Alphabet, at: number): number {
    const { bytes } = this;
    const { has, slot } = alphabet;
    const limit = Math.min(this.to, at + MAX_WINDOW);
    const isKnown = this.#generations[slot] === this.generation;
    const isInside = isKnown && at < (this.#ends[slot] as number) && at >= (this.#starts[slot] as number);
    if (!isKnown) this.#generations[slot] = this.generation;
    const known = isInside ? (this.#ends[slot] as number) : at;
    let end = known;
    while (end < limit && has[bytes[end] as number] === 1) end++;
    this.#steps += (end - known) >> 4;
    if (!isInside) this.#starts[slot] = at;
    this.#ends[slot] = end;
    return Math.min(end, limit);
  }

  /** Start of the run of `alphabet` that ends just before `at`, seen at most `most` bytes back. */
  runStart(alphabet: Alphabet, at: number, most: number): number {
    const { bytes } = this;
    const limit = Math.max(this.from, at - most);
    let start = at;
    while (start > limit && alphabet.has[bytes[start - 1] as number] === 1) start--;
    this.#steps += (at - start) >> 4;
    return start;
  }

  /** Whether a token can begin at `at`: no word byte before it, save the tail of an escape (`\n`, `%3D`, `\u003d`). */
  startsWord(at: number): boolean {
    if (at <= this.from || WORD.has[this.bytes[at - 1] as number] === 0) return true;
    return this.followsEscape(at);
  }

  /** Whether a token can end before `at`: neither a word byte nor one more of its last alphabet follows. */
  endsToken(at: number, last?: Alphabet): boolean {
    if (at >= this.to) return true;
    const next = this.bytes[at] as number;
    return WORD.has[next] === 0 && last?.has[next] !== 1;
  }

  /** The bytes as text, one character a byte. */
  text(start: number, end: number): string {
    this.#steps += TEXT_STEPS + ((end - start) >> 3);
    return this.#asBuffer().toString('latin1', start, end);
  }

  /** Where this literal first stands from `from` on and before `limit`, or -1. */
  find(literal: string, from: number, limit: number): number {
    this.#steps += TEXT_STEPS + ((limit - from) >> 6);
    return this.#asBuffer().subarray(0, Math.min(limit, this.to)).indexOf(literal, from, 'latin1');
  }

  #asBuffer(): Buffer {
    this.#buffer ??= asBuffer(this.bytes);
    return this.#buffer;
  }

  /** Whether this literal stands at `at`. */
  hasLiteral(literal: string, at: number): boolean {
    if (at < this.from || at + literal.length > this.to) return false;
    for (let i = 0; i < literal.length; i++) if (this.bytes[at + i] !== literal.charCodeAt(i)) return false;
    return true;
  }

  /** Whether this lower-case literal stands at `at`, in any case. */
  hasFolded(literal: string, at: number): boolean {
    if (at < this.from || at + literal.length > this.to) return false;
    for (let i = 0; i < literal.length; i++) {
      const byte = this.bytes[at + i] as number;
      const folded = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
      if (folded !== literal.charCodeAt(i)) return false;
    }
    return true;
  }

  /** Where a run that was followed back to `at` really begins: past the tail of an escape that ends in it. */
  pastEscape(at: number): number {
    const before = at > this.from ? this.bytes[at - 1] : 0;
    if (before === BACKSLASH) return [at + 1, at + 5].find((end) => end <= this.to && this.followsEscape(end)) ?? at;
    return before === PERCENT && this.followsEscape(at + 2) ? at + 2 : at;
  }

  /** Whether an escape (`\n`, `%3D`, `\u003d`) ends just before `at`. */
  followsEscape(at: number): boolean {
    const byte = (back: number): number => (at - back >= this.from ? (this.bytes[at - back] as number) : 0);
    const last = byte(1);
    if (byte(2) === BACKSLASH && (last === 0x6e || last === 0x72 || last === 0x74)) return true;
    if (byte(3) === PERCENT && HEX_DIGITS.test(this.text(at - 2, at))) return true;
    return byte(6) === BACKSLASH && byte(5) === LETTER_U && HEX_DIGITS.test(this.text(at - 4, at));
  }
}
