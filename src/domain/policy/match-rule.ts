// Whether a rule matches a push, and how: judged one ref update at a time (see predicates/predicate.ts). The verdict and
// its explanation come from here, so that they cannot differ.
import type { UpdateFacts } from '../push/inputs.ts';
import type { Facts } from './facts.ts';
import type { Condition, Rule } from './policy.ts';
import type { Mode, Predicate, Scope, Seen } from './predicates/predicate.ts';

export interface PredicateTrace {
  readonly key: string;
  readonly asked: string;
  readonly seen: string;
  readonly holds: boolean;
}

export interface UpdateTrace {
  readonly refName: string;
  readonly matched: boolean;
  readonly when: readonly PredicateTrace[];
  /** Empty when the rule has no exemption, or was not to be exempted from. */
  readonly unless: readonly PredicateTrace[];
}

export interface RuleMatch {
  readonly updates: readonly MatchedUpdate[];
  /** One entry per update, when asked for. */
  readonly traces: readonly UpdateTrace[];
}

export interface MatchedUpdate {
  readonly update: UpdateFacts;
  /** What every key of `when` left over. */
  readonly scope: Scope;
  /** Key by key. */
  readonly seen: ReadonlyMap<string, Seen>;
}

/** Evaluates `rule` on every update. With `trace`, every predicate is evaluated, also behind the first that fails. */
export function matchRule(rule: Rule, facts: Facts, options: { readonly trace?: boolean } = {}): RuleMatch {
  const trace = options.trace === true;
  const peers = facts.inputs.updates.filter((update) => isSelected(rule.when, facts, update));
  const updates: MatchedUpdate[] = [];
  const traces: UpdateTrace[] = [];
  for (const update of facts.inputs.updates) {
    const scope = scopeOf(facts, update, peers);
    const when = evaluateAll(rule.when, scope, 'some', trace);
    const exemption = rule.unless ?? [];
    // What is exempted is what `when` has picked, not the rest of the push.
    const isJudged = when.holds && exemption.length > 0;
    const unless = isJudged ? evaluateAll(exemption, when.scope, 'every', trace) : undefined;
    const matched = when.holds && unless?.holds !== true;
    if (matched) updates.push({ update, scope: when.scope, seen: when.seen });
    if (trace) traces.push({ refName: update.refName, matched, when: when.traces, unless: unless?.traces ?? [] });
  }
  return { updates, traces };
}

function scopeOf(facts: Facts, update: UpdateFacts, peers: readonly UpdateFacts[]): Scope {
  return {
    facts,
    update,
    peers,
    touched: facts.touched(update),
    hasPickedChanges: false,
    authored: facts.authored(update),
  };
}

function isSelected(condition: Condition, facts: Facts, update: UpdateFacts): boolean {
  const scope = scopeOf(facts, update, []);
  return condition.every((predicate) => predicate.isSelector !== true || predicate.evaluate(scope, 'some').holds);
}

interface Evaluated {
  readonly holds: boolean;
  readonly scope: Scope;
  readonly seen: ReadonlyMap<string, Seen>;
  readonly traces: readonly PredicateTrace[];
}

function evaluateAll(condition: Condition, start: Scope, mode: Mode, trace: boolean): Evaluated {
  let scope = start;
  let holds = true;
  const seen = new Map<string, Seen>();
  const traces: PredicateTrace[] = [];
  for (const predicate of condition) {
    const result = predicate.evaluate(scope, mode);
    seen.set(predicate.key, result);
    holds &&= result.holds;
    if (trace) traces.push(traceOf(predicate, result));
    else if (!holds) break;
    if (result.holds) scope = narrow(scope, result, predicate.key);
  }
  return { holds, scope, seen, traces };
}

function narrow(scope: Scope, { touched, authored, findings }: Seen, key: string): Scope {
  return {
    ...scope,
    ...(touched && { touched, hasPickedChanges: true }),
    ...(authored && { authored }),
    ...(findings && key === 'secrets' && { secrets: new Set(findings) }),
  };
}

function traceOf({ key, asked }: Predicate, { seen, holds }: Seen): PredicateTrace {
  return { key, asked, seen, holds };
}
