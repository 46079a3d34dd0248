// Runs of lines that a file and a remembered one have in common. What everybody writes (a bracket, an import) makes no
// run; it belongs to one when it stands inside, or when it ends the added lines on both sides.
import { LINE_WEIGHTS } from '../lines/line-marks.ts';

export interface MarkedLines {
  /** A number for each line; equal lines have equal ones. */
  readonly keys: Float64Array;
  /** One of LINE_WEIGHTS each. */
  readonly weights: Uint8Array;
  /** 1 for a line that does not follow the one before it in the file. */
  readonly starts: Uint8Array;
}

export interface LineRun {
  readonly from: number;
  readonly rowFrom: number;
  readonly length: number;
}

/** Informative lines that make a run. */
const MIN_INFORMATIVE = 3;
/** Places of a line that are tried; one that stands at more is too common to begin with. */
const MAX_PLACES = 8;

/** How many lines may still be looked at; shared by all that is compared for a push. */
export interface Effort {
  left: number;
}

/** Finds lines of one file in others. */
export class RunFinder {
  readonly #file: MarkedLines;
  readonly #first = new Map<number, number>();
  /** The next place of the same line; -1: none. */
  readonly #next: Int32Array;

  constructor(file: MarkedLines) {
    this.#file = file;
    this.#next = new Int32Array(file.keys.length).fill(-1);
    for (let at = file.keys.length - 1; at >= 0; at--) {
      const key = file.keys[at] as number;
      this.#next[at] = this.#first.get(key) ?? -1;
      this.#first.set(key, at);
    }
  }

  /** Runs do not share lines of the row. Stops when the effort is used up. */
  runsIn(row: MarkedLines, effort: Effort): LineRun[] {
    const runs: LineRun[] = [];
    for (let at = 0, done = 0; at < row.keys.length && effort.left > 0; at++) {
      effort.left--;
      if (row.weights[at] === LINE_WEIGHTS.none) continue;
      const run = this.#longestAt(row, at, done, effort);
      if (run === undefined || !this.#speaks(row, run)) continue;
      done = run.rowFrom + run.length;
      at = done - 1;
      runs.push(this.#trimmed(row, run));
    }
    return runs;
  }

  #longestAt(row: MarkedLines, rowAt: number, done: number, effort: Effort): LineRun | undefined {
    let longest: LineRun | undefined;
    let places = 0;
    for (let at = this.#first.get(row.keys[rowAt] as number) ?? -1; at >= 0; at = this.#next[at] as number) {
      if (++places > MAX_PLACES) return longest;
      const run = this.#runThrough(row, at, rowAt, done);
      effort.left -= run.length;
      if (longest === undefined || run.length > longest.length) longest = run;
    }
    return longest;
  }

  /** As far as both go on alike; not over a gap in the file. */
  #runThrough(row: MarkedLines, at: number, rowAt: number, done: number): LineRun {
    const { keys, starts } = this.#file;
    let [from, rowFrom] = [at, rowAt];
    while (starts[from] === 0 && rowFrom > done && keys[from - 1] === row.keys[rowFrom - 1]) {
      from--;
      rowFrom--;
    }
    let [to, rowTo] = [at + 1, rowAt + 1];
    while (to < keys.length && starts[to] === 0 && rowTo < row.keys.length && keys[to] === row.keys[rowTo]) {
      to++;
      rowTo++;
    }
    return { from, rowFrom, length: to - from };
  }

  /** Whether it is no chance that both have these lines. */
  #speaks(row: MarkedLines, { from, rowFrom, length }: LineRun): boolean {
    let informative = 0;
    for (let at = 0; at < length; at++) {
      const weight = row.weights[rowFrom + at];
      if (weight === LINE_WEIGHTS.none) continue;
      if (++informative >= MIN_INFORMATIVE) return true;
      if (weight === LINE_WEIGHTS.long && this.#isUnique(from + at)) return true;
    }
    return false;
  }

  #isUnique(at: number): boolean {
    return this.#first.get(this.#file.keys[at] as number) === at && this.#next[at] === -1;
  }

  #trimmed(row: MarkedLines, run: LineRun): LineRun {
    const { weights } = row;
    let [from, to] = [run.rowFrom, run.rowFrom + run.length];
    const beginsBoth = this.#file.starts[run.from] === 1 && row.starts[from] === 1;
    const endsBoth = isLast(this.#file, run.from + run.length - 1) && isLast(row, to - 1);
    if (!beginsBoth) while (weights[from] === LINE_WEIGHTS.none) from++;
    if (!endsBoth) while (weights[to - 1] === LINE_WEIGHTS.none) to--;
    return { from: run.from + from - run.rowFrom, rowFrom: from, length: to - from };
  }
}

function isLast({ starts }: MarkedLines, at: number): boolean {
  return at + 1 >= starts.length || starts[at + 1] === 1;
}
