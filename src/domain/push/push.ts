// One push: one receive-pack request, decided as a whole. States are a union, every change is a compare-and-set.
import type { ObjectFormat, Oid } from '../../protocol/oid.ts';
import type { ReportOptions } from '../../protocol/report-status.ts';
import type { AttributionSummary } from '../attribution/summary.ts';
import type { PrincipalKind } from '../principal.ts';
import type { Finding } from './finding.ts';
import type { Requirement, Verdict } from './verdict.ts';

export type PushState =
  | 'receiving'
  | 'refused'
  | 'held'
  | 'relaying'
  | 'rejected'
  | 'withdrawn'
  | 'expired'
  | 'superseded'
  | 'landed'
  | 'declined'
  | 'stale'
  | 'unknown';

/** Which state may follow which. `unknown` is being reconciled with the upstream and always ends. */
export const TRANSITIONS: Readonly<Record<PushState, readonly PushState[]>> = {
  receiving: ['refused', 'held', 'relaying'],
  refused: [],
  held: ['relaying', 'rejected', 'withdrawn', 'expired', 'superseded', 'stale'],
  relaying: ['landed', 'declined', 'stale', 'unknown'],
  rejected: [],
  withdrawn: [],
  expired: [],
  superseded: [],
  landed: [],
  declined: [],
  stale: [],
  unknown: ['relaying', 'landed', 'declined', 'stale'],
};

export const PUSH_STATES = Object.keys(TRANSITIONS) as readonly PushState[];

export function isFinal(state: PushState): boolean {
  return TRANSITIONS[state].length === 0;
}

export type UpdateKind = 'create' | 'fast-forward' | 'force' | 'delete';

export interface RefUpdate {
  readonly refName: string;
  readonly oldOid: Oid;
  readonly newOid: Oid;
  readonly kind: UpdateKind;
}

/** Which repository: `repo` as clients name it (no `.git`), and where it lives. */
export interface RepoAddress {
  readonly repo: string;
  /** Name of the entry of `upstreams:` that matched. */
  readonly upstream: string;
  /** The path as the client named it, for `{path}` in the upstream's url. */
  readonly path: string;
}

export interface PushPrincipal {
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly sponsor?: string;
}

export type PushId = number;

/** The upstream's own word on one ref of a relayed push. */
export interface RefOutcome {
  readonly refName: string;
  readonly ok: boolean;
  /** The upstream's reason for `ng`, cleaned for display. */
  readonly reason?: string;
  /** What the upstream did instead, when it rewrote the update (report-status-v2). */
  readonly options?: ReportOptions;
}

export interface Push {
  readonly id: PushId;
  readonly state: PushState;
  readonly address: RepoAddress;
  readonly objectFormat: ObjectFormat;
  readonly principal: PushPrincipal;
  readonly updates: readonly RefUpdate[];
  readonly pushOptions: readonly string[];
  readonly verdict?: Verdict;
  readonly findings: readonly Finding[];
  readonly requirements: readonly Requirement[];
  readonly approvals: readonly Approval[];
  /** What its release has granted; absent for nothing. */
  readonly granted?: readonly { readonly id: number; readonly fingerprint: string }[];
  /** It went through holds on its pusher's word; absent for all others. */
  readonly breakGlass?: BreakGlass;
  /** Who or what wrote its lines, as far as is known by now; absent while nobody has looked. */
  readonly attribution?: AttributionSummary;
  /** SHA-256 (hex) of the policy text that decided. */
  readonly policyDigest?: string;
  /** SHA-256 (hex) of the stored inputs the verdict is a function of. */
  readonly inputsDigest?: string;
  /** SHA-256 (hex) and size of the recorded request (commands, options, pack) whose bytes are relayed. */
  readonly request?: { readonly sha256: string; readonly bytes: number };
  /** What the pusher gave with `-o sallyport.reason=`. */
  readonly reason?: string;
  readonly outcomes?: readonly RefOutcome[];
  /** One line on how it ended: the upstream's words, who rejected and why, what replaced it. */
  readonly note?: string;
  readonly supersededBy?: PushId;
  /** Times are integer milliseconds since the epoch. */
  readonly createdAt: number;
  readonly decidedAt?: number;
  readonly landedAt?: number;
  readonly expiresAt?: number;
}

export interface BreakGlass {
  readonly reason: string;
  readonly at: number;
  /** Absent until somebody else has looked at it. */
  readonly review?: { readonly by: string; readonly at: number; readonly comment: string };
}

/** One person's recorded act on one hold, bound to exactly what was pushed. */
export interface Approval {
  readonly by: string;
  readonly at: number;
  readonly decision: 'approve' | 'reject';
  readonly comment: string;
  /** The person's groups when they acted; membership is checked again at relay. */
  readonly groups: readonly string[];
  /** approvalBinding() of the push at that moment. */
  readonly binding: string;
}
