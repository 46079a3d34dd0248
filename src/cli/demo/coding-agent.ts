// A coding agent at work, as far as others see it: it calls the hooks in its settings with a payload for each event, and
// writes files. The settings are those that `sallyport hook install` wrote; what they name is what runs.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** One session of Claude Code in a work tree. */
export interface AgentSession {
  /** What the person asks for. */
  asks(prompt: string): Promise<void>;
  /** The whole text of a file, as the agent leaves it. */
  writes(path: string, text: string): Promise<void>;
  ends(): Promise<void>;
}

/** Runs a command line of the settings with its payload on standard input. */
export type CallHook = (command: string, payload: string) => Promise<void>;

/** Begins a session in `work`; `home` holds the agent's settings. Payloads as Claude Code documents them. */
export async function beginSession(home: string, work: string, call: CallHook): Promise<AgentSession> {
  const settings: unknown = JSON.parse(await readFile(join(home, '.claude/settings.json'), 'utf8'));
  const common = { session_id: 'demo-1', cwd: work, permission_mode: 'default' };
  const fire = async (event: string, more: Readonly<Record<string, unknown>> = {}) =>
    call(commandOf(settings, event), JSON.stringify({ ...common, hook_event_name: event, ...more }));
  await fire('SessionStart', { source: 'startup', model: 'claude-opus-4-6' });
  return {
    asks: (prompt) => fire('UserPromptSubmit', { prompt }),
    async writes(path, text) {
      const file = join(work, path);
      const tool = { tool_name: 'Write', tool_use_id: 'toolu_1', tool_input: { file_path: file, content: text } };
      await fire('PreToolUse', tool);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
      await fire('PostToolUse', { ...tool, tool_response: { type: 'create', filePath: file } });
    },
    async ends() {
      await fire('Stop');
      await fire('SessionEnd', { reason: 'exit' });
    },
  };
}

function commandOf(settings: unknown, event: string): string {
  const { hooks } = settings as { hooks?: Record<string, { hooks: { command: string }[] }[]> };
  const command = hooks?.[event]?.at(-1)?.hooks[0]?.command;
  if (command === undefined) throw new Error(`no hook for ${event} in the settings`);
  return command;
}
