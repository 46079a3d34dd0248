// Why a push got its verdict: rule by rule, update by update, key by key, what was asked and what was seen. Uses the very
// code that decides, and so cannot tell another story.
import { visibleText } from '../../protocol/bytes.ts';
import type { Inputs } from '../push/inputs.ts';
import type { Reason, Requirement } from '../push/verdict.ts';
import { BREAK_GLASS } from './break-glass.ts';
import { evaluateDefaults } from './defaults.ts';
import { contributionOfDefault, contributionOfRule, evaluate } from './evaluate.ts';
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
  return [
    ...traceDefaults(inputs, policy),
    ...traceBreakGlass(inputs, policy),
    ...policy.rules.map((rule) => traceRule(rule, facts, read)),
  ];
}

/** What became of the holds below, when their pusher asked to go through them. */
function traceBreakGlass(inputs: Inputs, policy: Policy): readonly RuleTrace[] {
  if (inputs.breakGlass === undefined) return [];
  const reason = evaluate(inputs, policy).reasons.find(({ rule }) => rule === BREAK_GLASS);
  const matched = reason !== undefined;
  const when = [
    { key: 'default', asked: 'whether it goes through holds', seen: reason?.text ?? 'not needed', holds: !matched },
  ];
  const updates = [{ refName: '*', matched, when, unless: [] }];
  return [{ rule: BREAK_GLASS, matched, requirements: [], updates, more: 0, ...(reason && { reason }) }];
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

/** The trace as indented lines for a terminal: what the policy says, then what holds without any rule. */
export function formatTrace(traces: readonly RuleTrace[]): readonly string[] {
  const rules = traces.filter(({ line }) => line !== undefined);
  const checks = traces.filter(({ line }) => line === undefined);
  return [
    'rules of the policy:',
    ...(rules.length > 0 ? rules.flatMap(ruleLines) : ['none']).map((line) => `  ${line}`),
    'checks without any rule:',
    ...checks.map((check) => `  ${checkLine(check)}`),
  ];
}

function ruleLines({ rule, line, reason, updates, more, requirements }: RuleTrace): readonly string[] {
  const asked = requirements.map(({ group, count }) => `, needs ${count} of ${visibleText(group)}`).join('');
  return [
    `${visibleText(rule)} (line ${line}): ${reason?.outcome ?? 'does not apply'}${asked}`,
    ...updates.flatMap(updateLines).map((text) => `  ${text}`),
    ...(more > 0 ? [`  and ${more} more updates`] : []),
  ];
}

/** Of an update that does not match, only what keeps it from matching. */
function updateLines({ refName, matched, when, unless }: UpdateTrace): readonly string[] {
  const isExempt = !matched && when.every(({ holds }) => holds);
  const decisive = matched || isExempt ? when : when.filter(({ holds }) => !holds);
  return [
    `${visibleText(refName)} ${matched ? 'matches' : isExempt ? 'is exempt' : 'does not match'}`,
    ...decisive.map((part) => `  ${formatPredicate(part, '')}`),
    ...unless.map((part) => `  ${formatPredicate(part, 'unless ')}`),
  ];
}

function formatPredicate({ key, asked, seen, holds }: PredicateTrace, prefix: string): string {
  return `${holds ? 'yes' : 'no '} ${prefix}${key}: ${asked}; seen ${seen}`;
}

const CHECK_COLUMN = 6;

function checkLine({ rule, reason, updates }: RuleTrace): string {
  const name = rule.replace(/^default: /, '');
  const { asked = '', seen = '' } = updates[0]?.when[0] ?? {};
  const shown = reason === undefined ? '' : `; seen ${seen}`;
  return `${(reason?.outcome ?? 'ok').padEnd(CHECK_COLUMN)} ${visibleText(name)}: ${asked}${shown}`;
}
