// What a conversation works with: the ports, wired once by gateway/main.ts. Nothing here knows a door.
import type { Access } from '../domain/access.ts';
import type { Attributor } from '../domain/attribution/push/attributor.ts';
import type { Policy } from '../domain/policy/policy.ts';
import type {
  AttributionStore,
  Clock,
  ExceptionStore,
  GrantStore,
  ObjectFetcher,
  PushStore,
  Recordings,
  SessionStore,
  SignatureVerifier,
  Trail,
  UpstreamAgent,
  Workspaces,
} from '../domain/ports.ts';
import type { Finding } from '../domain/push/finding.ts';
import type { Push, PushState, RepoAddress } from '../domain/push/push.ts';
import type { Masker } from '../domain/secrets/mask-text.ts';
import type { SecretScanner } from '../domain/secrets/secret-scanner.ts';
import type { Allowance } from './allowance.ts';
import type { PeopleNow } from './people.ts';

export interface Limits {
  readonly maxPackBytes: number;
  readonly maxObjectBytes: number;
  readonly maxRefUpdates: number;
  readonly receiveTimeoutMs: number;
  /** For the search for secrets in one push; shorter than what a client waits for without a word. */
  readonly searchTimeoutMs: number;
  /** How long a relay is its owner's alone without a sign of life; what a dead owner left is taken up after it. */
  readonly leaseMs: number;
}

export interface PolicySnapshot {
  readonly policy: Policy;
  /** Hex SHA-256 of the policy's text. */
  readonly digest: string;
}

/** The least a log must do. Fields are data, never part of the message. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Counts what is served; names nobody. */
export interface GateMetrics {
  pushAnswered(state: PushState, seconds: number, packBytes: number): void;
  fetchServed(door: 'http' | 'ssh', bytes: number): void;
}

/** Named moments at which a test may stop, fail or kill the process. In production: nothing. */
export type FailPoint = (name: FailPointName) => Promise<void> | undefined;

/** On the way of every push. */
export const PUSH_FAIL_POINTS = [
  'received', // the push is recorded as receiving
  'spooled', // the request is durable on disk
  'inspected',
  'before-intent',
  'after-intent', // verdict and intent are durable, nobody was told
  'held-answered',
  'relay-claimed',
  'relay-begin', // before the first byte upstream
  'relay-sent', // after the last byte upstream
  'relay-reported', // the upstream's report is known, not yet recorded
  'after-outcome', // the outcome is durable, nobody was told
  'promoted',
  'remembering', // who wrote it, for later pushes; beside the relay
  'remembered',
] as const;
/** Where an answer to who wrote a push comes later. */
export const LATE_FAIL_POINTS = [
  'revising',
  'revised', // the answer is durable
] as const;
export const FAIL_POINTS = [...PUSH_FAIL_POINTS, ...LATE_FAIL_POINTS] as const;
export type FailPointName = (typeof FAIL_POINTS)[number];

export interface Gate {
  readonly clock: Clock;
  readonly log: Log;
  /** Takes secrets out of whatever is said; records and the log mask by themselves. */
  readonly mask: Masker;
  readonly agent: UpstreamAgent;
  readonly fetcher: ObjectFetcher;
  readonly workspaces: Workspaces;
  readonly scanner: SecretScanner;
  /** Findings that an administrator wrote down to be none. */
  readonly isIgnoredSecret?: (finding: Finding) => boolean;
  readonly recordings: Recordings;
  readonly pushes: PushStore;
  readonly exceptions: ExceptionStore;
  readonly grants: GrantStore;
  readonly attributions: AttributionStore;
  readonly sessions: SessionStore;
  /** For pushes that are too large for this thread. */
  readonly attributor: Attributor;
  readonly signatures: SignatureVerifier;
  readonly trail: Trail;
  readonly access: Access;
  readonly people: PeopleNow;
  /** Who may push through holds, and who looks at it afterwards; absent = nobody may. */
  readonly breakGlass?: { readonly group: string; readonly reviewers: string };
  readonly limits: Limits;
  readonly allowance: Allowance;
  readonly publicUrl: string;
  readonly metrics: GateMetrics;
  readonly version: string;
  /** Names this process in leases. */
  readonly owner: string;
  /** The policy in force; a push takes one snapshot and keeps it. */
  policy(): PolicySnapshot;
  /** Which upstream serves this repository path, if any. */
  address(repo: string, path: string): RepoAddress | undefined;
  /** Hears of a push whose objects are the upstream's by now. */
  onLanded?: (push: Push) => void;
  /** Hears of a push that waits, and of which it could not be said who wrote it. */
  onUnattributed?: (push: Push) => void;
  readonly failPoint: FailPoint;
  /** Aborts when the gateway is to stop: whoever merely waits ends now. */
  readonly stopping: AbortSignal;
  readonly wake: Wake;
}

/** In-process wake-ups: a hint that something changed, never the only way to learn it (others may have changed it). */
export interface Wake {
  /** Resolves at the next wake-up for this push, after `ms`, or when `signal` aborts. */
  wait(pushId: number, ms: number, signal?: AbortSignal): Promise<void>;
  notify(pushId: number): void;
  /** What the upstream says while this push is relayed, for whoever waits at this gateway. */
  tell(pushId: number, text: string): void;
  /** Hears what is told from now on; answers how to stop. */
  listen(pushId: number, hear: (text: string) => void): () => void;
}
