// What a scan may still cost. A step is one byte of text seen by one instruction of a pattern, the most that RE2's way of
// matching can take: about 20 ns at worst, a tenth of it on ordinary text. When the steps, the matches or the caller's
// time are used up, the scan ends as refused, never as "nothing found".

export interface ScanLimits {
  /** Steps of one scan; 2,000,000,000 unless given. */
  readonly steps?: number;
  /** Asked between small pieces of work: true ends the scan. For the caller's clock. */
  readonly isOver?: () => boolean;
}

export type OverReason = 'steps' | 'time' | 'matches' | 'size';

const DEFAULT_STEPS = 2_000_000_000;
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

  constructor({ steps = DEFAULT_STEPS, isOver }: ScanLimits) {
    this.#steps = steps;
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
