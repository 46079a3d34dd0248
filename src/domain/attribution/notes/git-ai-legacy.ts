// Records of the JSON part of a git-ai note, the old and the present ones:
//
//   session = { agent_id: { tool, id, model }, human_author?, custom_attributes? }
//   prompt  = session and { total_additions, total_deletions, accepted_lines, overriden_lines (sic), messages_url?,
//             messages? }                until v1.4.0; whole conversations in `messages` until v1.3.4
//
// Conversations hold secrets, so they are dropped as they are read; of one with a single prompt the prompt's digest is
// kept. `overriden_lines` counts lines that a person changed before the commit and says of none which it was: they are
// not among the entry's lines, so it makes nothing `mixed`.
import { createHash } from 'node:crypto';
import { countOf, type Members, membersOf, textOf } from './json-value.ts';

export interface NoteSession {
  /** git-ai's name for the coding agent, such as `claude`. */
  readonly tool: string;
  /** The conversation, in the tool's own words. */
  readonly id: string;
  readonly model: string;
  readonly humanAuthor?: string;
  readonly customAttributes?: ReadonlyMap<string, string>;
  /** Hex SHA-256 of the one prompt that the note carried; read, never written. */
  readonly promptDigest?: string;
}

export interface NotePrompt extends NoteSession {
  readonly messagesUrl?: string;
  readonly totalAdditions: number;
  readonly totalDeletions: number;
  readonly acceptedLines: number;
  readonly overriddenLines: number;
}

/** Undefined for a record that names no tool: its entries are then somebody's, and we do not know whose. */
export function readSession(value: unknown): NoteSession | undefined {
  const record = membersOf(value);
  const agent = membersOf(record?.get('agent_id'));
  const tool = textOf(agent?.get('tool'));
  if (record === undefined || agent === undefined || tool === undefined) return undefined;
  const humanAuthor = textOf(record.get('human_author'));
  const customAttributes = textMembers(record.get('custom_attributes'));
  const promptDigest = digestOfOnlyPrompt(record.get('messages'));
  return {
    tool,
    id: textOf(agent.get('id')) ?? '',
    model: textOf(agent.get('model')) ?? '',
    ...(humanAuthor === undefined ? {} : { humanAuthor }),
    ...(customAttributes === undefined ? {} : { customAttributes }),
    ...(promptDigest === undefined ? {} : { promptDigest }),
  };
}

export function readPrompt(value: unknown): NotePrompt | undefined {
  const session = readSession(value);
  if (session === undefined) return undefined;
  const record = membersOf(value) as Members;
  const messagesUrl = textOf(record.get('messages_url'));
  return {
    ...session,
    ...(messagesUrl === undefined ? {} : { messagesUrl }),
    totalAdditions: countOf(record.get('total_additions')),
    totalDeletions: countOf(record.get('total_deletions')),
    acceptedLines: countOf(record.get('accepted_lines')),
    overriddenLines: countOf(record.get('overriden_lines')),
  };
}

/** As git-ai writes it, for JSON.stringify. */
export function sessionJson({ tool, id, model, humanAuthor, customAttributes }: NoteSession): object {
  return {
    agent_id: { tool, id, model },
    human_author: humanAuthor ?? null,
    ...(customAttributes === undefined ? {} : { custom_attributes: Object.fromEntries(customAttributes) }),
  };
}

export function promptJson(prompt: NotePrompt): object {
  const { agent_id, human_author, ...attributes } = sessionJson(prompt) as Record<string, unknown>;
  return {
    agent_id,
    human_author,
    ...(prompt.messagesUrl === undefined ? {} : { messages_url: prompt.messagesUrl }),
    total_additions: prompt.totalAdditions,
    total_deletions: prompt.totalDeletions,
    accepted_lines: prompt.acceptedLines,
    overriden_lines: prompt.overriddenLines,
    ...attributes,
  };
}

function textMembers(value: unknown): ReadonlyMap<string, string> | undefined {
  const members = membersOf(value);
  if (members === undefined) return undefined;
  return new Map([...members].filter((member): member is [string, string] => typeof member[1] === 'string'));
}

/** Of several prompts nobody says which one a line came from. */
function digestOfOnlyPrompt(messages: unknown): string | undefined {
  if (!Array.isArray(messages)) return undefined;
  let only: string | undefined;
  for (const message of messages) {
    const members = messageOf(message);
    if (members?.type !== 'user' || typeof members.text !== 'string') continue;
    if (only !== undefined) return undefined;
    only = members.text;
  }
  return only === undefined ? undefined : createHash('sha256').update(only).digest('hex');
}

function messageOf(value: unknown): { readonly type?: unknown; readonly text?: unknown } | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}
