// Masks a text that arrives in pieces, wherever a secret in it is cut. What has no secret in it leaves byte for byte; of a
// secret no piece leaves. Prose is held for a word or two, what looks like a token until it is clear what it is; see
// stream/. At most some 150 KiB are kept, whatever comes, and each byte is scanned a bounded number of times.
import { mask } from './mask.ts';
import type { Hidden, Masker } from './mask-text.ts';
import { ArmourWatch } from './stream/armour-watch.ts';
import { OpenerWatch } from './stream/opener-watch.ts';
import { WordWatch } from './stream/word-watch.ts';

/** What has left is kept for rules that look back, and no rule looks further. */
const CONTEXT = 4608;
/** Larger pieces are taken in parts of this size. */
const PART = 16 * 1024;
/** While much is held, it leaves in parts of at least this share: looking at all of it for each byte would cost too much. */
const SHARE = 8;

export class StreamMasker {
  readonly #masker: Masker;
  #words = new WordWatch();
  #openers = new OpenerWatch();
  #armour = new ArmourWatch();
  /** What is kept: from `#base` of the stream on, `#length` bytes. */
  #kept = Buffer.alloc(0);
  #length = 0;
  #base = 0;
  /** Position up to which everything has left. */
  #gone = 0;
  /** Inside a key that is longer than any: its label has left, nothing else of it will. */
  #isSwallowing = false;

  constructor(masker: Masker) {
    this.#masker = masker;
  }

  /** Takes a piece; answers what may leave now, which may be nothing. */
  write(piece: Uint8Array): Buffer {
    const out: Buffer[] = [];
    for (let at = 0; at < piece.length; at += PART) {
      this.#take(piece.subarray(at, at + PART));
      this.#advance(out);
    }
    return Buffer.concat(out);
  }

  /** The end of the stream: answers all that is left. The next piece begins a new stream. */
  flush(): Buffer {
    const out: Buffer[] = [];
    if (!this.#isSwallowing) this.#leave(this.#end, true, out);
    this.#words = new WordWatch();
    this.#openers = new OpenerWatch();
    this.#armour = new ArmourWatch();
    this.#isSwallowing = false;
    this.#length = this.#base = this.#gone = 0;
    return Buffer.concat(out);
  }

  get #end(): number {
    return this.#base + this.#length;
  }

  #take(part: Uint8Array): void {
    this.#drop();
    this.#makeRoom(part.length);
    this.#kept.set(part, this.#length);
    this.#length += part.length;
    for (let i = 0; i < part.length; i++) {
      this.#words.step(part[i] as number);
      this.#armour.step(part[i] as number);
      if (this.#isSwallowing && this.#armour.start === undefined) this.#resume(this.#end - part.length + i);
    }
    const from = Math.max(0, this.#length - part.length - CONTEXT);
    this.#openers.add(this.#kept.toString('latin1', from, this.#length), part.length);
  }

  /** The byte at this position is the first that is not of the overlong key, or the last of its end. */
  #resume(at: number): void {
    this.#isSwallowing = false;
    this.#gone = at;
  }

  #advance(out: Buffer[]): void {
    if (this.#isSwallowing) return;
    const { start } = this.#armour;
    if (start !== undefined && this.#armour.isOverlong) {
      this.#leave(start, false, out);
      if (this.#gone < start) return;
      out.push(Buffer.from(mask(this.#kept.toString('latin1', start - this.#base, this.#length))));
      this.#isSwallowing = true;
      return;
    }
    const tail = this.#end - this.#masker.spacedTail();
    const frontier = Math.min(this.#words.frontier(), this.#openers.frontier(), start ?? tail, tail);
    const ready = frontier - this.#gone;
    if (ready > 0 && ready * SHARE >= this.#end - this.#gone) this.#leave(frontier, false, out);
  }

  /** Lets go of what stands before `frontier`; of a secret that reaches over it, nothing. */
  #leave(frontier: number, isEnd: boolean, out: Buffer[]): void {
    let last = frontier;
    for (const hidden of this.#hidden(isEnd)) {
      if (hidden.end <= this.#gone) continue;
      if (hidden.start >= last) break;
      if (hidden.end > last) {
        last = Math.max(hidden.start, this.#gone);
        break;
      }
      if (hidden.start > this.#gone) out.push(this.#copy(this.#gone, hidden.start));
      out.push(Buffer.from(hidden.shown));
      this.#gone = hidden.end;
    }
    if (last <= this.#gone) return;
    out.push(this.#copy(this.#gone, last));
    this.#gone = last;
  }

  #hidden(isEnd: boolean): Hidden[] {
    const found = this.#masker.hidden(this.#kept.subarray(0, this.#length), isEnd);
    return found.map((one) => ({ ...one, start: one.start + this.#base, end: one.end + this.#base }));
  }

  #copy(from: number, to: number): Buffer {
    return Buffer.from(this.#kept.subarray(from - this.#base, to - this.#base));
  }

  /** Forgets what no rule will look back at. */
  #drop(): void {
    const keepFrom = this.#isSwallowing ? this.#end : this.#gone - CONTEXT;
    const drop = keepFrom - this.#base;
    if (drop < CONTEXT) return;
    this.#kept.copyWithin(0, drop, this.#length);
    this.#length -= drop;
    this.#base = keepFrom;
  }

  #makeRoom(more: number): void {
    if (this.#length + more <= this.#kept.length) return;
    const larger = Buffer.alloc(Math.max(1024, 2 * (this.#length + more)));
    larger.set(this.#kept.subarray(0, this.#length));
    this.#kept = larger;
  }
}
