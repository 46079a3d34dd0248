// What an agent tells a hook, in one form. Agents spell the same things differently, and change how; so each is looked for
// under every name that is known, and what is not there is not needed.
import { isAbsolute, resolve } from 'node:path';
import type { HookAgent, HookMoment } from './agents.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface ReplacedText {
  readonly before: string;
  readonly after: string;
}

export interface HookCall {
  readonly moment: HookMoment;
  readonly conversation: string;
  readonly cwd: string;
  readonly model?: string;
  readonly toolVersion?: string;
  readonly transcript?: string;
  readonly prompt?: string;
  readonly tool: string;
  /** Absolute. */
  readonly files: readonly string[];
  /** It may change any file. */
  readonly isShell: boolean;
  readonly userModified: boolean;
  /** What an agent without a hook before its edits says that it replaced. */
  readonly replaced: readonly ReplacedText[];
}

const MAX_FILES = 200;
const MAX_NAME = 256;

/** Undefined when it is none of ours: another event, a tool that changes nothing, no session. */
export function readHookCall(agent: HookAgent, event: string | undefined, payload: unknown): HookCall | undefined {
  const fields = fieldsOf(payload);
  const name = textIn(fields, ['hook_event_name', 'hookEventName']) ?? event ?? '';
  const moment = (agent.events[name] ?? agent.events[event ?? ''])?.is;
  const conversation = textIn(fields, ['session_id', 'sessionId', 'sessionID', 'conversation_id', 'conversationId']);
  if (moment === undefined || conversation === undefined || conversation.length > MAX_NAME) return undefined;
  const tool = toolOf(fields, name);
  const input = inputOf(fields);
  const cwd = textIn(fields, ['cwd']) ?? firstText(fields['workspace_roots']) ?? process.cwd();
  const isShell = moment.endsWith('-shell') || agent.shellTools.includes(tool);
  if (moment.endsWith('-tool') && !isShell && !agent.editTools.includes(tool)) return undefined;
  const files = isShell ? [] : filesIn(fields, input).map((file) => (isAbsolute(file) ? file : resolve(cwd, file)));
  return {
    ...{ moment, conversation, cwd, tool, files, isShell },
    ...optional('model', modelIn(fields)),
    ...optional('toolVersion', short(textIn(fields, ['cursor_version', 'version', 'tool_version']))),
    ...optional('transcript', textIn(fields, ['transcript_path', 'transcriptPath'])),
    ...optional('prompt', textIn(fields, ['prompt', 'userPrompt'])),
    userModified: fieldsOf(fields['tool_response'])['userModified'] === true,
    replaced: moment === 'after-edit' ? replacedIn(fields['edits']) : [],
  };
}

function optional<K extends string>(key: K, text: string | undefined): Partial<Record<K, string>> {
  return text === undefined ? {} : ({ [key]: text } as Record<K, string>);
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function textIn(fields: Fields, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

function firstText(value: unknown): string | undefined {
  return Array.isArray(value) && typeof value[0] === 'string' ? value[0] : undefined;
}

function short(text: string | undefined): string | undefined {
  return text?.slice(0, MAX_NAME);
}

function toolOf(fields: Fields, event: string): string {
  return short(textIn(fields, ['tool_name', 'toolName', 'tool'])) ?? event;
}

/** Copilot's is JSON in a string, and so are patches of some agents. */
function inputOf(fields: Fields): Fields {
  const input = fields['tool_input'] ?? fields['toolArgs'] ?? fields['args'];
  if (typeof input !== 'string') return fieldsOf(input);
  try {
    return fieldsOf(JSON.parse(input));
  } catch {
    return { input };
  }
}

function modelIn(fields: Fields): string | undefined {
  const model = fields['model'] ?? fieldsOf(fields['llm_request'])['model'];
  if (typeof model === 'string') return model === '' ? undefined : short(model);
  return short(textIn(fieldsOf(model), ['id', 'modelID', 'slug']));
}

const FILE_FIELDS = ['file_path', 'filePath', 'notebook_path', 'path', 'absolute_path', 'filename', 'file'];
const LIST_FIELDS = ['files', 'replacements', 'edits', 'file_paths'];
const PATCHED = /^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$/gm;
const PATCH_FIELDS = ['command', 'input', 'patch', 'patchText'];

function filesIn(fields: Fields, input: Fields): string[] {
  const found = new Set<string>();
  for (const from of [fields, input]) {
    for (const name of FILE_FIELDS) if (typeof from[name] === 'string') found.add(from[name]);
    for (const name of LIST_FIELDS) for (const one of listed(from[name])) found.add(one);
  }
  for (const name of PATCH_FIELDS) for (const one of patched(input[name])) found.add(one);
  found.delete('');
  return [...found].slice(0, MAX_FILES);
}

function listed(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) => (typeof one === 'string' ? one : (textIn(fieldsOf(one), FILE_FIELDS) ?? [])));
}

/** A patch may be an argument among others. */
function patched(value: unknown): string[] {
  const text = Array.isArray(value) ? value.join('\n') : value;
  return typeof text === 'string' ? [...text.matchAll(PATCHED)].map((match) => (match[1] as string).trim()) : [];
}

function replacedIn(edits: unknown): ReplacedText[] {
  if (!Array.isArray(edits)) return [];
  return edits.map(fieldsOf).map((edit) => ({
    before: String(edit['old_string'] ?? ''),
    after: String(edit['new_string'] ?? ''),
  }));
}
