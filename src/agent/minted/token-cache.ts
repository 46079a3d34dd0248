// Tokens that live for a while: asked for once for everybody who needs one, and anew some time before they end.

export interface MintedToken {
  readonly text: string;
  /** Milliseconds on the clock of the cache. */
  readonly until: number;
}

interface Entry {
  readonly text: Promise<string>;
  /** Endless while it is being asked for. */
  until: number;
}

/** Clocks differ, and a push that begins now must still be served when its last byte is sent. */
const EARLY_MS = 5 * 60_000;
/** Repositories × rights. */
const MAX_TOKENS = 10_000;

export class TokenCache {
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The token of that key that is still good, or what `mint` gives. A failure is not kept. */
  get(key: string, mint: () => Promise<MintedToken>): Promise<string> {
    const kept = this.#entries.get(key);
    if (kept !== undefined && kept.until > this.#now()) return kept.text;
    const began = this.#now();
    const entry: Entry = {
      until: Number.POSITIVE_INFINITY,
      text: mint().then(({ text, until }) => {
        // One that lives shorter than the margin is used for half its life.
        entry.until = Math.max(until - EARLY_MS, began + (until - began) / 2);
        return text;
      }),
    };
    entry.text.catch(() => this.#drop(key, entry));
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_TOKENS && oldest !== undefined) this.#entries.delete(oldest);
    return entry.text;
  }

  /** These were refused. One that is just being asked for is newer than that, and asking twice may void both. */
  forget(isRefused: (key: string) => boolean): void {
    for (const [key, { until }] of this.#entries) {
      if (until !== Number.POSITIVE_INFINITY && isRefused(key)) this.#entries.delete(key);
    }
  }

  #drop(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }
}
