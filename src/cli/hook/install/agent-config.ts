// The configuration of an agent with our hooks in it, and without. Everything else in it stays as it is.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOOKS_FOLDER, type HookAgent } from '../agents.ts';
import { ENTRY } from '../outbox.ts';
import { commandLine, isOurs } from './command-line.ts';

export type ChangedConfig =
  | { readonly outcome: 'text'; readonly text: string }
  /** Nothing but ours was in it. */
  | { readonly outcome: 'empty' }
  | { readonly outcome: 'refused'; readonly why: string };

type Json = Readonly<Record<string, unknown>>;

/** `text`: what is there; undefined for a file that does not exist. */
export function withHooks(agent: HookAgent, text: string | undefined): ChangedConfig {
  if (agent.shape === 'plugin') return { outcome: 'text', text: pluginText(agent) };
  const parsed = parseConfig(agent, text);
  if ('refused' in parsed) return { outcome: 'refused', why: parsed.refused };
  const config = cleaned(agent, parsed.config);
  const hooks: Record<string, unknown> = { ...(config['hooks'] as Json | undefined) };
  for (const [event, { matcher }] of Object.entries(agent.events)) {
    hooks[event] = [...listOf(hooks[event]), entryOf(agent, event, matcher)];
  }
  const version = agent.shape === 'matched' || agent.name === 'vscode' ? {} : { version: config['version'] ?? 1 };
  return { outcome: 'text', text: formatted({ ...version, ...config, hooks }, text) };
}

export function withoutHooks(agent: HookAgent, text: string): ChangedConfig {
  if (agent.shape === 'plugin') {
    return text.includes(PLUGIN_MARK) ? { outcome: 'empty' } : { outcome: 'refused', why: 'it is not our plugin' };
  }
  const parsed = parseConfig(agent, text);
  if ('refused' in parsed) return { outcome: 'refused', why: parsed.refused };
  const config = cleaned(agent, parsed.config);
  const isEmpty = Object.keys(config).every((key) => key === 'version');
  return isEmpty ? { outcome: 'empty' } : { outcome: 'text', text: formatted(config, text) };
}

/** Whether every event has its command, of this very installation. */
export function hasHooks(agent: HookAgent, text: string): boolean {
  if (agent.shape === 'plugin') return text === pluginText(agent);
  return Object.keys(agent.events).every((event) =>
    text.includes(JSON.stringify(commandLine(agent.name, event)).slice(1, -1)),
  );
}

/** For those who have to do it by hand. */
export function snippet(agent: HookAgent): string {
  const whole = withHooks(agent, undefined);
  return whole.outcome === 'text' ? whole.text : '';
}

function parseConfig(
  agent: HookAgent,
  text: string | undefined,
): { readonly config: Json } | { readonly refused: string } {
  if (text === undefined || text.trim() === '') return { config: {} };
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    return { refused: `it is no plain JSON${/^\s*\/[/*]/m.test(text) ? ' (it has comments)' : ''}` };
  }
  if (!isObject(config)) return { refused: 'it is no JSON object' };
  const { hooks } = config;
  if (hooks !== undefined && !isObject(hooks)) return { refused: 'its hooks are no object' };
  const odd = Object.keys(agent.events).find((event) => hooks?.[event] !== undefined && !Array.isArray(hooks[event]));
  return odd === undefined ? { config } : { refused: `its hooks of ${odd} are no list` };
}

function entryOf(agent: HookAgent, event: string, matcher: string | undefined): Json {
  const command = commandLine(agent.name, event);
  const { timeout } = agent;
  const matched = matcher === undefined ? {} : { matcher };
  switch (agent.shape) {
    case 'matched':
      return { ...matched, hooks: [{ type: 'command', command, timeout }] };
    case 'own-file':
      if (agent.name === 'vscode') return { type: 'command', command, timeout };
      return { type: 'command', bash: command, powershell: `& ${command}`, timeoutSec: timeout };
    default:
      return { command, timeout, ...matched };
  }
}

/** Without entries of ours, and without what only held them. */
function cleaned(agent: HookAgent, config: Json): Json {
  if (!isObject(config['hooks'])) return config;
  const kept = Object.entries(config['hooks']).flatMap(([event, entries]): [string, unknown][] => {
    if (!Array.isArray(entries)) return [[event, entries]];
    const others = entries.flatMap((entry: unknown) => withoutOurs(agent, entry));
    return others.length === 0 && entries.length > 0 ? [] : [[event, others]];
  });
  const { hooks, ...rest } = config;
  return kept.length === 0 && Object.keys(hooks as Json).length > 0
    ? rest
    : { ...config, hooks: Object.fromEntries(kept) };
}

function withoutOurs(agent: HookAgent, entry: unknown): unknown[] {
  if (!isObject(entry)) return [entry];
  if ([entry['command'], entry['bash']].some((command) => isOurs(command, agent.name))) return [];
  const inner = entry['hooks'];
  if (!Array.isArray(inner)) return [entry];
  const others = inner.filter((one: unknown) => !(isObject(one) && isOurs(one['command'], agent.name)));
  if (others.length === inner.length) return [entry];
  return others.length === 0 ? [] : [{ ...entry, hooks: others }];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Indented as it was. */
function formatted(config: Json, was: string | undefined): string {
  const indent = /^[{[]\r?\n([ \t]+)/.exec(was?.trimStart() ?? '')?.[1] ?? '  ';
  const end = was === undefined || was.trim() === '' || was.endsWith('\n') ? '\n' : '';
  return JSON.stringify(config, undefined, indent) + end;
}

const PLUGIN_MARK = 'Written by `sallyport hook install`';

function pluginText(agent: HookAgent): string {
  const template = readFileSync(join(HOOKS_FOLDER, 'agents', `${agent.name}-plugin.js`), 'utf8');
  const command = JSON.stringify([process.execPath, ENTRY, agent.name]);
  return template.replace("['@COMMAND@']", () => command);
}
