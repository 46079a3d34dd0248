// What speaks for it that somebody wrote something: one item for each thing that was read, never changed afterwards. An
// item says what it claims, where it was read, how far it was checked; what follows from all of them is for combine/.
import type { Oid } from '../../protocol/oid.ts';

/** How much an item is worth, weakest first. Ordinal: two weak ones are no strong one. */
export const TIERS = ['E1', 'E2', 'E3', 'E4', 'E5'] as const;

/**
 * E1 hint · E2 declared · E3 consistent record · E4 authenticated actor · E5 observed: recorded before the push by us, or
 * by an enrolled key.
 */
export type Tier = (typeof TIERS)[number];

export type Verifier =
  /** A signature or our own record says so. */
  | 'verified'
  /** Checked against the objects, and fits. */
  | 'consistent'
  | 'unverifiable'
  /** Checked, and does not fit: it counts as a hint, and there is a finding. */
  | 'contradicted';

export type EvidenceKind =
  | 'author'
  | 'committer'
  | 'trailer'
  | 'footer'
  | 'session-link'
  | 'message'
  | 'branch'
  | 'principal'
  | 'signature'
  | 'git-ai-note'
  | 'agent-trace'
  | 'other-note'
  | 'hook-record'
  | 'recorded-output';

/** What an item can speak for at most. */
export type EvidenceScope = 'line' | 'file' | 'commit' | 'branch' | 'push';

/** Kebab-case name of a coding agent (`claude-code`), or UNKNOWN_AI. */
export type CodingAgentId = string;

/** Some machine, nobody says which. */
export const UNKNOWN_AI: CodingAgentId = 'unknown-ai';

export interface Claim {
  /** `automation` is a bot that is no coding agent (dependency updates): neither human nor AI. */
  readonly by: 'ai' | 'human' | 'mixed' | 'automation';
  /** Given when `by` is `ai` or `mixed`. */
  readonly codingAgent?: CodingAgentId;
  /** What a record calls a tool that is none of the coding agents we know; `codingAgent` is then UNKNOWN_AI. */
  readonly tool?: string;
  readonly toolVersion?: string;
  readonly model?: string;
  /** The agent's own id of its conversation. */
  readonly session?: string;
  /** Hex SHA-256 of the prompt. */
  readonly promptDigest?: string;
  /** Who is said to have written, asked for or attested it. */
  readonly human?: string;
}

/** Lines from `start` to `end`, both included, from 1. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
}

export interface EvidenceTarget {
  readonly commit?: Oid;
  readonly path?: string;
  readonly blob?: Oid;
  readonly refName?: string;
  /** Ascending and apart from one another, in `blob`. */
  readonly ranges?: readonly LineRange[];
}

export interface EvidenceSource {
  /** Where it was read: `author`, `message`, `refs/notes/ai`, `branch`, `principal`, `session`. */
  readonly field: string;
  /** Id and version of the rule or format that read it. */
  readonly rule: string;
  readonly ruleVersion: string;
  /** The start of what was read, as protocol/bytes decodes it: for people. */
  readonly raw: string;
  /** Hex SHA-256 of all of it. */
  readonly rawSha256: string;
}

export interface Evidence {
  readonly kind: EvidenceKind;
  readonly tier: Tier;
  readonly scope: EvidenceScope;
  readonly target: EvidenceTarget;
  readonly claim: Claim;
  readonly source: EvidenceSource;
  readonly verifier: Verifier;
  /** Says only that a machine had part in it, not that all is its own: a squash of several, an accepted suggestion. */
  readonly isPartial?: true;
  /** Found, but not written as it should be (a trailer in the middle of a line). */
  readonly isMalformed?: true;
  /** It was about this commit; the lines are the same here. Never rises in tier on the way. */
  readonly carriedFrom?: Oid;
  /** When we received or recorded it; milliseconds. */
  readonly observedAt?: number;
  /** Who brought it. */
  readonly principal?: string;
}

/** Characters of `EvidenceSource.raw`. */
export const MAX_RAW = 200;

/** Whether `one` is worth at least as much as `other`. */
export function isAtLeast(one: Tier, other: Tier): boolean {
  return TIERS.indexOf(one) >= TIERS.indexOf(other);
}
