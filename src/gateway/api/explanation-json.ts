// Why a push got its verdict, as the outside reads it: the trace of the very code that decided, run again over the
// stored inputs. Only the policy that decided can explain; under another one the recorded reasons are all that is true.
import { z } from 'zod';
import { explain, formatTrace, type RuleTrace } from '../../domain/policy/explain.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import type { Inputs } from '../../domain/push/inputs.ts';
import type { Push } from '../../domain/push/push.ts';
import { pushJson, pushToJson } from './push-json.ts';

const predicateJson = z.object({ key: z.string(), asked: z.string(), seen: z.string(), holds: z.boolean() });

const ruleJson = z.object({
  rule: z.string(),
  line: z.int().optional().describe('in the policy; absent for a built-in default'),
  matched: z.boolean(),
  updates: z.array(
    z.object({
      refName: z.string(),
      matched: z.boolean(),
      when: z.array(predicateJson),
      unless: z.array(predicateJson),
    }),
  ),
  more: z.int().describe('updates left out'),
});

export const explanationJson = z.object({
  id: z.int(),
  verdict: pushJson.shape.verdict,
  policyDigest: z.string().nullable().describe('hex SHA-256 of the policy that decided'),
  currentDigest: z.string().describe('hex SHA-256 of the policy in force now'),
  rules: z.array(ruleJson).nullable().describe('null when the policy that decided is no longer in force'),
  lines: z.array(z.string()).describe('the same for people'),
});

export type ExplanationJson = z.infer<typeof explanationJson>;

/** Explains with what was stored; `inputs` are those of this push, when they are still kept. */
export function explanationToJson(
  push: Push,
  inputs: Inputs | undefined,
  current: { readonly policy: Policy; readonly digest: string },
): ExplanationJson {
  const isSamePolicy = push.policyDigest === current.digest;
  const traces = inputs !== undefined && isSamePolicy ? explain(inputs, current.policy) : undefined;
  return {
    id: push.id,
    verdict: pushToJson(push).verdict,
    policyDigest: push.policyDigest ?? null,
    currentDigest: current.digest,
    rules: traces?.map(traceToJson) ?? null,
    lines: [...outline(push), ...(traces ? formatTrace(traces) : [whyNoTrace(push, isSamePolicy)])],
  };
}

function outline(push: Push): readonly string[] {
  if (!push.verdict) return [];
  const reasons = push.verdict.reasons.map(({ outcome, rule, text }) => `  ${outcome}: ${rule}: ${text}`);
  return [`push ${push.id}: ${push.verdict.outcome}`, ...(reasons.length > 0 ? reasons : ['  no rule matched'])];
}

function whyNoTrace(push: Push, isSamePolicy: boolean): string {
  if (!push.verdict) return `push ${push.id} is ${push.state}: nothing has been decided`;
  if (!isSamePolicy) return 'the policy has changed since: only the reasons recorded then are shown';
  return 'the inputs of this decision are no longer kept: only the recorded reasons are shown';
}

function traceToJson({ rule, line, matched, updates, more }: RuleTrace): z.infer<typeof ruleJson> {
  return {
    rule,
    ...(line !== undefined && { line }),
    matched,
    updates: updates.map((update) => ({
      refName: update.refName,
      matched: update.matched,
      when: update.when.map(({ key, asked, seen, holds }) => ({ key, asked, seen, holds })),
      unless: update.unless.map(({ key, asked, seen, holds }) => ({ key, asked, seen, holds })),
    })),
    more,
  };
}
