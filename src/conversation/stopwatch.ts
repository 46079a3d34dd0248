/** Where the time of a push went: whole milliseconds for each step. */
export class Stopwatch {
  readonly laps: Record<string, number> = {};
  readonly #start = performance.now();
  #at = this.#start;

  lap(name: string): void {
    const now = performance.now();
    this.laps[name] = Math.round(now - this.#at);
    this.#at = now;
  }

  seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }
}
