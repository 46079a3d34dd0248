// Why a push got its verdict: rule by rule, update by update, key by key, what was asked and what was seen. Uses the very
// code that decides, and so cannot tell another story.
import { visibleText } from '../../protocol/bytes.ts';
import type { Inputs } from '../push/inputs.ts';
import type { Reason, Requirement } from '../push/verdict.ts';
import { evaluateDefaults } from './defaults.ts';
import { contributionOfDefault, contributionOfRule } from './evaluate.ts';
import { type Facts, factsOf } from './facts.ts';
import { matchRule, type PredicateTrace, type UpdateTrace } from './match-rule.ts';
import { codeownersReader, type ReadCodeowners } from './owner-approvals.ts';
import type { Policy, Rule } from './policy.ts';

export type { PredicateTrace, UpdateTrace } from './match-rule.ts';

export interface RuleTrace {
  readonly rule: string;
  /** Where the rule stands in the policy; absent for a built-in default. */
  readonly line?: number;
  readonly matched: boolean;
  /** What the rule adds to the verdict, when it matched. */
  readonly reason?: Reason;
  readonly requirements: readonly Requirement[];
  /** The updates of the push, those that matched first. */
  readonly updates: readonly UpdateTrace[];
  /** How many updates are left out of `updates`. */
  readonly more: number;
}

const MAX_TRACED_UPDATES = 20;

/** The defaults, then the rules in the order of the policy. */
export function explain(inputs: Inputs, policy: Policy): readonly RuleTrace[] {
  const facts = factsOf(inputs);
  const read = codeownersReader();
  return [...traceDefaults(inputs, policy), ...policy.rules.map((rule) => traceRule(rule, facts, read))];
}

function traceDefaults(inputs: Inputs, policy: Policy): readonly RuleTrace[] {
  return evaluateDefaults(inputs, policy.defaults).map((result) => {
    const { rule, asked, seen } = result;
    const contribution = contributionOfDefault(result, inputs, policy.defaults);
    const matched = contribution !== undefined;
    const traces: readonly PredicateTrace[] = [{ key: 'default', asked, seen, holds: !matched }];
    const updates = [{ refName: '*', matched, when: traces, unless: [] }];
    const { reason, requirements = [] } = contribution ?? {};
    return { rule, matched, requirements, updates, more: 0, ...(reason && { reason }) };
  });
}

function traceRule(rule: Rule, facts: Facts, read: ReadCodeowners): RuleTrace {
  const contribution = contributionOfRule(rule, facts, read);
  const { traces } = matchRule(rule, facts, { trace: true });
  const ordered = [...traces.filter(({ matched }) => matched), ...traces.filter(({ matched }) => !matched)];
  return {
    rule: rule.name,
    line: rule.line,
    matched: contribution !== undefined,
    requirements: contribution?.requirements ?? [],
    updates: ordered.slice(0, MAX_TRACED_UPDATES),
    more: Math.max(0, ordered.length - MAX_TRACED_UPDATES),
    ...(contribution && { reason: contribution.reason }),
  };
}

/** The trace as indented lines for a terminal. */
export function formatTrace(traces: readonly RuleTrace[]): readonly string[] {
  return traces.flatMap((trace) => {
    const consequence = trace.reason === undefined ? 'no' : trace.reason.outcome;
    const place = trace.line === undefined ? '' : ` (line ${trace.line})`;
    const lines = [`${visibleText(trace.rule)}${place}: ${consequence}`];
    for (const update of trace.updates) {
      const isDefault = trace.line === undefined;
      if (!isDefault) lines.push(`  ${visibleText(update.refName)}: ${update.matched ? 'matches' : 'does not match'}`);
      const indent = isDefault ? '  ' : '    ';
      for (const part of update.when) lines.push(`${indent}${formatPredicate(part, '')}`);
      for (const part of update.unless) lines.push(`${indent}${formatPredicate(part, 'unless ')}`);
    }
    if (trace.more > 0) lines.push(`  and ${trace.more} more updates`);
    for (const { group, count } of trace.requirements) lines.push(`  needs ${count} of ${visibleText(group)}`);
    return lines;
  });
}

function formatPredicate({ key, asked, seen, holds }: PredicateTrace, prefix: string): string {
  return `${holds ? 'yes' : 'no '} ${prefix}${key}: asked ${asked}; seen ${seen}`;
}
