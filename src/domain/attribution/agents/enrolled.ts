// Which coding agent a principal of kind `coding-agent` is: by its name, which an administrator gave it.
import { type CodingAgentId, UNKNOWN_AI } from '../evidence.ts';
import { CODING_AGENTS } from './all.ts';

/** What people call them for short. */
export const SHORT_NAMES: Readonly<Record<string, CodingAgentId>> = {
  amazonq: 'amazon-q',
  claude: 'claude-code',
  codex: 'openai-codex',
  copilot: 'github-copilot',
  droid: 'factory-droid',
  gemini: 'gemini-cli',
  qwen: 'qwen-code',
};

/** `claude-code`, `claude`, `claude-ci`: the agent that the name is or begins with, `unknown-ai` for any other. */
export function enrolledAgent(name: string): CodingAgentId {
  const words = name.toLowerCase().split(/[^a-z0-9]+/);
  for (let count = words.length; count > 0; count--) {
    const start = words.slice(0, count).join('-');
    if (Object.hasOwn(CODING_AGENTS, start)) return start;
    const short = Object.hasOwn(SHORT_NAMES, start) ? SHORT_NAMES[start] : undefined;
    if (short !== undefined) return short;
  }
  return UNKNOWN_AI;
}
