// The coding agents that are named, with the strongest tier that names each: a list, never a sum.
import type { AgentShown } from '../attribution.ts';
import { TIERS, type Tier } from '../evidence.ts';
import type { Weighed } from './weighed.ts';

/** Models and sessions shown of one agent. */
const MAX_NAMES = 100;

interface Named {
  tier: number;
  readonly models: Set<string>;
  readonly sessions: Set<string>;
  readonly evidence: number[];
}

/** The strongest first. */
export function agentsShown(items: readonly Weighed[]): readonly AgentShown[] {
  const found = new Map<string, Named>();
  for (const { item, tier, at } of items) {
    const { by, codingAgent, model, session } = item.claim;
    if (codingAgent === undefined || (by !== 'ai' && by !== 'mixed')) continue;
    const named = found.get(codingAgent) ?? { tier, models: new Set(), sessions: new Set(), evidence: [] };
    found.set(codingAgent, named);
    named.tier = Math.max(named.tier, tier);
    named.evidence.push(at);
    if (model !== undefined && named.models.size < MAX_NAMES) named.models.add(model);
    if (session !== undefined && named.sessions.size < MAX_NAMES) named.sessions.add(session);
  }
  return [...found]
    .toSorted(([one, a], [other, b]) => b.tier - a.tier || (one < other ? -1 : 1))
    .map(([id, { tier, models, sessions, evidence }]) => ({
      id,
      tier: TIERS[tier] as Tier,
      models: [...models],
      sessions: [...sessions],
      evidence,
    }));
}
