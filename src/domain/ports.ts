// Every port of the domain: what we need from the outside, as promises an adapter must keep. Failures that an adapter
// cannot turn into a value are thrown and mean "unknown": callers refuse.
import type { Readable } from 'node:stream';
import type { ObjectFormat, Oid } from '../protocol/oid.ts';
import type { PackIndex } from '../protocol/pack-index.ts';
import type { AccessGrant, GrantState } from './access-grant.ts';
import type { PushAttribution } from './attribution/attribution.ts';
import type { CarriedRow, RowKeys } from './attribution/carry/carried-row.ts';
import type { RecordedOutput } from './attribution/matching/recorded-output.ts';
import type { NotePlace } from './attribution/push/notes-of-push.ts';
import type { SignatureVerdict } from './attribution/readers/commit-signature.ts';
import type {
  CommitRecord,
  RecordedEvent,
  RecordedSession,
  SessionBatch,
} from './attribution/sessions/session-record.ts';
import type { AttributionSummary } from './attribution/summary.ts';
import type { EntryType, RecordedEntry, TrailEntry } from './audit/entry.ts';
import type { AgentCertificate, EnrolledAgent, JoinToken, KnownCertificate } from './enrolment.ts';
import type { IdentityStore, LoginStore } from './identity/login-store.ts';
import type { PrincipalKind, TokenScope } from './principal.ts';
import type { ExceptionState, Grant, SecretException } from './push/exception.ts';
import type { Inputs } from './push/inputs.ts';
import type { Approval, Push, PushId, PushState, RefOutcome, RepoAddress } from './push/push.ts';
import type { ObjectPlace } from './secrets/secret-scanner.ts';

/** Milliseconds since the epoch. Tests replace it. */
export interface Clock {
  now(): number;
}

// ---------------------------------------------------------------------------------------------------------------
// The upstream, through the agent. Shaped like smart HTTP, so that the embedded agent and the remote one are the same
// code, and stateless: every call stands alone. No credential ever crosses this port.

export type Service = 'git-upload-pack' | 'git-receive-pack';

export interface UpstreamRequest {
  readonly address: RepoAddress;
  /** The client's `Git-Protocol` value, already validated (`version=2`). */
  readonly gitProtocol?: string;
  readonly signal?: AbortSignal;
}

/** Why an upstream gave no answer. `sent` says whether it may have seen (part of) the request: only then is the
 * outcome of a push in doubt. */
export type UpstreamRefusal =
  | { readonly outcome: 'not-found' } // also forbidden and unauthorised: one neutral answer
  | {
      readonly outcome: 'unavailable';
      readonly detail: string;
      readonly sent: boolean;
      /** No agent is connected that serves this upstream: nobody was asked. */
      readonly noAgent?: true;
    };

export type UpstreamAnswer =
  | {
      readonly outcome: 'ok';
      /** The answer's bytes. Ends when the upstream's answer ends; is destroyed with an error when it breaks off. */
      readonly body: Readable;
    }
  | UpstreamRefusal;

export interface UpstreamAgent {
  /** The advertisement as pkt-lines: no `# service=` line, ends with its flush. */
  advertise(service: Service, request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** One stateless upload-pack request (v0/v1: wants … flush or done; v2: one command). */
  uploadPack(request: UpstreamRequest & { readonly body: Readable }): Promise<UpstreamAnswer>;
  /** One receive-pack request of exactly `length` bytes. Never retried by the agent. */
  receivePack(request: UpstreamRequest & { readonly body: Readable; readonly length: number }): Promise<UpstreamAnswer>;
  /** False while nobody is there who could be asked about this repository. Absent: always somebody. */
  isConnected?(address: RepoAddress): boolean;
}

// ---------------------------------------------------------------------------------------------------------------
// Objects

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export interface ObjectInfo {
  readonly type: ObjectType;
  readonly size: number;
}

export interface GitObject extends ObjectInfo {
  readonly content: Buffer;
}

/** Reads objects by id. Never fetches, never follows replace refs. `undefined` = not here. */
export interface ObjectReader {
  info(oid: Oid): Promise<ObjectInfo | undefined>;
  /** Whole object; refuses (throws ObjectTooLargeError) above `maxBytes`. */
  read(oid: Oid, maxBytes?: number): Promise<GitObject | undefined>;
}

/** Whether the signature of a commit holds, and whose key made it. Never throws for what a pusher wrote. */
export interface SignatureVerifier {
  /** `content` is the commit object's. A kind of signature that it cannot check is `unverified`. */
  verify(content: Buffer, format: ObjectFormat): Promise<SignatureVerdict>;
}

export interface ObjectFetch {
  readonly wants: readonly Oid[];
  /** Commits of history to send from each want; absent = all of it. */
  readonly depth?: number;
  /** A wish: an upstream that cannot filter sends more. */
  readonly filter?: 'blob:none' | 'tree:0';
}

export type FetchedPack =
  | {
      readonly outcome: 'ok';
      /** Boundary of the history that was sent; known before the first byte of the pack. */
      readonly shallow: readonly Oid[];
      readonly unshallow: readonly Oid[];
      readonly pack: Readable;
    }
  /** The upstream lacks one of the wants, or will not serve them by id; `tips` are then all that may be wanted of it. */
  | { readonly outcome: 'refused'; readonly text: string; readonly tips?: readonly Oid[] }
  | UpstreamRefusal;

/** Fetches objects of one upstream repository by id, for the gateway's own use. */
export interface ObjectFetcher {
  fetch(address: RepoAddress, request: ObjectFetch, signal?: AbortSignal): Promise<FetchedPack>;
}

// ---------------------------------------------------------------------------------------------------------------
// Where objects are while a push is undecided, and what we keep of each upstream repository.

/** What we keep of one upstream repository: objects it has, by far not all of them, and no refs. */
export interface Mirror {
  readonly objectFormat: ObjectFormat;
  readonly place: ObjectPlace;
  readonly reader: ObjectReader;
  /** Makes commits, with all their trees, available; answers those that the upstream does not have. */
  ensureCommits(oids: readonly Oid[], signal?: AbortSignal): Promise<ReadonlySet<Oid>>;
  /** Makes single objects (blobs, tags) available; answers those that the upstream does not have. */
  ensureObjects(oids: readonly Oid[], signal?: AbortSignal): Promise<ReadonlySet<Oid>>;
  /** Which of `oids` are reachable from `tips`; fetches as much history as the answer needs. */
  reachable(oids: readonly Oid[], tips: ReadonlySet<Oid>, signal?: AbortSignal): Promise<ReadonlySet<Oid>>;
  /** Everything, for upstreams or clients with which less does not work. */
  fetchAll(tips: ReadonlySet<Oid>, signal?: AbortSignal): Promise<void>;
}

export interface IndexLimits {
  readonly maxPackBytes: number;
  readonly timeoutMs: number;
  /** The pack is known to be small: threads would cost more than they do. */
  readonly small?: boolean;
}

/** A pack being indexed as it arrives. */
export interface PackIndexing {
  /** Feeds bytes; resolves when more may come (backpressure), with false once git wants no more. */
  write(chunk: Buffer): Promise<boolean>;
  /** No more bytes will come. */
  end(): void;
  abort(): void;
  /** Settles when git has ended: over SSH the pack's own structure says where it ends. */
  readonly done: Promise<IndexedPack>;
}

export type IndexedPack =
  | {
      readonly outcome: 'indexed';
      readonly index: PackIndex;
      /** Type and size of every object in the index, by position: far cheaper than to ask for each, when there are many. */
      infos(): Promise<(position: number) => ObjectInfo | undefined>;
      /** Objects the client sent; the index may hold more: bases that --fix-thin appended. */
      readonly sentObjects: number;
      /** Bytes of the pack as the client sent it, header to trailer. */
      readonly sentBytes: number;
      /** Offsets at or above this one were appended, not sent. */
      readonly appendedFrom: number;
      /** .gitmodules or .gitattributes blobs that git could not check because they are not here. */
      readonly unchecked: readonly Oid[];
    }
  | { readonly outcome: 'refused'; readonly text: string; readonly missing: readonly Oid[] };

/** One push's objects, unseen by any fetch until the upstream has taken them. */
export interface Quarantine {
  /** For whoever reads all of its own objects by a process of their own. */
  readonly place: ObjectPlace;
  /** Quarantine and mirror together. */
  readonly reader: ObjectReader;
  /** Indexes a pack as it arrives, with git's own checks as errors. */
  index(limits: IndexLimits): PackIndexing;
  /** Moves the objects into the mirror, and is gone then: only after the upstream took the push. */
  promote(): Promise<void>;
  /** Makes ready to read, so that the first read need not wait. */
  warm(): void;
  /** Stops reading; the objects stay. */
  close(): void;
  remove(): Promise<void>;
}

export interface Workspaces {
  mirror(address: RepoAddress, objectFormat: ObjectFormat): Promise<Mirror>;
  /** Makes the quarantine of a push, or reopens it. */
  quarantine(id: PushId, address: RepoAddress, objectFormat: ObjectFormat): Promise<Quarantine>;
  /** Pushes that have a quarantine on disk. */
  quarantines(): Promise<readonly PushId[]>;
  removeQuarantine(id: PushId): Promise<void>;
}

// ---------------------------------------------------------------------------------------------------------------
// Recordings: each push's request, byte for byte as it arrived (commands, push options, pack), and the inputs its
// verdict is a function of. What is relayed is read from here.

export interface Recorder {
  /** Resolves when more may come (backpressure). Rejects when the disk does (full, broken): nothing was promised yet. */
  write(chunk: Buffer): Promise<void>;
  /** Makes the recording durable: after this it survives a crash. */
  finish(): Promise<{ readonly sha256: string; readonly bytes: number }>;
  discard(): Promise<void>;
  /** Where it is written, and how many bytes of it can be read there by now. */
  readonly path: string;
  readonly readable: number;
  /** Writes what is held back, so that all of it can be read. */
  flush(): Promise<void>;
}

export interface Recordings {
  record(id: PushId): Promise<Recorder>;
  /** Bytes of the recorded request from `start` (inclusive) to `end` (exclusive). */
  read(id: PushId, start: number, end?: number): Readable;
  size(id: PushId): Promise<number | undefined>;
  /** Stores the inputs durably; answers the hex SHA-256 of what was stored. */
  saveInputs(id: PushId, inputs: Inputs): Promise<string>;
  loadInputs(id: PushId): Promise<Inputs | undefined>;
  /** Pushes of which anything is recorded. */
  ids(): Promise<readonly PushId[]>;
  /** Of a push that ended before its request was whole, or so long ago that it need not be kept. */
  remove(id: PushId): Promise<void>;
}

// ---------------------------------------------------------------------------------------------------------------
// State. Written with several gateways in mind: compare-and-set on every change, leases with fencing tokens, nothing
// that only one process's memory knows. A method that changes something also writes its trail entry in the same
// durable transaction: when the promise resolves, both are on disk.

export interface NewPush {
  readonly address: RepoAddress;
  readonly objectFormat: ObjectFormat;
  readonly principal: Push['principal'];
  readonly updates: Push['updates'];
  readonly pushOptions: readonly string[];
  readonly reason?: string;
  readonly createdAt: number;
}

/** Fields a transition may set. */
export type PushPatch = Partial<
  Pick<
    Push,
    | 'updates'
    | 'verdict'
    | 'findings'
    | 'requirements'
    | 'attribution'
    | 'policyDigest'
    | 'inputsDigest'
    | 'request'
    | 'outcomes'
    | 'note'
    | 'supersededBy'
    | 'decidedAt'
    | 'landedAt'
    | 'expiresAt'
  >
>;

export interface Lease {
  readonly owner: string;
  /** Fencing token: grows with every claim of this push; every later write names it. */
  readonly token: number;
  readonly until: number;
}

export interface Transition {
  readonly id: PushId;
  readonly from: readonly PushState[];
  readonly to: PushState;
  readonly set?: PushPatch;
  /** When given, the change happens only if this is still the push's current lease. */
  readonly fence?: number;
  /** When moving to `relaying`: take the lease in the same transaction. */
  readonly claim?: { readonly owner: string; readonly until: number };
  /** The change happens only if an exception for each of these fingerprints holds at `at` in the push's repository. */
  readonly relies?: { readonly fingerprints: readonly string[]; readonly at: number };
  /** When a hold is released: exceptions it grants, in the place of earlier ones for the same fingerprints. */
  readonly grants?: readonly Grant[];
  /** New commits that the push brings, so that what is said of them later finds it. */
  readonly commits?: readonly Oid[];
  /** The change happens only if none of these is disabled, and each of these grants holds at `at`. */
  readonly standing?: {
    readonly principals: readonly string[];
    readonly grants: readonly string[];
    readonly at: number;
  };
  /** What goes through by break-glass, when no earlier one of the same principal waits for its review. */
  readonly breakGlass?: { readonly principal: string; readonly reason: string; readonly at: number };
  readonly entry: TrailEntry;
}

export interface PushFilter {
  readonly states?: readonly PushState[];
  readonly repo?: string;
  readonly principal?: string;
  /** Only those that went through by break-glass and that nobody has reviewed. */
  readonly unreviewed?: boolean;
  readonly limit?: number;
  /** Only ids below this one (paging, newest first). */
  readonly before?: PushId;
}

export interface PushStore {
  /** Records a new push in state `receiving`. */
  receive(push: NewPush, owner: string, entry: TrailEntry): Promise<Push>;
  /** Compare-and-set; `undefined` when the push was not in one of `from` (or the fence had moved). */
  transition(change: Transition): Promise<{ readonly push: Push; readonly lease?: Lease } | undefined>;
  /** Adds an approval to a held push; `undefined` when it is no longer held. A later one of the same person replaces
   * the earlier. */
  decide(id: PushId, approval: Approval, entry: TrailEntry): Promise<Push | undefined>;
  /** Other words of the pusher for the same held push; `undefined` when it is no longer held. */
  changeReason(id: PushId, reason: string, entry: TrailEntry): Promise<Push | undefined>;
  /** Records the review of a push that went through by break-glass; `undefined` when there is none to review. */
  reviewBreakGlass(
    id: PushId,
    review: { readonly by: string; readonly at: number; readonly comment: string },
    entry: TrailEntry,
  ): Promise<Push | undefined>;
  /** Claims a push in `relaying` or `unknown` whose lease ran out (crash recovery); one at a time, fenced. */
  claimRelay(
    id: PushId,
    owner: string,
    until: number,
    now: number,
  ): Promise<{ readonly push: Push; readonly lease: Lease } | undefined>;
  /** False when the lease is no longer ours. */
  renewLease(id: PushId, token: number, until: number): Promise<boolean>;
  find(id: PushId): Promise<Push | undefined>;
  /** Newest first. */
  list(filter: PushFilter): Promise<readonly Push[]>;
  /** Pushes in `receiving` whose owner is not `owner` and which were created before `before` (left by a crash). */
  abandoned(owner: string, before: number): Promise<readonly Push[]>;
  /** Held pushes with `expiresAt <= now`. */
  expired(now: number): Promise<readonly Push[]>;
  /** Bytes of the recorded requests of all held pushes of this principal. */
  heldBytes(principal: string): Promise<number>;
  /** Ids of pushes in `relaying` or `unknown` whose lease ran out at `now`. */
  orphanedRelays(now: number): Promise<readonly PushId[]>;
}

export interface ExceptionFilter {
  readonly repo?: string;
  readonly states?: readonly ExceptionState[];
  readonly limit?: number;
  /** Only ids below this one (paging, newest first). */
  readonly before?: number;
}

/** Exceptions are made by PushStore.transition alone. One whose time is over reads as `expired`, recorded or not. */
export interface ExceptionStore {
  /** Those that hold now, in this repository, for any of these fingerprints. */
  covering(
    address: Pick<RepoAddress, 'upstream' | 'repo'>,
    fingerprints: readonly string[],
  ): Promise<readonly SecretException[]>;
  find(id: number): Promise<SecretException | undefined>;
  /** Newest first. */
  list(filter: ExceptionFilter): Promise<readonly SecretException[]>;
  /** Compare-and-set; `undefined` when it held no longer. */
  revoke(id: number, by: string, entry: TrailEntry): Promise<SecretException | undefined>;
  /** Those whose time is over and not yet recorded as over. */
  lapsed(): Promise<readonly SecretException[]>;
  /** Records that its time is over; false when somebody else did, or it is not. */
  expire(id: number, entry: TrailEntry): Promise<boolean>;
}

/** A repository as the store names it. */
export type RepoKey = Pick<RepoAddress, 'upstream' | 'repo'>;

/** One answer to who wrote a push; a later one stands beside the earlier. */
export interface AttributionRevision {
  /** From 1. */
  readonly revision: number;
  readonly at: number;
  /** What made us look again: `push`, `notes`, `session`, `objects`. */
  readonly cause: AttributionCause;
  readonly attribution: PushAttribution;
}

export type AttributionCause = 'push' | 'objects' | 'notes' | 'session';

/** What is known of who wrote pushes, and what is remembered so that lines are known again after a rebase. */
export interface AttributionStore {
  /** Appends an answer and shows it with the push from now on; false when there is no such push. */
  revise(
    id: PushId,
    answer: {
      readonly cause: AttributionCause;
      readonly summary: AttributionSummary;
      readonly attribution: PushAttribution;
    },
    entry: TrailEntry,
  ): Promise<boolean>;
  latest(id: PushId): Promise<AttributionRevision | undefined>;
  /** What a push leaves behind for later ones, all of it or nothing. */
  remember(
    key: RepoKey,
    what: { readonly push: PushId; readonly rows: readonly CarriedRow[]; readonly notes: readonly NotePlace[] },
  ): Promise<void>;
  /** Rows of these patches and of files of these names, newest first; a bounded number. */
  remembered(key: RepoKey, wanted: Pick<RowKeys, 'patchIds' | 'names'>): Promise<readonly CarriedRow[]>;
  notesAbout(key: RepoKey, commits: readonly Oid[]): Promise<readonly NotePlace[]>;
  /** Pushes that brought any of these commits, newest first; without a key, of all repositories. */
  pushesOf(key: RepoKey | undefined, commits: readonly Oid[]): Promise<readonly PushId[]>;
  /** Lines remembered before this are not known again. */
  forget(before: number): Promise<void>;
}

export interface SessionFilter {
  readonly principal?: string;
  readonly repo?: string;
  /** Only those of which something was received since; milliseconds. */
  readonly since?: number;
  readonly limit?: number;
  /** Only ids below this one (paging, newest first). */
  readonly before?: number;
}

/**
 * Recorded sessions of coding agents. Texts are masked, kept once however often they come, and sealed: whoever has the
 * store and not its key reads none of them, nor can try texts against it.
 */
export interface SessionStore {
  /**
   * Records the events that are not known yet, all of them or none, as received now. The same id in the same session is
   * the same event. `started` is written to the trail with the first that is recorded of a session.
   */
  record(batch: SessionBatch, started: TrailEntry): Promise<{ readonly accepted: number; readonly known: number }>;
  /** Newest first. */
  list(filter: SessionFilter): Promise<readonly RecordedSession[]>;
  find(principal: string, key: string): Promise<RecordedSession | undefined>;
  /** In the order they were received; `after` is a position. Fewer than `limit` when their texts are long. */
  events(
    session: Pick<RecordedSession, 'id'>,
    page: { readonly after?: number; readonly limit?: number },
  ): Promise<readonly RecordedEvent[]>;
  /** What was recorded of these commits by these principals, in the order it was received. */
  commitRecords(principals: readonly string[], commits: readonly Oid[]): Promise<readonly CommitRecord[]>;
  /** Whether any output of theirs is indexed that was received since. */
  hasOutput(principals: readonly string[], since: number): Promise<boolean>;
  /** Output received since that is kept under any of these hashes (matching/index-hashes.ts): a bounded number, of which most fits. */
  outputsWith(
    principals: readonly string[],
    hashes: ReadonlySet<bigint>,
    since: number,
  ): Promise<readonly RecordedOutput[]>;
  /**
   * Removes what was received before `before`, and from the index what was received before `indexedBefore`. Answers how
   * many events; `entry` is written when there are any.
   */
  expire(before: number, indexedBefore: number, entry: TrailEntry): Promise<number>;
}

export interface TrailFilter {
  readonly types?: readonly EntryType[];
  readonly pushId?: PushId;
  readonly repo?: string;
  readonly actor?: string;
  readonly since?: number;
  readonly until?: number;
  /** First index to return (ascending order); default 0. */
  readonly from?: number;
  readonly limit?: number;
}

export interface Trail {
  /** Durable when it resolves. */
  append(entry: TrailEntry): Promise<RecordedEntry>;
  search(filter: TrailFilter): Promise<readonly RecordedEntry[]>;
  /** Checks the whole chain against itself and the anchored head; `undefined` = sound. */
  verify(): Promise<{
    readonly entries: number;
    readonly head: string;
    readonly fault?: { readonly index: number; readonly text: string };
  }>;
}

export interface User {
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly sponsor?: string;
  readonly groups: readonly string[];
  /** Of a coding agent: its groups give it nothing, only grants do. */
  readonly grantsOnly?: boolean;
  readonly createdAt: number;
  readonly disabledAt?: number;
}

export interface TokenRecord {
  readonly id: string;
  readonly user: string;
  readonly scopes: readonly TokenScope[];
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
  readonly revokedAt?: number;
  /** The login whose refreshes made it; it ends with that. */
  readonly family?: string;
}

export interface KeyRecord {
  readonly id: string;
  readonly user: string;
  /** `SHA256:…` as OpenSSH prints it. */
  readonly fingerprint: string;
  readonly algorithm: string;
  /** base64 of the SSH wire form. */
  readonly blob: string;
  readonly comment: string;
  /** What its owner calls it. */
  readonly label?: string;
  /** A security key that must ask for a PIN or a fingerprint, whatever the configuration says. */
  readonly verifyRequired?: boolean;
  readonly createdAt: number;
  /** Absent = until revoked, or as long as the configuration lets keys live. */
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
  readonly revokedAt?: number;
}

/** A certificate that our own authority has signed. */
export interface IssuedCertificate {
  /** Decimal; of our own authority, each is given once. */
  readonly serial: string;
  readonly user: string;
  /** Of the certified key. */
  readonly fingerprint: string;
  readonly keyId: string;
  /** Fingerprint of the authority's key. */
  readonly authority: string;
  readonly issuedAt: number;
  readonly validBefore: number;
  readonly revokedAt?: number;
}

/** Certificates of whichever authority, named by its fingerprint. */
export interface CertificateName {
  readonly authority: string;
  /** Decimal. */
  readonly serial: string;
}

/** What our authority signed, and which certificates of any authority no longer count. */
export interface CertificateStore {
  /** `taken` when there is one of this serial. Forgets those that ended before `forgetBefore`. */
  add(certificate: IssuedCertificate, forgetBefore: number, entry: TrailEntry): Promise<'added' | 'taken'>;
  find(serial: string): Promise<IssuedCertificate | undefined>;
  /** Of one user or of all, newest first, at most `limit`. */
  list(limit: number, user?: string): Promise<readonly IssuedCertificate[]>;
  /** False when it is revoked already. It need not be one of ours, nor be known. */
  revoke(name: CertificateName, at: number, entry: TrailEntry): Promise<boolean>;
  isRevoked(name: CertificateName): Promise<boolean>;
}

/** Local principals and their credentials. Adds answer `taken` instead of throwing when the name or key exists. */
export interface Directory {
  addUser(user: User, entry: TrailEntry): Promise<'added' | 'taken'>;
  /** One that is not disabled, as endUsers; false when there is none. */
  disableUser(name: string, at: number, entry: TrailEntry): Promise<boolean>;
  /**
   * Disables these and, in the same transaction, revokes every token and key of theirs and ends every grant. All of them
   * or, when one is not there or disabled already, none.
   */
  endUsers(names: readonly string[], by: string, at: number, entries: readonly TrailEntry[]): Promise<boolean>;
  /** What was revoked stays revoked. */
  enableUser(name: string, entry: TrailEntry): Promise<boolean>;
  /** Compare-and-set: false when it is no longer as `before` says. */
  changeUser(before: User, after: Pick<User, 'groups' | 'grantsOnly'>, entry: TrailEntry): Promise<boolean>;
  findUser(name: string): Promise<User | undefined>;
  listUsers(): Promise<readonly User[]>;
  /** `hash` = hex SHA-256 of the token text; the text itself is never stored. */
  addToken(token: TokenRecord, hash: string, entry: TrailEntry): Promise<void>;
  findTokenByHash(hash: string): Promise<TokenRecord | undefined>;
  revokeToken(id: string, at: number, entry: TrailEntry): Promise<boolean>;
  listTokens(user?: string): Promise<readonly TokenRecord[]>;
  /** `taken` when any user, the same one included, already has this key and it is not revoked. */
  addKey(key: KeyRecord, entry: TrailEntry): Promise<'added' | 'taken'>;
  findKeyByFingerprint(fingerprint: string): Promise<KeyRecord | undefined>;
  revokeKey(id: string, at: number, entry: TrailEntry): Promise<boolean>;
  listKeys(user?: string): Promise<readonly KeyRecord[]>;
  /** Best effort, not audited: when a credential was last used. */
  touchToken(id: string, at: number): void;
  touchKey(id: string, at: number): void;
}

/** Agents that run apart from the gateway: join tokens, who joined, and the certificates they were given. */
export interface AgentStore {
  /** `hash` = hex SHA-256 of the secret part of the token's text, which itself is never stored. */
  addJoinToken(token: JoinToken, hash: string, entry: TrailEntry): Promise<void>;
  findJoinToken(hash: string): Promise<JoinToken | undefined>;
  /**
   * Uses the token up and enrols an agent by it: a new one, or once more the one of that id, whose earlier certificates
   * then end. `undefined` when the token was used already or is over, or the name has been taken meanwhile.
   */
  join(
    hash: string,
    agent: { readonly id: string; readonly certificate: AgentCertificate },
    entry: TrailEntry,
  ): Promise<EnrolledAgent | undefined>;
  /** Adds a certificate; earlier ones hold until this one is used. False when the agent is revoked or unknown. */
  addCertificate(id: string, certificate: AgentCertificate, entry: TrailEntry): Promise<boolean>;
  findCertificate(fingerprint: string): Promise<KnownCertificate | undefined>;
  /** This certificate is in use: those that the agent was given before it end. */
  retireBefore(fingerprint: string, at: number): Promise<void>;
  find(id: string): Promise<EnrolledAgent | undefined>;
  /** Of agents that are not revoked. */
  findByName(name: string): Promise<EnrolledAgent | undefined>;
  /** By name; the revoked ones too. */
  list(): Promise<readonly EnrolledAgent[]>;
  /** False when there is no such agent, or it is revoked already. */
  revoke(id: string, at: number, entry: TrailEntry): Promise<boolean>;
  rename(id: string, name: string, entry: TrailEntry): Promise<'renamed' | 'taken' | 'unknown'>;
  /** What it said of itself when it was last connected. `entry`: when that is news. */
  seen(
    id: string,
    facts: { readonly at: number; readonly version: string; readonly upstreams: readonly string[] },
    entry?: TrailEntry,
  ): Promise<void>;
}

/** Assertions of identity providers that let somebody in: each does so once, whichever gateway it is shown to. */
export interface AssertionLedger {
  /** True for the first use, which is durable then; remembered until `until` (milliseconds), when its age refuses it. */
  use(provider: string, assertionId: string, until: number): Promise<boolean>;
}

export interface GrantFilter {
  readonly principal?: string;
  readonly states?: readonly GrantState[];
  readonly limit?: number;
}

/** Grants of rights for a time. One whose time is over reads as `expired`, recorded or not. */
export interface GrantStore {
  /** Records a request or, when it has `givenBy`, a grant; false when its principal is unknown or disabled. */
  add(grant: AccessGrant, entry: TrailEntry): Promise<boolean>;
  /** Compare-and-set from `asked`; its time begins. `undefined` when it waits no longer, or its principal is disabled. */
  give(
    id: string,
    given: { readonly by: string; readonly at: number },
    entry: TrailEntry,
  ): Promise<AccessGrant | undefined>;
  /** Compare-and-set: a request is refused, a grant revoked; `undefined` when it has ended already. */
  end(
    id: string,
    state: 'refused' | 'revoked',
    ended: { readonly by: string; readonly at: number },
    entry: TrailEntry,
  ): Promise<AccessGrant | undefined>;
  find(id: string): Promise<AccessGrant | undefined>;
  /** Newest first. */
  list(filter: GrantFilter): Promise<readonly AccessGrant[]>;
  /** Those of a principal that hold now. */
  inForce(principal: string): Promise<readonly AccessGrant[]>;
  /** Those whose time is over and not yet recorded as over. */
  lapsed(): Promise<readonly AccessGrant[]>;
  /** Records that its time is over; false when somebody else did, or it is not. */
  expire(id: string, entry: TrailEntry): Promise<boolean>;
}

/** What one ref update changes, as a unified diff for people. */
export interface UpdateDiff {
  readonly refName: string;
  readonly text: string;
  /** More was changed than `text` shows: whoever reads it must be told. */
  readonly truncated: boolean;
}

export interface PushDiff {
  /** One entry per ref update, in the push's order; `undefined` when the objects are no longer at hand. */
  diff(push: Push): Promise<readonly UpdateDiff[] | undefined>;
}

export type { IdentityStore, LoginStore, RefOutcome };
