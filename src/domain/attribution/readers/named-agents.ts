// Which agents and models the value of an `Assisted-by:` names, when it is no address. curl has credited people with
// that trailer since 2020: so an agent that we know, or a model, and nothing else.
import type { CodingAgent } from '../agents/agent-rule.ts';
import { AGENTS } from '../agents/all.ts';
import { MODEL_NAME } from '../agents/models.ts';
import { type CodingAgentId, UNKNOWN_AI } from '../evidence.ts';

export interface NamedAgent {
  readonly codingAgent: CodingAgentId;
  readonly model?: string;
  readonly toolVersion?: string;
}

const AGENT_AND_MODEL = /^([\w .-]{1,60}):(\S{1,80})((?: [\w.+-]{1,40}){0,4})$/; // other tools follow: more words are prose
const AGENT_ALONE = /^([A-Za-z][A-Za-z0-9 .-]{0,59}?)(?: v?(\d[\d.]{0,20}))?(?: ?\(([^()]{1,80})\))?$/;
const MAX_NAMED = 10;

const byName = new Map<string, CodingAgent>(
  AGENTS.flatMap((agent) => (agent.names ?? []).map((name) => [name, agent])),
);
const byShortName = new Map<string, CodingAgent>(
  AGENTS.flatMap((agent) => (agent.shortNames ?? []).map((name) => [name, agent])),
);

/** Empty when the value names nothing that we know. */
export function namedAgents(value: string): readonly NamedAgent[] {
  return value.split(/[,;]/, MAX_NAMED).flatMap((part) => {
    const text = part.trim();
    return agentAndModel(text) ?? agentAlone(text) ?? modelAlone(text) ?? [];
  });
}

function agentAndModel(text: string): NamedAgent | undefined {
  const [, agent = '', model = ''] = AGENT_AND_MODEL.exec(text) ?? [];
  const name = agent.trim().toLowerCase();
  const known = byName.get(name);
  if (known !== undefined && (/\d/.test(model) || model.toLowerCase() === 'auto')) return named(known, model);
  if (!MODEL_NAME.test(model)) return undefined;
  const likely = known ?? byShortName.get(name);
  return likely === undefined ? { codingAgent: UNKNOWN_AI, model } : named(likely, model);
}

function agentAlone(text: string): NamedAgent | undefined {
  const [, name = '', toolVersion, inBrackets] = AGENT_ALONE.exec(text) ?? [];
  const agent = byName.get(name.toLowerCase());
  if (agent === undefined) return undefined;
  const model = inBrackets !== undefined && MODEL_NAME.test(inBrackets) ? inBrackets : undefined;
  return { ...named(agent, model), ...(toolVersion === undefined ? {} : { toolVersion }) };
}

function modelAlone(text: string): NamedAgent | undefined {
  return MODEL_NAME.test(text) ? { codingAgent: UNKNOWN_AI, model: text } : undefined;
}

/** "Auto" is a setting of Cursor's and names no model. */
function named({ id }: CodingAgent, model: string | undefined): NamedAgent {
  return { codingAgent: id, ...(model === undefined || model.toLowerCase() === 'auto' ? {} : { model }) };
}
