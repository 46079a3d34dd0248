// What a scan may still cost. A step is one byte of text seen by one instruction of a pattern, the most that RE2's way of
// matching can take: 20 ns at worst, 1 to 3 on ordinary text. When the steps, the matches or the caller's
// time are used up, the scan ends as refused, never as "nothing found".

export interface ScanLimits {
  /** Steps of one scan; by default 2,000,000,000 and 1,000 for each byte of the text. */
  readonly steps?: number;
  /** Asked between small pieces of work: true ends the scan. For the caller's clock. */
  readonly isOver?: () => boolean;
}

export type OverReason = 'steps' | 'time' | 'matches' | 'size';

const BASE_STEPS = 2_000_000_000;
/** 200 of the largest public rules take about 500 on source text. */
const STEPS_PER_BYTE = 1000;
const MAX_MATCHES = 20_000;
/** Steps between two looks at the clock: a few milliseconds. */
const CLOCK_STEPS = 1_000_000;

/** Thrown by `spend`; caught by the scan alone. */
export class ScanOver extends Error {
  readonly reason: OverReason;

  constructor(reason: OverReason) {
    super(reason);
    this.reason = reason;
  }
}

export class Meter {
  #steps: number;
  #matches = MAX_MATCHES;
  #sinceClock = 0;
  readonly #isOver: (() => boolean) | undefined;

  constructor({ steps, isOver }: ScanLimits, length: number) {
    this.#steps = steps ?? BASE_STEPS + length * STEPS_PER_BYTE;
    this.#isOver = isOver;
  }

  /** Before the work is done. Throws ScanOver when it may not be. */
  spend(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new ScanOver('steps');
    this.#sinceClock += steps;
    if (this.#sinceClock < CLOCK_STEPS) return;
    this.#sinceClock = 0;
    if (this.#isOver?.() === true) throw new ScanOver('time');
  }

  countMatch(): void {
    this.#matches -= 1;
    if (this.#matches < 0) throw new ScanOver('matches');
  }
}
