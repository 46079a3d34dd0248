// Who may connect at all, decided before a byte is read: connections in total and per address, and addresses whose
// connections keep ending without a login.
import { sourceOf } from '../../protocol/source-address.ts';
import type { SshDoorLimits } from './limits.ts';

export type Admitted =
  | { readonly outcome: 'admitted'; readonly source: string }
  | { readonly outcome: 'refused'; readonly source: string; readonly reason: string };

interface Source {
  connections: number;
  failures: number;
  /** When `failures` was last brought down. */
  since: number;
}

// An attacker with many addresses must not grow this map for ever.
const MAX_SOURCES = 10_000;
const MINUTE = 60_000;

export class Admission {
  readonly #limits: SshDoorLimits;
  readonly #now: () => number;
  readonly #sources = new Map<string, Source>();
  #connections = 0;

  constructor(limits: SshDoorLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Counts the connection when it is admitted; every admitted one ends with leave(). */
  enter(address: string): Admitted {
    const source = sourceOf(address);
    if (this.#connections >= this.#limits.maxConnections) {
      return { outcome: 'refused', source, reason: 'too many connections' };
    }
    const entry = this.#entry(source);
    if (entry.connections >= this.#limits.maxConnectionsPerAddress) {
      return { outcome: 'refused', source, reason: 'too many connections from this address' };
    }
    if (entry.failures >= this.#limits.maxFailedLoginsPerMinute) {
      return { outcome: 'refused', source, reason: 'too many failed logins from this address' };
    }
    entry.connections += 1;
    this.#connections += 1;
    return { outcome: 'admitted', source };
  }

  leave(source: string, failed: boolean): void {
    const entry = this.#entry(source);
    entry.connections = Math.max(0, entry.connections - 1);
    if (failed) entry.failures += 1;
    this.#connections -= 1;
    if (this.#sources.size > MAX_SOURCES) this.#prune();
  }

  /** How many sources are remembered. */
  get knownSources(): number {
    return this.#sources.size;
  }

  #entry(source: string): Source {
    const now = this.#now();
    const entry = this.#sources.get(source) ?? { connections: 0, failures: 0, since: now };
    // A leaking bucket: failures run out evenly over a minute.
    const leaked = Math.floor(((now - entry.since) * this.#limits.maxFailedLoginsPerMinute) / MINUTE);
    if (leaked > 0) {
      entry.failures = Math.max(0, entry.failures - leaked);
      entry.since = now;
    }
    this.#sources.set(source, entry);
    return entry;
  }

  /** Forgets those who are not connected, the longest unseen first, down to half. */
  #prune(): void {
    for (const [source, entry] of [...this.#sources].sort((a, b) => a[1].since - b[1].since)) {
      if (this.#sources.size <= MAX_SOURCES / 2) return;
      if (entry.connections === 0) this.#sources.delete(source);
    }
  }
}
