// Failed logins: a bucket for each source address and one for each account that is named, both refilling slowly. Tokens
// cannot be guessed; this bounds the work and the noise of trying, also from many addresses. Kept in memory on purpose:
// losing it in a restart costs nothing.

import { sourceOf } from '../../protocol/source-address.ts';

export interface AttemptLimit {
  /** Milliseconds until this source may try again, as this account if it names one; 0 = now. */
  waitFor(source: string, now: number, account?: string): number;
  failed(source: string, now: number, account?: string): void;
  /** Whoever logs in from here is not kept out by what others try elsewhere. */
  succeeded(source: string): void;
}

export interface AttemptLimitOptions {
  /** Failures in a row that are free. */
  readonly burst?: number;
  /** Milliseconds until one more attempt is given back. */
  readonly refill?: number;
  /** Sources remembered at once; the one seen longest ago is forgotten first. */
  readonly sources?: number;
  /** The same for accounts, over all sources. */
  readonly accounts?: { readonly burst?: number; readonly refill?: number };
}

const MAX_ACCOUNT_LENGTH = 64;

/** A limit that starts with nobody blocked. */
export function createAttemptLimit(options: AttemptLimitOptions = {}): AttemptLimit {
  const { burst = 20, refill = 3000, sources = 10_000, accounts = {} } = options;
  const bySource = createBuckets(burst, refill, sources);
  const byAccount = createBuckets(accounts.burst ?? 200, accounts.refill ?? 2000, sources);
  const proven = createMemory<true>(sources);
  return {
    waitFor(source, now, account) {
      const key = sourceOf(source);
      const own = bySource.waitFor(key, now);
      if (account === undefined || proven.get(key) !== undefined) return own;
      return Math.max(own, byAccount.waitFor(accountKey(account), now));
    },
    failed(source, now, account) {
      bySource.failed(sourceOf(source), now);
      if (account !== undefined) byAccount.failed(accountKey(account), now);
    },
    succeeded(source) {
      proven.set(sourceOf(source), true);
    },
  };
}

function accountKey(account: string): string {
  return account.slice(0, MAX_ACCOUNT_LENGTH).toLowerCase();
}

function createBuckets(burst: number, refill: number, most: number) {
  // For each key, when its bucket will be full again: one number says it all (GCRA).
  const fullAt = createMemory<number>(most);
  const capacity = burst * refill;
  return {
    waitFor(key: string, now: number): number {
      const debt = (fullAt.get(key) ?? now) - now;
      return Math.max(0, debt + refill - capacity);
    },
    failed(key: string, now: number): void {
      fullAt.set(key, Math.max(fullAt.get(key) ?? now, now) + refill);
    },
  };
}

/** What was set longest ago is forgotten first. */
function createMemory<T>(most: number) {
  const known = new Map<string, T>();
  return {
    get: (key: string) => known.get(key),
    set(key: string, value: T): void {
      known.delete(key);
      known.set(key, value);
      const oldest = known.size > most ? known.keys().next().value : undefined;
      if (oldest !== undefined) known.delete(oldest);
    },
  };
}
