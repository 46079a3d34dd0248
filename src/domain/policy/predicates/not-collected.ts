// Keys of the language whose facts nothing collects yet. A policy that relies on one must not load: a rule that can
// never match is a gate that only looks shut.
import { mapOf, problemAt } from '../yaml-values.ts';
import type { PredicateKey } from './predicate.ts';

export function notCollected(key: string, parts: readonly string[], facts: string): PredicateKey {
  return {
    key,
    parse(value) {
      mapOf(value, parts);
      const hint = 'remove the rule, or run a version that collects them';
      return problemAt(value, `\`${key}\` needs ${facts} facts, which this version does not collect yet`, hint);
    },
  };
}
