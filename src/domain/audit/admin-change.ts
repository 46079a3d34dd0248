// Entries for changes of accounts, credentials and rights: what it was, what it is, who changed it, and with what.
import type { Principal } from '../principal.ts';
import type { TrailEntry } from './entry.ts';

export interface Change {
  /** In words: `user disabled`. */
  readonly change: string;
  /** The record; `null` where there was none. */
  readonly before: object | null;
  readonly after: object | null;
  /** Why, in the words of whoever changed it. */
  readonly reason?: string;
}

export function adminChanged({ name, credential }: Pick<Principal, 'name' | 'credential'>, change: Change): TrailEntry {
  return { type: 'admin.changed', actor: name, body: { ...change, credential } };
}
