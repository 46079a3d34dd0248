// What git-ai and Agent Trace call the coding agents that we know. A tool that is not here stays `unknown-ai`, with its
// name beside it: names come from outside, and one that nobody looked at must not become an id that policies name.
import { type Claim, type CodingAgentId, UNKNOWN_AI } from '../evidence.ts';

/** Compared with what git-ai writes on this day. */
export const TOOL_NAMES_VERSION = '2026-08-31';

/** Of several names for one agent the first is git-ai's own. */
export const TOOL_NAMES: ReadonlyMap<CodingAgentId, readonly string[]> = new Map([
  ['aider', ['aider']],
  ['amp', ['amp']],
  ['claude-code', ['claude', 'claude-web', 'claude-code']],
  ['cline', ['cline']],
  ['cursor', ['cursor', 'cursor-agent']],
  ['devin', ['devin']],
  ['factory-droid', ['droid', 'factory-droid']],
  ['firebender', ['firebender']],
  ['gemini-cli', ['gemini', 'gemini-cli']],
  ['github-copilot', ['github-copilot', 'github-copilot-cli', 'copilot', 'copilot-cli', 'vscode-copilot']],
  ['jules', ['jules']],
  ['junie', ['junie']],
  ['kilo-code', ['kilo-code', 'kilocode']],
  ['kiro', ['kiro']],
  ['openai-codex', ['codex', 'codex-cloud', 'codex-cli', 'openai-codex']],
  ['opencode', ['opencode']],
  ['qwen-code', ['qwen-code', 'qwen']],
  ['roo-code', ['roo-code', 'roo']],
  ['windsurf', ['windsurf']],
  ['zed', ['zed']],
]);

const AGENT_OF_TOOL: ReadonlyMap<string, CodingAgentId> = new Map(
  [...TOOL_NAMES].flatMap(([id, names]) => names.map((name) => [name, id] as const)),
);

/** The part of a claim that says which coding agent; `name` as a record writes it. */
export function agentOfTool(name: string | undefined): Pick<Claim, 'codingAgent' | 'tool'> {
  const codingAgent = AGENT_OF_TOOL.get((name ?? '').toLowerCase());
  if (codingAgent !== undefined) return { codingAgent };
  return { codingAgent: UNKNOWN_AI, ...(isNothing(name) ? {} : { tool: boundedText(name) }) };
}

/** What git-ai calls the coding agent of a claim. */
export function toolOfAgent({ codingAgent, tool }: Pick<Claim, 'codingAgent' | 'tool'>): string {
  const id = codingAgent ?? UNKNOWN_AI;
  return TOOL_NAMES.get(id)?.[0] ?? (id === UNKNOWN_AI ? (tool ?? 'unknown') : id);
}

/** Whether a record says there that it does not know. */
export function isNothing(text: string | undefined): text is undefined | '' | 'unknown' {
  return text === undefined || text === '' || text === 'unknown';
}

const MAX_TEXT = 200;
/** What tools write when they do not know. */
const NO_MODEL: ReadonlySet<string> = new Set(['', 'unknown', 'default', 'auto', '<synthetic>']);

/** Undefined when the record says nothing. */
export function modelOf(name: string | undefined): string | undefined {
  return name === undefined || NO_MODEL.has(name.toLowerCase()) ? undefined : boundedText(name);
}

/** Names from outside are kept short; a half surrogate pair is not kept. */
export function boundedText(text: string): string {
  return text.length <= MAX_TEXT ? text : text.slice(0, MAX_TEXT).replace(/[\ud800-\udbff]$/, '');
}
