// What checks may cost. Anchors are found at the same speed in any text; what is then looked at around each of them is
// not, and text can be made of nothing but anchors with something plausible beside them. So work is counted in steps and
// paid from what the bytes earn: hostile text ends in `not inspected` and buys no more time a byte than honest text.

/**
 * A step is 20 to 60 nanoseconds where source text is scanned at 400 MB/s, so this is about 8 milliseconds a megabyte.
 * Source text needs 0.01, source maps and minified code up to 0.1.
 */
const STEPS_PER_BYTE = 0.2;
/** For small objects, which may be denser than that: about 20 milliseconds in all, some megabytes of nothing but settings. */
const FLOOR = 500_000;

/** One for everything that belongs together (a push, a run), as LayerBudget. */
export class CheckBudget {
  #left: number;

  /** `floor`: steps that are there before any byte is seen. */
  constructor(floor = FLOOR) {
    this.#left = floor;
  }

  /** Counts bytes that are scanned. */
  earn(bytes: number): void {
    this.#left = Math.max(this.#left, 0) + bytes * STEPS_PER_BYTE;
  }

  /** Pays for steps done; whether that was within the budget. */
  take(steps: number): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }
}
