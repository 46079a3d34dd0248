// One entry of the trail: what was seen, decided or done, by whom. Written before the step's effect is visible.

export const ENTRY_TYPES = [
  'gateway.started',
  'gateway.stopped',
  'push.received',
  'push.refused',
  'push.held',
  'push.forwarded', // verdict forward: the intent to relay
  'push.reason-changed', // the same push again while held, with other words for its reviewers
  'push.approved', // one person's approval
  'push.released', // all approvals given: the intent to relay
  'push.vetoed', // one person's rejection
  'push.rejected', // what follows from it: the push has ended
  'push.withdrawn',
  'push.expired',
  'push.superseded',
  'push.reviewed', // somebody has looked at what went through by break-glass
  'push.relay-claimed',
  'push.landed',
  'push.declined',
  'push.stale',
  'push.unknown',
  'push.attributed', // who wrote it was looked at again: late notes, records, objects
  'exception.revoked', // granted ones are named by the push.released that grants them
  'exception.expired',
  'fetch.started', // before the first byte of objects
  'fetch.served',
  'access.denied',
  'login.succeeded', // with which credential, by which provider
  'login.failed',
  'login.refreshed',
  'login.ended',
  'identity.changed', // what a provider says of somebody: other groups, gone, back
  'admin.changed',
  'agent.joined', // with a join token: it has a certificate now
  'agent.renewed', // another certificate in the place of one that would have ended
  'agent.connected', // its first link, and where from
  'agent.refused', // a certificate that is no longer good, or a join token
  'agent.lost', // its last link is gone
  'policy.loaded',
  'recordings.removed', // of pushes that ended longer ago than they are kept
  'ai.session-recorded', // the first that was received of a coding agent's session
  'ai.session-read', // its prompts and code, by somebody else
  'ai.sessions-removed', // events received longer ago than they are kept
] as const;

export type EntryType = (typeof ENTRY_TYPES)[number];

/** What a caller appends. `body` is plain JSON: ids, names, counts, digests; never a secret, never a clear token. */
export interface TrailEntry {
  readonly type: EntryType;
  readonly actor?: string;
  readonly repo?: string;
  readonly pushId?: number;
  readonly body: { readonly [key: string]: unknown };
}

/** What the trail makes of it: position, time, and the chain. */
export interface RecordedEntry extends TrailEntry {
  /** Contiguous from 0. */
  readonly index: number;
  readonly at: number;
  /** Hex SHA-256 of the entry before (64 zeros for the first). */
  readonly previous: string;
  /** Hex SHA-256 over this entry and `previous`: see chain.ts. */
  readonly hash: string;
}
