// A commit's attribution as an in-toto Statement v1 (github.com/in-toto/attestation, spec/v1): the subjects are the commit
// and the blobs it brings, the predicate all that is known of who wrote them. Of prompts there are digests only, and of what
// was read (trailers, notes) digests instead of the words: a statement goes where we do not see who reads it.
import type { Oid } from '../../../protocol/oid.ts';
import type { CommitAttribution, FileAttribution, LineCounts, OwnedRange } from '../attribution.ts';
import type { Claim, Evidence, EvidenceTarget, Tier, Verifier } from '../evidence.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

/**
 * A type must be a URI that nobody else gives a meaning to. We own no domain, for which an `https:` or `tag:` URI would
 * need one, and a `urn:` namespace needs a registration; a UUID is ours alone without either (RFC 9562). Another meaning
 * gets another UUID.
 */
export const AI_AUTHORSHIP_TYPE = 'urn:uuid:974f0d8d-fe64-4d64-8b9a-d0ae267f83c4';

export interface InTotoExport {
  readonly ruleSet: string;
  /** Who states it. */
  readonly gateway: { readonly name: string; readonly version: string };
  /** When it was stated; milliseconds. */
  readonly at: number;
}

export interface InTotoSubject {
  /** Of blobs: their path. */
  readonly name?: string;
  readonly digest: { readonly gitCommit: Oid } | { readonly gitBlob: Oid };
}

export interface StatedEvidence {
  readonly kind: Evidence['kind'];
  readonly tier: Tier;
  readonly scope: Evidence['scope'];
  readonly verifier: Verifier;
  readonly target: EvidenceTarget;
  readonly claim: Claim;
  readonly source: {
    readonly field: string;
    readonly rule: string;
    readonly ruleVersion: string;
    readonly digest: { readonly sha256: string };
  };
  readonly isPartial?: true;
  readonly isMalformed?: true;
  readonly carriedFrom?: Oid;
  readonly observedAt?: number;
  readonly principal?: string;
}

export interface AiAuthorship {
  readonly kind: 'ai-authorship';
  readonly version: 1;
  readonly statedAt: string;
  readonly gateway: InTotoExport['gateway'];
  readonly ruleSet: string;
  readonly commit: { readonly oid: Oid; readonly kind: CommitAttribution['kind'] };
  /** At least so many; a line that nobody speaks for is unknown, not human. */
  readonly lines: LineCounts;
  readonly generated: LineCounts;
  readonly evidence: readonly StatedEvidence[];
  /** Positions are those in `evidence` above. */
  readonly codingAgents: CommitAttribution['codingAgents'];
  readonly files: readonly FileAttribution[];
}

export interface InTotoStatement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly InTotoSubject[];
  readonly predicateType: typeof AI_AUTHORSHIP_TYPE;
  readonly predicate: AiAuthorship;
}

/** `evidence` is that of the push; the statement has what the commit refers to, in the same order. */
export function toInTotoStatement(
  commit: CommitAttribution,
  evidence: readonly Evidence[],
  { ruleSet, gateway, at }: InTotoExport,
): InTotoStatement {
  const used = positionsUsed(commit).filter((position) => evidence[position] !== undefined);
  const moved = new Map(used.map((position, index) => [position, index]));
  const move = (positions: readonly number[]) => positions.flatMap((position) => moved.get(position) ?? []);
  const predicate: AiAuthorship = {
    kind: 'ai-authorship',
    version: 1,
    statedAt: new Date(at).toISOString(),
    gateway,
    ruleSet,
    commit: { oid: commit.oid, kind: commit.kind },
    lines: commit.lines,
    generated: commit.generated,
    evidence: used.map((position) => stated(evidence[position] as Evidence)),
    codingAgents: commit.codingAgents.map((agent) => ({ ...agent, evidence: move(agent.evidence) })),
    files: commit.files.map((file) => ({ ...file, ranges: file.ranges.map((range) => movedRange(range, move)) })),
  };
  return { _type: STATEMENT_TYPE, subject: subjectsOf(commit), predicateType: AI_AUTHORSHIP_TYPE, predicate };
}

function subjectsOf({ oid, files }: CommitAttribution): InTotoSubject[] {
  const blobs = files.map(({ path, blob }) => ({ name: path, digest: { gitBlob: blob } }));
  return [{ digest: { gitCommit: oid } }, ...blobs];
}

function positionsUsed({ evidence, codingAgents, files }: CommitAttribution): number[] {
  const used = new Set(evidence);
  for (const agent of codingAgents) for (const position of agent.evidence) used.add(position);
  for (const file of files) for (const range of file.ranges) for (const position of range.evidence) used.add(position);
  return [...used].sort((one, other) => one - other);
}

function movedRange(range: OwnedRange, move: (positions: readonly number[]) => readonly number[]): OwnedRange {
  return { ...range, evidence: move(range.evidence) };
}

function stated({ source, ...item }: Evidence): StatedEvidence {
  const { field, rule, ruleVersion, rawSha256 } = source;
  return { ...item, source: { field, rule, ruleVersion, digest: { sha256: rawSha256 } } };
}
