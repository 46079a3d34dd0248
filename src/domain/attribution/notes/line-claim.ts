// What a record of any format says about lines, before anything of it was compared with the commit.
import type { Claim, EvidenceKind, LineRange } from '../evidence.ts';

export interface LineClaim {
  readonly path: string;
  /** Ascending and apart. */
  readonly ranges: readonly LineRange[];
  readonly claim: Claim;
  /** The start of the statement, for people; nothing of a conversation. */
  readonly raw: string;
  /** Of ranges whose text the record has a hash of. */
  readonly hashes?: readonly HashedRange[];
  /** The statement contradicts itself: why. */
  readonly fault?: string;
}

export interface HashedRange extends LineRange {
  readonly hash: string;
}

/** Whether the record says of which commit it is. */
export type RecordedCommit = 'this' | 'another' | 'none';

export interface LineRecord {
  readonly kind: EvidenceKind;
  readonly rule: string;
  readonly ruleVersion: string;
  readonly names: RecordedCommit;
  readonly claims: readonly LineClaim[];
}
