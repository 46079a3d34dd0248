// The few numbers of an attribution that stay with its push, and the one line that says them.
import { visibleText } from '../../protocol/bytes.ts';
import type { AgentShown, LineCounts, LineState, PushAttribution } from './attribution.ts';
import { LINE_STATES } from './attribution.ts';
import { type CodingAgentId, isAtLeast, type Tier } from './evidence.ts';

export interface AttributionSummary {
  readonly lines: LineCounts;
  /** Of generated, vendored and lock files. */
  readonly generated: LineCounts;
  readonly codingAgents: readonly {
    readonly id: CodingAgentId;
    readonly tier: Tier;
    readonly models: readonly string[];
  }[];
  /** Files whose lines could not be looked at. */
  readonly unseen: number;
}

const MAX_AGENTS = 20;
const MAX_MODELS = 10;

/** What is kept with the push. */
export function summaryOf({ lines, generated, codingAgents, unseen }: PushAttribution): AttributionSummary {
  return {
    lines,
    generated,
    codingAgents: codingAgents.slice(0, MAX_AGENTS).map(({ id, tier, models }) => ({
      id,
      tier,
      models: models.slice(0, MAX_MODELS),
    })),
    unseen: unseen.length,
  };
}

const WORDS: Readonly<Record<LineState, string>> = {
  ai: 'by machines',
  mixed: 'by machines and edited',
  declared: 'declared',
  disputed: 'disputed',
  'human-attested': 'attested by people',
  unknown: 'unknown',
};

/**
 * `+412 lines: at least 230 by machines, 40 declared, 142 unknown (claude-code)`. Undefined when nothing speaks for
 * anybody: that all lines are unknown is no news.
 */
export function summaryLine({ lines, codingAgents, unseen }: AttributionSummary): string | undefined {
  const known = LINE_STATES.filter((state) => state !== 'unknown').some((state) => lines[state] > 0);
  if (!known && codingAgents.length === 0) return undefined;
  const total = LINE_STATES.reduce((sum, state) => sum + lines[state], 0);
  const parts = LINE_STATES.filter((state) => lines[state] > 0).map((state) => `${lines[state]} ${WORDS[state]}`);
  const agents = codingAgents.map(named);
  const rest = unseen === 0 ? '' : `; ${unseen} ${unseen === 1 ? 'file' : 'files'} not looked at`;
  const least = known ? 'at least ' : '';
  return `+${total} ${total === 1 ? 'line' : 'lines'}: ${least}${parts.join(', ')}${agents.length > 0 ? ` (${agents.join(', ')})` : ''}${rest}`;
}

/** A hint alone is said as one. */
function named({ id, tier, models }: Pick<AgentShown, 'id' | 'tier' | 'models'>): string {
  const [model] = models;
  const name = visibleText(model === undefined ? id : `${id} with ${model}`);
  return isAtLeast(tier, 'E2') ? name : `a hint at ${name}`;
}
