// Anchors with the rules that wait for them.
import { MAX_DEPTH } from './automaton.ts';
import type { Reading } from './reading.ts';
import type { Anchor, SecretRule } from './rule.ts';

export interface Lead extends Anchor {
  /** Indexes of rules. */
  readonly rules: readonly number[];
}

const MIN_ANCHOR = 3;

/** The different anchors. Throws TypeError when rules share an id, or for an anchor that cannot work. */
export function leadsOf(rules: readonly SecretRule[]): Lead[] {
  const leads = new Map<string, Anchor & { rules: number[] }>();
  const ids = new Set<string>();
  rules.forEach((rule, index) => {
    if (ids.has(rule.id)) throw new TypeError(`two rules are called ${rule.id}`);
    ids.add(rule.id);
    for (const anchor of rule.anchors) leadOf(leads, rule.id, anchor).rules.push(index);
  });
  return [...leads.values()];
}

function leadOf(leads: Map<string, Anchor & { rules: number[] }>, id: string, anchor: Anchor) {
  if (anchor.text.length < MIN_ANCHOR) throw new TypeError(`an anchor of ${id} is shorter than ${MIN_ANCHOR}`);
  if (anchor.fold === true && anchor.text !== anchor.text.toLowerCase()) {
    throw new TypeError(`an anchor of ${id} is folded but not in lower case`);
  }
  const key = JSON.stringify([anchor.text, anchor.fold === true, anchor.boundary === true]);
  const lead = leads.get(key) ?? { ...anchor, rules: [] };
  leads.set(key, lead);
  return lead;
}

/**
 * Where the anchor begins, given that its first bytes were reported to end at `end`: if it really stands there, in its own
 * case, and after a boundary if it wants one; else -1.
 */
export function anchorStart(reading: Reading, lead: Lead, end: number): number {
  const { text } = lead;
  const start = end - Math.min(text.length, MAX_DEPTH);
  if (lead.fold === true ? !reading.hasFolded(text, start) : !reading.hasLiteral(text, start)) return -1;
  return lead.boundary !== true || reading.startsWord(start) ? start : -1;
}
