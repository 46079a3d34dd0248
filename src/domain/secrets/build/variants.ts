// One rule for a token that comes in several shapes behind the same literal: with or without a middle part, say.
import type { SecretRule } from '../rule.ts';

/** The first rule, which also finds what the others find: same anchors, so the same places; the first that fits. */
export function variants(first: SecretRule, ...others: readonly SecretRule[]): SecretRule {
  const all = [first, ...others];
  if (new Set(all.map(anchorsOf)).size > 1) throw new TypeError(`the variants of ${first.id} differ in their anchors`);
  const check: SecretRule['check'] = (bytes, start, end, reading) => {
    for (const one of all) {
      const found = one.check(bytes, start, end, reading);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return { ...first, check };
}

function anchorsOf(rule: SecretRule): string {
  return JSON.stringify(rule.anchors);
}
