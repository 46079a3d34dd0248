// What is known of each coding agent's hooks: data in hooks/agents, one file an agent.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What an event of an agent means to us. */
export type HookMoment =
  | 'session-start'
  | 'session-end'
  | 'turn-end'
  | 'prompt'
  | 'model'
  | 'before-tool'
  | 'after-tool'
  | 'after-edit'
  | 'before-shell'
  | 'after-shell';

/**
 * How the agent is told of a command: `matched`: a list of matchers with commands for each event, in a file with other
 * settings; `listed`: a list of commands for each event; `own-file`: the same, in a file of ours; `plugin`: a program.
 */
export type ConfigShape = 'matched' | 'listed' | 'own-file' | 'plugin';

export interface HookAgent {
  /** On the command line. */
  readonly name: string;
  readonly title: string;
  /** In records. */
  readonly codingAgent: string;
  readonly shape: ConfigShape;
  /** `~` is the home directory; `repo` is in the work tree. */
  readonly files: { readonly global: string; readonly repo: string };
  readonly events: Readonly<Record<string, { readonly is: HookMoment; readonly matcher?: string }>>;
  readonly editTools: readonly string[];
  readonly shellTools: readonly string[];
  /** What the agent wants to read; default: nothing. */
  readonly answer?: string;
  /** In the agent's own unit. */
  readonly timeout: number;
  readonly hint?: string;
}

export const HOOK_AGENTS = [
  'claude-code',
  'github-copilot-cli',
  'vscode',
  'cursor',
  'openai-codex',
  'gemini-cli',
  'opencode',
] as const;

/** The folder hooks/ of this checkout or package. */
export const HOOKS_FOLDER = join(import.meta.dirname, '../../../hooks');

/** Undefined for an agent that we have no file of. */
export function loadAgent(name: string): HookAgent | undefined {
  if (!HOOK_AGENTS.some((one) => one === name)) return undefined;
  const data = JSON.parse(readFileSync(join(HOOKS_FOLDER, 'agents', `${name}.json`), 'utf8')) as Omit<
    HookAgent,
    'name'
  >;
  return { name, ...data };
}
