// Over HTTP a push is two requests, an advertisement and the push itself. What the upstream said a moment ago to this
// very person need not be asked again: the upstream compares `old` once more when it takes the push.
import type { RepoAddress } from '../domain/push/push.ts';
import type { Advertisement } from '../protocol/advertisement.ts';

export interface ShownTips {
  readonly advertisement: Advertisement;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Older than this, tips are read again before anything is decided or relayed with them. */
export const FRESH_MS = 2_000;
const MAX_REMEMBERED = 500;
/** Beyond it, remembering costs more memory than asking costs time. */
const MAX_REFS = 5_000;

export class RecentTips {
  readonly #shown = new Map<string, ShownTips>();

  remember(principal: string, address: RepoAddress, shown: ShownTips): void {
    if (shown.advertisement.refs.length > MAX_REFS) return;
    const key = keyOf(principal, address);
    this.#shown.delete(key);
    this.#shown.set(key, shown);
    const oldest = this.#shown.keys().next().value;
    if (this.#shown.size > MAX_REMEMBERED && oldest !== undefined) this.#shown.delete(oldest);
  }

  /** What this person was shown just now, once: a second push in a row asks anew. */
  take(principal: string, address: RepoAddress, now: number): ShownTips | undefined {
    const key = keyOf(principal, address);
    const shown = this.#shown.get(key);
    this.#shown.delete(key);
    return shown !== undefined && now - shown.at < FRESH_MS ? shown : undefined;
  }
}

function keyOf(principal: string, address: RepoAddress): string {
  return JSON.stringify([principal, address.upstream, address.repo, address.path]);
}
