// Finds anchors with the WebAssembly loop: objects are packed into chunks, small ones many at a time, large ones with an
// overlap, and every lane begins early enough to be in the right state where its own part begins.
import { type Automaton, CLASSES } from '../automaton.ts';
import { CHUNK, emitScan, LANES, type Layout, layoutFor, UNROLLED } from './lanes.ts';

/**
 * Called in order of position: place in `reports`, position just after the anchor in the object, number of the object.
 * False: nothing more of this object is wanted. Of one letter over and over (base64 of zeros) only the first places are
 * told in each lane: what could begin there has begun.
 */
export type OnAnchor = (report: number, end: number, object: number) => boolean | undefined;

/** Finds every anchor in these objects. */
export type FindAnchors = (objects: readonly Uint8Array[], onAnchor: OnAnchor) => void;

type Scan = (at0: number, at1: number, at2: number, at3: number, steps: number) => void;

/** What we use of the engine's own WebAssembly object. */
interface Engine {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: { memory: { buffer: ArrayBuffer }; scan: Scan } };
}

/** Compiles the loop for this automaton: about a millisecond, and 2.5 MiB of memory besides the table. */
export function anchorScanner(automaton: Automaton): FindAnchors {
  const arena = new Arena(automaton);
  return (objects, onAnchor) => {
    arena.clear();
    for (let object = 0; object < objects.length; object++) arena.add(objects[object] as Uint8Array, object, onAnchor);
    arena.flush(onAnchor);
  };
}

/** A stretch of the chunk that holds bytes of one object. */
interface Piece {
  readonly object: number;
  /** Where it is in the chunk. */
  readonly at: number;
  readonly end: number;
  /** What position of the object that is. */
  readonly offset: number;
  /** Anchors that end up to here were seen in the chunk before. */
  readonly seen: number;
}

class Arena {
  readonly #automaton: Automaton;
  readonly #layout: Layout;
  readonly #overlap: number;
  readonly #memory: Uint8Array;
  readonly #words: Uint32Array;
  readonly #scan: Scan;
  #pieces: Piece[] = [];
  #used = 0;
  /** The object of which nothing more is wanted. */
  #done = -1;

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
    this.#overlap = Math.ceil((automaton.depth - 1) / UNROLLED) * UNROLLED;
    const { firstReport, reports } = automaton;
    this.#layout = layoutFor(firstReport, reports.length, this.#overlap);
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
    const { memory, scan } = new Instance(new Module(emitScan(this.#layout, automaton.depth))).exports;
    this.#memory = new Uint8Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
    this.#scan = scan;
    const { classes } = automaton;
    this.#memory.set(
      classes.map((one) => one * 2),
      this.#layout.classes,
    );
    this.#setTable(new Int16Array(memory.buffer));
  }

  /** Reporting states are -1, -2, … and their rows before that of state 0. */
  #setTable(table: Int16Array): void {
    const { firstReport, next } = this.#automaton;
    const numberOf = (state: number): number => (state < firstReport ? state : firstReport - 1 - state);
    for (let state = 0; state * CLASSES < next.length; state++) {
      const row = next.subarray(state * CLASSES, (state + 1) * CLASSES);
      table.set(row.map(numberOf), this.#layout.next / 2 + numberOf(state) * CLASSES);
    }
  }

  /** Forgets what a failure left behind. */
  clear(): void {
    this.#forgetText();
    this.#done = -1;
  }

  #forgetText(): void {
    this.#pieces = [];
    this.#used = 0;
  }

  add(bytes: Uint8Array, object: number, onAnchor: OnAnchor): void {
    for (let offset = 0; offset < bytes.length; ) {
      if (this.#used >= CHUNK) this.flush(onAnchor);
      if (this.#done === object) return;
      // What goes on from the chunk before brings its end along, so that no anchor is cut.
      const from = Math.max(0, offset - this.#overlap);
      const to = Math.min(bytes.length, from + CHUNK - this.#used);
      this.#copy(bytes.subarray(from, to));
      this.#pieces.push({ object, at: this.#used, end: this.#used + to - from, offset: from, seen: offset });
      this.#used += to - from + 1;
      offset = to;
    }
  }

  /** Scans what is there. The lanes share one set of steps; the last one runs into the zeros behind the text. */
  flush(onAnchor: OnAnchor): void {
    const pieces = this.#pieces;
    const used = Math.min(this.#used, CHUNK);
    this.#forgetText();
    if (pieces.length === 0) return;
    const length = Math.ceil(used / (LANES * UNROLLED)) * UNROLLED;
    const base = this.#layout.text + this.#overlap;
    this.#memory.fill(0, base + used, base + length * LANES);
    const lane = (number: number): number => base + number * length - this.#overlap;
    this.#scan(lane(0), lane(1), lane(2), lane(3), length + this.#overlap);
    this.#report(pieces, length, onAnchor);
  }

  /** The bytes, and the separator that no anchor holds. */
  #copy(bytes: Uint8Array): void {
    const at = this.#layout.text + this.#overlap + this.#used;
    this.#memory.set(bytes, at);
    this.#memory[at + bytes.length] = 0;
  }

  #report(pieces: readonly Piece[], length: number, onAnchor: OnAnchor): void {
    const words = this.#words;
    const base = this.#layout.text + this.#overlap;
    let number = 0;
    for (let lane = 0; lane < LANES; lane++) {
      const last = (words[(this.#layout.counts >> 2) + lane] as number) >> 2;
      for (let word = (this.#layout.hits[lane] as number) >> 2; word < last; word += 2) {
        const end = (words[word + 1] as number) - base;
        if (end <= lane * length) continue;
        while (end > (pieces[number] as Piece).end) number++;
        const { at, offset, seen, object } = pieces[number] as Piece;
        const place = end - at + offset;
        if (place <= seen || object === this.#done) continue;
        // -1, -2, … are 0, 1, … of the reports.
        if (onAnchor(~(words[word] as number), place, object) === false) this.#done = object;
      }
    }
  }
}
