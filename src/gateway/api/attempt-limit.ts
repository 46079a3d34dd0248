// Failed logins per source address: a bucket that refills slowly. Tokens cannot be guessed; this bounds the work and
// the noise of trying. Kept in memory on purpose: losing it in a restart costs nothing.

import { sourceOf } from '../../protocol/source-address.ts';

export interface AttemptLimit {
  /** Milliseconds until this source may try again; 0 = now. */
  waitFor(source: string, now: number): number;
  failed(source: string, now: number): void;
}

export interface AttemptLimitOptions {
  /** Failures in a row that are free. */
  readonly burst?: number;
  /** Milliseconds until one more attempt is given back. */
  readonly refill?: number;
  /** Sources remembered at once; the one seen longest ago is forgotten first. */
  readonly sources?: number;
}

/** A limit that starts with nobody blocked. */
export function createAttemptLimit(options: AttemptLimitOptions = {}): AttemptLimit {
  const { burst = 20, refill = 3000, sources = 10_000 } = options;
  // For each source, when its bucket will be full again: one number says it all (GCRA).
  const fullAt = new Map<string, number>();
  const capacity = burst * refill;
  return {
    waitFor(source, now) {
      const debt = (fullAt.get(sourceOf(source)) ?? now) - now;
      return Math.max(0, debt + refill - capacity);
    },
    failed(source, now) {
      const key = sourceOf(source);
      const next = Math.max(fullAt.get(key) ?? now, now) + refill;
      fullAt.delete(key);
      fullAt.set(key, next);
      const oldest = fullAt.size > sources ? fullAt.keys().next().value : undefined;
      if (oldest !== undefined) fullAt.delete(oldest);
    },
  };
}
