// What follows for a line from everything that speaks for it.
import type { LineState, OwnedRange } from '../attribution.ts';
import { TIERS, type Tier } from '../evidence.ts';
import { declares, isLineProof, type Weighed } from './weighed.ts';

/** What an OwnedRange says, without its lines. */
export type Decision = Omit<OwnedRange, 'start' | 'end'>;

export const UNKNOWN: Decision = { state: 'unknown', evidence: [] };

/** Evidence shown for one line. */
const MAX_SHOWN = 16;

/**
 * `active` speaks for the line itself, `base` is what its commit and file are declared to be. Proof for the line wins over
 * declarations, the highest tier over lower ones. Only to be human is not believed against a better declaration: whoever
 * pushes can write such a note, and an agent with a key of its own is no human.
 */
export function decideLine(active: readonly Weighed[], base: Decision): Decision {
  if (active.length === 0) return base;
  const proofs = active.filter(isLineProof);
  if (proofs.length === 0) return declared(active) ?? base;
  const decision = proven(proofs);
  return decision.state === 'human-attested' && isHigher(base.tier, decision.tier) ? base : decision;
}

/** What items that declare make of a line; undefined when none does. */
export function declared(items: readonly Weighed[]): Decision | undefined {
  const declaring = items.filter(declares);
  const top = atTop(declaring);
  if (top.length === 0) return undefined;
  return namedIn(top).size > 1 ? decision('disputed', top) : decision('declared', agreeing(declaring, top));
}

function proven(proofs: readonly Weighed[]): Decision {
  const top = atTop(proofs);
  const machines = top.filter(({ item }) => item.claim.by !== 'human');
  if (machines.length === 0)
    return decision(
      'human-attested',
      proofs.filter(({ item }) => item.claim.by === 'human'),
    );
  if (machines.length < top.length || namedIn(top).size > 1) return decision('disputed', top);
  return decision(machines.some(isMixed) ? 'mixed' : 'ai', agreeing(proofs, top));
}

function isMixed({ item }: Weighed): boolean {
  return item.claim.by === 'mixed' || item.isPartial === true;
}

function atTop(items: readonly Weighed[]): readonly Weighed[] {
  const top = items.reduce((most, { tier }) => Math.max(most, tier), -1);
  return items.filter(({ tier }) => tier === top);
}

function namedIn(items: readonly Weighed[]): ReadonlySet<string> {
  return new Set(items.flatMap(({ agent }) => agent ?? []));
}

/** Those of machines that name no other agent than `top`. */
function agreeing(items: readonly Weighed[], top: readonly Weighed[]): readonly Weighed[] {
  const named = namedIn(top);
  return items.filter(
    ({ item, agent }) => item.claim.by !== 'human' && (agent === undefined || named.size === 0 || named.has(agent)),
  );
}

function decision(state: LineState, items: readonly Weighed[]): Decision {
  const shown = items.toSorted((a, b) => b.tier - a.tier || a.at - b.at).slice(0, MAX_SHOWN);
  const [best] = shown;
  if (best === undefined) return UNKNOWN;
  return { state, tier: TIERS[best.tier] as Tier, evidence: shown.map(({ at }) => at) };
}

function isHigher(one: Tier | undefined, other: Tier | undefined): boolean {
  const rank = (tier: Tier | undefined) => (tier === undefined ? -1 : TIERS.indexOf(tier));
  return rank(one) > rank(other);
}
