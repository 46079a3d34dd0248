// Who an entry of a git-ai note speaks for:
//
//   key = "s_" 14hex ["::t_" 14hex]      session and, since v1.4.0, the checkpoint within it
//       / "h_" 14hex                     a person whom an editor saw typing
//       / 16hex / 7hex                   a prompt, until v1.4.0; 7 digits before v1.0
//       / other                          found in real notes: UUIDs of prompts, `ai_agent`, `human`
//
// The digits are the start of a SHA-256, of "<tool>:<conversation id>" or of "Name <email>", so that anybody who knows
// those can find the entry.
import { createHash } from 'node:crypto';

export type NoteKey =
  /** `record` is its name in the note's `sessions`. */
  | { readonly kind: 'session'; readonly record: string }
  | { readonly kind: 'human'; readonly record: string }
  | { readonly kind: 'prompt'; readonly record: string }
  | { readonly kind: 'other'; readonly record: string };

const SESSION = /^(s_[0-9a-f]{14})(?:::t_[0-9a-f]{14})?$/;
const HUMAN = /^h_[0-9a-f]{14}$/;
const PROMPT = /^(?:[0-9a-f]{16}|[0-9a-f]{7})$/;
const ANY = /^[A-Za-z0-9_.:-]{1,128}$/;

/** Undefined for what cannot be a key. */
export function parseNoteKey(text: string): NoteKey | undefined {
  const session = SESSION.exec(text)?.[1];
  if (session !== undefined) return { kind: 'session', record: session };
  if (HUMAN.test(text)) return { kind: 'human', record: text };
  if (PROMPT.test(text)) return { kind: 'prompt', record: text };
  return ANY.test(text) ? { kind: 'other', record: text } : undefined;
}

/** `s_…` of a conversation; `tool` is git-ai's name for the coding agent. */
export function sessionKey(tool: string, conversation: string): string {
  return `s_${digits(`${tool}:${conversation}`)}`;
}

/** The 16 digits that were the key of a conversation until v1.4.0; before v1.0 the first 7 of them. */
export function promptKey(tool: string, conversation: string): string {
  return createHash('sha256').update(`${tool}:${conversation}`).digest('hex').slice(0, 16);
}

/** `h_…` of `Name <email>`. */
export function humanKey(author: string): string {
  return `h_${digits(author)}`;
}

/** A session's key for one checkpoint. git-ai draws `t_…` at random; ours follows from `checkpoint`. */
export function checkpointKey(session: string, checkpoint: string): string {
  return `${session}::t_${digits(checkpoint)}`;
}

function digits(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 14);
}
