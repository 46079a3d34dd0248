// What a push looks like to the outside: the API's answers and the command line's --json, in one place. Names that
// scripts rely on; nothing is renamed or removed here without a new version of the API.
import { z } from 'zod';
import { NO_LINES } from '../../domain/attribution/attribution.ts';
import { TIERS } from '../../domain/attribution/evidence.ts';
import type { Finding } from '../../domain/push/finding.ts';
import { type Approval, type BreakGlass, PUSH_STATES, type Push } from '../../domain/push/push.ts';
import type { Reason } from '../../domain/push/verdict.ts';
import { countsToJson } from './attribution-json.ts';

const time = z.iso.datetime().describe('RFC 3339, UTC');
const oid = z.string().describe('lower-case hex object id; all zeros where there is none');

const reasonJson = z.object({
  rule: z.string(),
  outcome: z.enum(['flag', 'hold', 'refuse']),
  text: z.string(),
  paths: z.array(z.string()).optional(),
  findings: z.array(z.int()).optional().describe("positions in the push's findings"),
  hint: z.string().optional(),
  mend: z.array(z.string()).optional().describe('what to do about it, line by line'),
  exceptions: z
    .object({
      group: z.string().describe('who is asked'),
      findings: z.array(z.int()).describe("positions in the push's findings"),
      lifetime: z.int().describe('in milliseconds, from the release on'),
    })
    .optional()
    .describe('what releasing the hold grants: these are not to count any more in this repository'),
});

const findingJson = z.object({
  rule: z.string(),
  severity: z.enum(['info', 'low', 'medium', 'high', 'critical']),
  text: z.string(),
  commit: oid.nullable(),
  path: z.string().nullable(),
  line: z.int().nullable(),
  column: z.int().nullable().describe('in bytes, from 1'),
  where: z
    .enum(['commit', 'tag', 'file name', 'ref name', 'push option', 'object'])
    .nullable()
    .describe('null in the content of a file'),
  masked: z.string().nullable().describe('what was seen, masked: never the secret'),
  fingerprint: z.string().nullable().describe('of a secret: the same for the same value, useless without our key'),
  remedy: z.string().nullable().describe('what to do when it leaked'),
  exception: z.int().nullable().describe('the granted exception that covers it'),
  allowed: z.string().nullable().describe('the comment on its line that asks to let it pass'),
});

const approvalJson = z.object({
  by: z.string(),
  at: time,
  decision: z.enum(['approve', 'reject']),
  comment: z.string(),
});

const count = z.int().min(0);

export const pushJson = z.object({
  id: z.int(),
  state: z.enum(PUSH_STATES),
  repo: z.string(),
  principal: z.object({
    name: z.string(),
    kind: z.enum(['human', 'coding-agent', 'service']),
    sponsor: z.string().optional(),
  }),
  updates: z.array(
    z.object({
      refName: z.string(),
      oldOid: oid,
      newOid: oid,
      kind: z.enum(['create', 'fast-forward', 'force', 'delete']),
    }),
  ),
  verdict: z
    .object({ outcome: z.enum(['forward', 'hold', 'refuse']), reasons: z.array(reasonJson) })
    .nullable()
    .describe('null until the push is decided'),
  findings: z.array(findingJson),
  attribution: z.object({
    lines: z.object({
      ai: count,
      humanAttested: count,
      mixed: count,
      declared: count,
      disputed: count,
      unknown: count,
    }),
    generated: z.int().min(0).describe('added lines of generated, vendored and lock files, which are counted apart'),
    codingAgents: z.array(z.string()).describe('that are named, by whatever evidence'),
    tiers: z
      .record(z.string(), z.enum(TIERS))
      .describe('for each of them the strongest evidence: E1 hint … E5 observed'),
    unseen: count.describe('files whose lines could not be looked at'),
    isKnown: z.boolean().describe('false while nobody has looked'),
  }),
  requirements: z.array(z.object({ group: z.string(), count, given: count, rules: z.array(z.string()) })),
  approvals: z.array(approvalJson),
  exceptions: z
    .object({ covering: z.array(z.int()), granted: z.array(z.object({ id: z.int(), fingerprint: z.string() })) })
    .describe('which exceptions took findings out of the decision, and which its release has granted'),
  breakGlass: z
    .object({
      reason: z.string(),
      at: time,
      review: z.object({ by: z.string(), at: time, comment: z.string() }).nullable(),
    })
    .optional()
    .describe('it went through holds; review is null until somebody else has looked at it'),
  pushOptions: z.array(z.string()),
  reason: z.string().optional().describe('what the pusher says it is for'),
  note: z.string().optional().describe('how it ended, in one line'),
  outcomes: z
    .array(z.object({ refName: z.string(), ok: z.boolean(), reason: z.string().optional() }))
    .optional()
    .describe("the upstream's own word on each ref"),
  supersededBy: z.int().optional(),
  createdAt: time,
  decidedAt: time.optional(),
  landedAt: time.optional(),
  expiresAt: time.optional(),
});

export type PushJson = z.infer<typeof pushJson>;

export const diffJson = z.object({
  id: z.int(),
  updates: z.array(z.object({ refName: z.string(), text: z.string(), truncated: z.boolean() })),
});

/** A push as the outside reads it. */
export function pushToJson(push: Push): PushJson {
  return {
    id: push.id,
    state: push.state,
    repo: push.address.repo,
    principal: {
      name: push.principal.name,
      kind: push.principal.kind,
      ...(push.principal.sponsor !== undefined && { sponsor: push.principal.sponsor }),
    },
    updates: push.updates.map(({ refName, oldOid, newOid, kind }) => ({ refName, oldOid, newOid, kind })),
    verdict: push.verdict ? { outcome: push.verdict.outcome, reasons: push.verdict.reasons.map(reasonToJson) } : null,
    findings: push.findings.map(findingToJson),
    attribution: attributionToJson(push.attribution),
    requirements: push.requirements.map(({ group, count, given, rules }) => ({
      group,
      count,
      given,
      rules: [...rules],
    })),
    approvals: push.approvals.map(approvalToJson),
    exceptions: {
      covering: [...new Set(push.findings.flatMap(({ exception }) => exception ?? []))],
      granted: (push.granted ?? []).map(({ id, fingerprint }) => ({ id, fingerprint })),
    },
    ...(push.breakGlass && { breakGlass: breakGlassToJson(push.breakGlass) }),
    pushOptions: [...push.pushOptions],
    ...(push.reason !== undefined && { reason: push.reason }),
    ...(push.note !== undefined && { note: push.note }),
    ...(push.outcomes && {
      outcomes: push.outcomes.map(({ refName, ok, reason }) => ({
        refName,
        ok,
        ...(reason !== undefined && { reason }),
      })),
    }),
    ...(push.supersededBy !== undefined && { supersededBy: push.supersededBy }),
    createdAt: formatTime(push.createdAt),
    ...(push.decidedAt !== undefined && { decidedAt: formatTime(push.decidedAt) }),
    ...(push.landedAt !== undefined && { landedAt: formatTime(push.landedAt) }),
    ...(push.expiresAt !== undefined && { expiresAt: formatTime(push.expiresAt) }),
  };
}

function breakGlassToJson({ reason, at, review }: BreakGlass) {
  const seen = review && { by: review.by, at: formatTime(review.at), comment: review.comment };
  return { reason, at: formatTime(at), review: seen ?? null };
}

/** Before anybody has looked, no line is claimed by anybody. */
function attributionToJson(summary: Push['attribution']): PushJson['attribution'] {
  const { lines = NO_LINES, generated = NO_LINES, codingAgents = [], unseen = 0 } = summary ?? {};
  return {
    lines: countsToJson(lines),
    generated: Object.values(generated).reduce((sum, one) => sum + one, 0),
    codingAgents: codingAgents.map(({ id }) => id),
    tiers: Object.fromEntries(codingAgents.map(({ id, tier }) => [id, tier])),
    unseen,
    isKnown: summary !== undefined,
  };
}

/** Milliseconds since the epoch as RFC 3339. */
export function formatTime(at: number): string {
  return new Date(at).toISOString();
}

function reasonToJson(reason: Reason): z.infer<typeof reasonJson> {
  return {
    rule: reason.rule,
    outcome: reason.outcome,
    text: reason.text,
    ...(reason.paths && { paths: [...reason.paths] }),
    ...(reason.findings && { findings: [...reason.findings] }),
    ...(reason.hint !== undefined && { hint: reason.hint }),
    ...(reason.mend && { mend: [...reason.mend] }),
    ...(reason.exceptions && {
      exceptions: { ...reason.exceptions, findings: [...reason.exceptions.findings] },
    }),
  };
}

function findingToJson(finding: Finding): z.infer<typeof findingJson> {
  return {
    rule: finding.rule,
    severity: finding.severity,
    text: finding.text,
    commit: finding.commit ?? null,
    path: finding.path ?? null,
    line: finding.line ?? null,
    column: finding.column ?? null,
    where: finding.where ?? null,
    masked: finding.masked ?? null,
    fingerprint: finding.fingerprint ?? null,
    remedy: finding.remedy ?? null,
    exception: finding.exception ?? null,
    allowed: finding.allowed ?? null,
  };
}

function approvalToJson(approval: Approval): z.infer<typeof approvalJson> {
  return {
    by: approval.by,
    at: formatTime(approval.at),
    decision: approval.decision,
    comment: approval.comment,
  };
}
