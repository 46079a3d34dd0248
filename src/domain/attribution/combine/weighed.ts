// An item of evidence as it counts: what it speaks for, and how much it is worth once it was checked.
import type { CommitAttribution } from '../attribution.ts';
import { type CodingAgentId, type Evidence, type EvidenceKind, isAtLeast, TIERS, UNKNOWN_AI } from '../evidence.ts';

/** What can prove who wrote a line. Everything else, even when it is kept for lines, only declares. */
const LINE_PROOFS: ReadonlySet<EvidenceKind> = new Set([
  'git-ai-note',
  'agent-trace',
  'other-note',
  'hook-record',
  'recorded-output',
]);

export interface Weighed {
  readonly item: Evidence;
  /** Position in PushAttribution.evidence. */
  readonly at: number;
  /** Position in TIERS. */
  readonly tier: number;
  /** Named agent; undefined for humans, automation and agents nobody names. */
  readonly agent: CodingAgentId | undefined;
}

export const HINT = TIERS.indexOf('E1');

export function weigh(item: Evidence, at: number): Weighed {
  const { codingAgent } = item.claim;
  return {
    item,
    at,
    tier: item.verifier === 'contradicted' ? HINT : TIERS.indexOf(item.tier),
    agent: codingAgent === UNKNOWN_AI ? undefined : codingAgent,
  };
}

/** Whether it says of the very lines of its ranges who wrote them. */
export function isLineProof({ item, tier }: Weighed): boolean {
  const { kind, scope, claim } = item;
  return (
    scope === 'line' &&
    LINE_PROOFS.has(kind) &&
    isAtLeast(TIERS[tier] as Evidence['tier'], 'E3') &&
    claim.by !== 'automation'
  );
}

/**
 * Whether lines nobody else speaks for are declared by it: a coding agent's, as a whole, and more than a hint. What only
 * had part in the commit says nothing of any line.
 */
export function declares({ item, tier }: Weighed): boolean {
  const isWhole = item.isPartial !== true || item.target.ranges !== undefined;
  return item.claim.by === 'ai' && isWhole && tier > HINT;
}

/**
 * Kinds whose own lines can be declared. A squash is the work of everybody in it. A revert brings back what others wrote,
 * whoever does it.
 */
export function inheritsDeclarations(kind: CommitAttribution['kind']): boolean {
  return kind === 'ordinary' || kind === 'merge';
}
