// A push by grants alone: each ref must be within a grant, and so must each path that is touched there. Paths are matched
// as policy matches them where it exempts: as they are written, and as they fold. What is not known is outside.

import { visibleText } from '../../protocol/bytes.ts';
import { matchesOne, type PushLimit } from '../access-grant.ts';
import type { Inputs, UpdateFacts } from '../push/inputs.ts';
import { MAX_REASON_PATHS } from '../push/verdict.ts';
import type { DefaultResult } from './defaults.ts';
import { factsOf, hasUnknownPaths } from './facts.ts';
import { compilePathPattern, type PathForms } from './path-pattern.ts';
import { DEFAULT_RULES } from './policy.ts';
import { someOf } from './predicates/predicate.ts';

/** The check as explain shows it, with its reason when something is outside. */
export function withinGrants(inputs: Inputs, limits: readonly PushLimit[]): DefaultResult {
  const facts = factsOf(inputs);
  const refs: string[] = [];
  const paths: string[] = [];
  const unknown: string[] = [];
  for (const update of inputs.updates) {
    const over = limits.filter((limit) => limit.refs === undefined || matchesOne(limit.refs, update.refName));
    if (over.length === 0) refs.push(update.refName);
    else if (over.some((limit) => limit.paths === undefined)) continue;
    else if (isUnlimited(update)) unknown.push(update.refName);
    else paths.push(...outside(facts.touchedPaths(update), over));
  }
  const rule = DEFAULT_RULES.grants;
  const asked = `refs and paths are within ${someOf(limits.map(({ grant }) => grant))}`;
  const parts = [
    ...refs.map((name) => `${visibleText(name)} is outside`),
    ...unknown.map((name) => `${visibleText(name)}: its paths are not known`),
    ...(paths.length === 0 ? [] : [`${someOf([...new Set(paths)].map(visibleText))} outside`]),
  ];
  if (parts.length === 0) return { rule, asked, seen: 'nothing outside' };
  const hint = `push only what is granted, or ask for more: sallyport grant ${visibleText(inputs.principal.name)} --repo ${visibleText(inputs.repo)}`;
  const distinct = [...new Set(paths)].slice(0, MAX_REASON_PATHS);
  const text = `${someOf(parts)} of what is granted`;
  const reason = { rule, outcome: 'refuse', text, hint, ...(distinct.length > 0 && { paths: distinct }) } as const;
  return { rule, asked, seen: someOf(parts), reason };
}

/** What a deletion takes away, and what a bare tree or blob brings, has no paths here. */
function isUnlimited(update: UpdateFacts): boolean {
  return update.kind === 'delete' || hasUnknownPaths(update);
}

function outside(paths: readonly PathForms[], limits: readonly PushLimit[]): readonly string[] {
  const patterns = limits
    .flatMap((limit) => limit.paths ?? [])
    .flatMap((pattern) => {
      const compiled = compilePathPattern(pattern);
      return compiled.ok ? [compiled.value] : [];
    });
  return paths.filter((forms) => !patterns.some((pattern) => pattern.covers(forms))).map(({ raw }) => raw);
}
