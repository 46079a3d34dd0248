// How much of sessions one principal may send: a bucket of bytes that refills slowly. A recorder that was offline empties its
// queue in one go; one that runs wild fills neither the disk nor the writer. Kept in memory: losing it costs nothing.

export interface RecordingLimit {
  /** Milliseconds until a request of so many bytes is taken; 0 = it is, and counts. */
  take(principal: string, bytes: number, now: number): number;
}

export interface RecordingLimitOptions {
  /** Bytes that may come at once. */
  readonly burst?: number;
  /** Bytes given back in a second. */
  readonly refill?: number;
}

/** What the smallest request costs: each is a transaction. */
const MIN_COST = 4096;
/** Principals remembered at once; the one seen longest ago is forgotten first. */
const MAX_PRINCIPALS = 10_000;

/** A limit that starts with everybody's bucket full. By default one is filled again within twenty minutes. */
export function createRecordingLimit({
  burst = 32 * 2 ** 20,
  refill = 32 * 1024,
}: RecordingLimitOptions = {}): RecordingLimit {
  // For each principal, when their bucket will be full again.
  const fullAt = new Map<string, number>();
  const capacity = (burst / refill) * 1000;
  return {
    take(principal, bytes, now) {
      const cost = (Math.max(bytes, MIN_COST) / refill) * 1000;
      const next = Math.max(fullAt.get(principal) ?? now, now) + cost;
      if (next - now > capacity) return Math.ceil(next - now - capacity);
      fullAt.delete(principal);
      fullAt.set(principal, next);
      const oldest = fullAt.size > MAX_PRINCIPALS ? fullAt.keys().next().value : undefined;
      if (oldest !== undefined) fullAt.delete(oldest);
      return 0;
    },
  };
}
