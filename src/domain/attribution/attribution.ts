// What is known of who wrote the added lines of a push: frozen with its inputs, shown to reviewers, judged by policy.
// Counts are "at least": a line nobody speaks for is `unknown`, and unknown is not human.
import type { Oid } from '../../protocol/oid.ts';
import type { CodingAgentId, Evidence, LineRange, Tier } from './evidence.ts';

export const LINE_STATES = ['ai', 'human-attested', 'mixed', 'declared', 'disputed', 'unknown'] as const;

export type LineState =
  /** Evidence for this very line says a machine wrote it. */
  | 'ai'
  | 'human-attested'
  /** A machine's text, edited afterwards. */
  | 'mixed'
  /** Its commit is declared to be a coding agent's; nothing speaks for the line itself. */
  | 'declared'
  /** Two different coding agents, with evidence of the same tier. */
  | 'disputed'
  | 'unknown';

export type LineCounts = Readonly<Record<LineState, number>>;

/** Added lines of one state, with the evidence for it as positions in PushAttribution.evidence. */
export interface OwnedRange extends LineRange {
  readonly state: LineState;
  /** The strongest tier among `evidence`; absent when there is none. */
  readonly tier?: Tier;
  readonly evidence: readonly number[];
}

export interface FileAttribution {
  readonly path: string;
  readonly blob: Oid;
  /** Generated, vendored and lock files are counted apart. */
  readonly column: 'source' | 'generated';
  readonly lines: LineCounts;
  /** All added lines, ascending, neighbours of one kind joined. */
  readonly ranges: readonly OwnedRange[];
}

export interface AgentShown {
  readonly id: CodingAgentId;
  /** The strongest that names it. */
  readonly tier: Tier;
  readonly models: readonly string[];
  readonly sessions: readonly string[];
  /** Positions in PushAttribution.evidence. */
  readonly evidence: readonly number[];
}

export interface CommitAttribution {
  readonly oid: Oid;
  readonly kind: 'ordinary' | 'merge' | 'squash' | 'revert';
  readonly codingAgents: readonly AgentShown[];
  /** Everything that speaks about the commit or a part of it. */
  readonly evidence: readonly number[];
  /** Of source files. */
  readonly lines: LineCounts;
  readonly generated: LineCounts;
  readonly files: readonly FileAttribution[];
}

export interface PushAttribution {
  readonly version: 1;
  /** Names the rules that were used, so that an answer can be understood later. */
  readonly ruleSet: string;
  readonly evidence: readonly Evidence[];
  readonly commits: readonly CommitAttribution[];
  /** Over all commits, source files only. */
  readonly lines: LineCounts;
  readonly generated: LineCounts;
  readonly codingAgents: readonly AgentShown[];
  /** Files whose lines could not be looked at, and why; every line of them is unknown and not counted. */
  readonly unseen: readonly { readonly commit: Oid; readonly path: string; readonly why: string }[];
}

export const NO_LINES: LineCounts = {
  ai: 0,
  'human-attested': 0,
  mixed: 0,
  declared: 0,
  disputed: 0,
  unknown: 0,
};

/** The sum, state by state. */
export function addCounts(one: LineCounts, other: LineCounts): LineCounts {
  const sum = { ...one };
  for (const state of LINE_STATES) sum[state] += other[state];
  return sum;
}
