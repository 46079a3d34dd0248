// The decision: evaluate(inputs, policy) → verdict. Pure: no clock, no locale, no state, so that a decision can be
// repeated years later and give the same value. The strictest outcome wins, all reasons are reported.

import { visibleText } from '../../protocol/bytes.ts';
import type { Inputs } from '../push/inputs.ts';
import { MAX_REASON_PATHS, type Outcome, type Reason, type Requirement, type Verdict } from '../push/verdict.ts';
import { RULES_MASKER } from '../secrets/mask-text.ts';
import { mendHints } from '../secrets/push/mend.ts';
import { askForException, type Contribution } from './ask-exception.ts';
import { throughBreakGlass } from './break-glass.ts';
import { type DefaultResult, evaluateDefaults } from './defaults.ts';
import { type Facts, factsOf, pathsOf } from './facts.ts';
import { type MatchedUpdate, matchRule } from './match-rule.ts';
import { askOwners, codeownersReader, type OwnersAsk, type ReadCodeowners } from './owner-approvals.ts';
import { ADMIN_GROUP, DEFAULT_EXPIRY, DEFAULT_RULES, type Defaults, type Policy, type Rule } from './policy.ts';
import { someOf } from './predicates/predicate.ts';

export { neededFacts } from './policy.ts';

/** Decides one push as a whole. */
export function evaluate(inputs: Inputs, policy: Policy): Verdict {
  const facts = factsOf(inputs);
  const read = codeownersReader();
  const contributions = [
    ...evaluateDefaults(inputs, policy.defaults).flatMap(
      (result) => contributionOfDefault(result, inputs, policy.defaults) ?? [],
    ),
    ...policy.rules.flatMap((rule) => contributionOfRule(rule, facts, read) ?? []),
  ];
  return throughBreakGlass(verdictOf(contributions), inputs);
}

/** Undefined when there is nothing against the push. */
export function contributionOfDefault(
  { rule, reason }: DefaultResult,
  inputs: Inputs,
  { secrets: { exceptions } }: Defaults,
): Contribution | undefined {
  if (reason === undefined) return undefined;
  if (reason.outcome === 'refuse' && rule === DEFAULT_RULES.secrets && exceptions !== undefined) {
    return askForException(reason, reason.findings ?? [], exceptions, inputs);
  }
  if (reason.outcome !== 'hold') return { reason, requirements: [] };
  const requirement = { group: ADMIN_GROUP, count: 1, given: 0, rules: [reason.rule] };
  return { reason, requirements: [requirement], expires: DEFAULT_EXPIRY };
}

/** Undefined when the rule does not match. */
export function contributionOfRule(rule: Rule, facts: Facts, read: ReadCodeowners): Contribution | undefined {
  const { updates } = matchRule(rule, facts);
  if (updates.length === 0) return undefined;
  const reason = reasonOf(rule, facts, updates);
  if (rule.then === 'refuse' && rule.exceptions !== undefined) {
    return askForException(reason, findingsSeenBy('secrets', updates), rule.exceptions, facts.inputs);
  }
  if (rule.then !== 'hold') return { reason, requirements: [] };
  const owners = rule.approvals.find((ask) => ask.kind === 'codeowners');
  const answer = owners && askOwnersOf(rule, owners, facts, updates, read);
  if (owners && answer === undefined) return refuseUnknownOwners(reason);
  const requirements: Requirement[] = rule.approvals.flatMap((ask) =>
    ask.kind === 'group' ? [{ group: ask.group, count: ask.count, given: 0, rules: [rule.name] }] : [],
  );
  requirements.push(...(answer?.requirements ?? []));
  const notes = answer?.notes ?? [];
  const noted = notes.length === 0 ? reason : { ...reason, text: clip(`${reason.text}; ${someOf(notes)}`) };
  // Code owners were all that was asked for, and nobody owns what was touched: noted, as on the forges.
  if (requirements.length === 0) return { reason: { ...noted, outcome: 'flag' }, requirements };
  return { reason: noted, requirements, expires: rule.expires };
}

function askOwnersOf(
  rule: Rule,
  ask: OwnersAsk,
  facts: Facts,
  updates: readonly MatchedUpdate[],
  read: ReadCodeowners,
) {
  const touched = updates.map(({ update, scope }) => ({ update, paths: pathsOf(scope.touched) }));
  return askOwners(facts, ask, rule.name, touched, read);
}

function refuseUnknownOwners(reason: Reason): Contribution {
  const text = clip(`${reason.text}; CODEOWNERS of the upstream is not known`);
  const hint = 'push again; if it stays so, the gate cannot read the upstream';
  return { reason: { ...reason, outcome: 'refuse', text, hint }, requirements: [] };
}

function reasonOf(rule: Rule, { inputs }: Facts, updates: readonly MatchedUpdate[]): Reason {
  // Paths are the reason when some key picked among the changes.
  const paths = [...new Set(updates.flatMap(({ scope }) => (scope.hasPickedChanges ? pathsOf(scope.touched) : [])))];
  const findings = findingsSeenBy('findings', updates);
  const secrets = findingsSeenBy('secrets', updates);
  const all = [...new Set([...findings, ...secrets])].sort(byNumber);
  return {
    rule: rule.name,
    outcome: rule.then,
    text: describe(updates, paths),
    ...(paths.length > 0 && { paths: paths.slice(0, MAX_REASON_PATHS) }),
    ...(all.length > 0 && { findings: all }),
    ...(secrets.length > 0 && {
      mend: mendHints(
        inputs,
        secrets.flatMap((index) => inputs.findings[index] ?? []),
      ),
    }),
    ...(rule.hint !== undefined && { hint: rule.hint }),
  };
}

/** Indexes into the findings of the inputs. */
function findingsSeenBy(key: string, updates: readonly MatchedUpdate[]): readonly number[] {
  return [...new Set(updates.flatMap(({ seen }) => seen.get(key)?.findings ?? []))].sort(byNumber);
}

/** Keys that say where a rule applies rather than what it found. */
const SETTING: readonly string[] = ['repos', 'refs', 'principals', 'paths'];

/** The paths, what else was seen, or at least the refs: one line. */
function describe(updates: readonly MatchedUpdate[], paths: readonly string[]): string {
  const parts = paths.length === 0 ? [] : [someOf(paths.map(visibleText))];
  const findings = new Set<string>();
  for (const { seen } of updates) {
    for (const [key, result] of seen) {
      const isCovered = SETTING.includes(key) || (paths.length > 0 && result.touched !== undefined);
      if (!isCovered) findings.add(result.seen);
    }
  }
  if (findings.size > 0) parts.push(someOf([...findings]));
  if (parts.length === 0) parts.push(someOf(updates.map(({ update }) => visibleText(update.refName))));
  return clip(parts.join('; '));
}

const MAX_TEXT = 500;

/** Masked before it is cut: half a secret would be known by no rule any more. */
function clip(text: string): string {
  const masked = RULES_MASKER.text(text);
  return masked.length <= MAX_TEXT ? masked : `${masked.slice(0, MAX_TEXT - 1)}…`;
}

function verdictOf(contributions: readonly Contribution[]): Verdict {
  const reasons = contributions.map(({ reason }) => reason);
  const outcome = strictest(reasons);
  if (outcome !== 'hold') return { outcome, reasons, requirements: [] };
  const requirements = mergeRequirements(contributions.flatMap((contribution) => contribution.requirements));
  const waits = contributions.flatMap(({ expires }) => (expires === undefined ? [] : [expires]));
  return { outcome, reasons, requirements, expiresAfter: Math.min(...waits) };
}

function strictest(reasons: readonly Reason[]): Outcome {
  if (reasons.some(({ outcome }) => outcome === 'refuse')) return 'refuse';
  return reasons.some(({ outcome }) => outcome === 'hold') ? 'hold' : 'forward';
}

/**
 * Requirements of several rules: for the same group (or set of owners) the largest count, not the sum. Two rules that
 * each want one of sre have both been seen by the one sre who approves the push; different groups add up.
 */
export function mergeRequirements(requirements: readonly Requirement[]): readonly Requirement[] {
  const merged = new Map<string, Requirement>();
  for (const requirement of requirements) {
    const known = merged.get(requirement.group);
    if (known === undefined) {
      merged.set(requirement.group, requirement);
      continue;
    }
    const rules = [...new Set([...known.rules, ...requirement.rules])];
    merged.set(requirement.group, { ...known, count: Math.max(known.count, requirement.count), rules });
  }
  return [...merged.values()];
}

function byNumber(one: number, other: number): number {
  return one - other;
}
