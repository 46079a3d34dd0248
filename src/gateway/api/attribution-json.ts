// What is known of who wrote a push, as the outside reads it: the whole of it, and line by line for one file.
import { z } from 'zod';
import {
  type AgentShown,
  type CommitAttribution,
  LINE_STATES,
  type LineCounts,
  type PushAttribution,
} from '../../domain/attribution/attribution.ts';
import type { Evidence } from '../../domain/attribution/evidence.ts';
import { TIERS } from '../../domain/attribution/evidence.ts';

const tier = z.enum(TIERS);
const state = z.enum(LINE_STATES);
const positions = z.array(z.int()).describe("positions in the document's evidence");
const range = z.tuple([z.int(), z.int()]).describe('first and last line, from 1');

const countsJson = z.object({
  ai: z.int(),
  humanAttested: z.int(),
  mixed: z.int(),
  declared: z.int(),
  disputed: z.int(),
  unknown: z.int(),
});

const evidenceJson = z.object({
  kind: z.string(),
  tier,
  scope: z.enum(['line', 'file', 'commit', 'branch', 'push']),
  verifier: z.enum(['verified', 'consistent', 'unverifiable', 'contradicted']),
  claim: z.object({
    by: z.enum(['ai', 'human', 'mixed', 'automation']),
    codingAgent: z.string().optional(),
    tool: z.string().optional(),
    toolVersion: z.string().optional(),
    model: z.string().optional(),
    session: z.string().optional(),
    promptDigest: z.string().optional(),
    human: z.string().optional(),
  }),
  target: z.object({
    commit: z.string().optional(),
    path: z.string().optional(),
    blob: z.string().optional(),
    refName: z.string().optional(),
    ranges: z.array(range).optional(),
  }),
  source: z.object({
    field: z.string(),
    rule: z.string(),
    ruleVersion: z.string(),
    raw: z.string(),
    rawSha256: z.string(),
  }),
  partial: z.boolean(),
  malformed: z.boolean(),
  carriedFrom: z.string().optional(),
});

const agentJson = z.object({
  id: z.string(),
  tier,
  models: z.array(z.string()),
  sessions: z.array(z.string()),
  evidence: positions,
});

const commitJson = z.object({
  oid: z.string(),
  kind: z.enum(['ordinary', 'merge', 'squash', 'revert']),
  codingAgents: z.array(agentJson),
  evidence: positions,
  lines: countsJson,
  generated: countsJson,
  files: z.array(
    z.object({
      path: z.string(),
      blob: z.string(),
      column: z.enum(['source', 'generated']),
      lines: countsJson,
      ranges: z.array(z.object({ lines: range, state, tier: tier.optional(), evidence: positions })),
    }),
  ),
});

export const attributionJson = z.object({
  ruleSet: z.string().describe('names the rules that were used'),
  lines: countsJson,
  generated: countsJson,
  codingAgents: z.array(agentJson),
  commits: z.array(commitJson),
  evidence: z.array(evidenceJson),
  unseen: z.array(z.object({ commit: z.string(), path: z.string(), why: z.string() })),
});

export type AttributionJson = z.infer<typeof attributionJson>;

/** The document as the outside reads it; `unknown` lines are nobody's, which is not the same as a human's. */
export function attributionToJson(attribution: PushAttribution): AttributionJson {
  return {
    ruleSet: attribution.ruleSet,
    lines: countsToJson(attribution.lines),
    generated: countsToJson(attribution.generated),
    codingAgents: attribution.codingAgents.map(agentToJson),
    commits: attribution.commits.map(commitToJson),
    evidence: attribution.evidence.map(evidenceToJson),
    unseen: attribution.unseen.map((one) => ({ ...one })),
  };
}

export function countsToJson({ 'human-attested': humanAttested, ...rest }: LineCounts): z.infer<typeof countsJson> {
  return { ...rest, humanAttested };
}

function commitToJson(commit: CommitAttribution): z.infer<typeof commitJson> {
  return {
    oid: commit.oid,
    kind: commit.kind,
    codingAgents: commit.codingAgents.map(agentToJson),
    evidence: [...commit.evidence],
    lines: countsToJson(commit.lines),
    generated: countsToJson(commit.generated),
    files: commit.files.map(({ path, blob, column, lines, ranges }) => ({
      path,
      blob,
      column,
      lines: countsToJson(lines),
      ranges: ranges.map(({ start, end, state: is, tier: of, evidence }) => ({
        lines: [start, end],
        state: is,
        ...(of !== undefined && { tier: of }),
        evidence: [...evidence],
      })),
    })),
  };
}

function agentToJson({ id, tier: of, models, sessions, evidence }: AgentShown): z.infer<typeof agentJson> {
  return { id, tier: of, models: [...models], sessions: [...sessions], evidence: [...evidence] };
}

export function evidenceToJson(item: Evidence): z.infer<typeof evidenceJson> {
  const { kind, tier: of, scope, verifier, claim, source, carriedFrom } = item;
  const { ranges, ...target } = item.target;
  return {
    kind,
    tier: of,
    scope,
    verifier,
    claim: { ...claim },
    target: { ...target, ...(ranges && { ranges: ranges.map(({ start, end }): [number, number] => [start, end]) }) },
    source: { ...source },
    partial: item.isPartial === true,
    malformed: item.isMalformed === true,
    ...(carriedFrom !== undefined && { carriedFrom }),
  };
}

export const blameJson = z.object({
  id: z.int(),
  refName: z.string(),
  path: z.string(),
  blob: z.string(),
  lines: z.array(
    z.object({
      line: z.int(),
      text: z.string(),
      commit: z.string().nullable().describe('null for what was there before the push'),
      state: state.nullable(),
      tier: tier.nullable(),
      codingAgents: z.array(z.string()),
      sessions: z.array(z.string()),
    }),
  ),
});

export type BlameJson = z.infer<typeof blameJson>;
