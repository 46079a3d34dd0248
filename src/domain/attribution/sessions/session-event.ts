// What a recorded session of a coding agent consists of. A session is what one principal sends under one key; two
// principals with the same key have two sessions. Texts in it are masked by whoever recorded them, and again by us.
import { createHash } from 'node:crypto';
import type { Oid } from '../../../protocol/oid.ts';
import type { CodingAgentId } from '../evidence.ts';

export type SessionEventKind = 'session-start' | 'session-end' | 'prompt' | 'edit' | 'commit';

interface EventBase {
  /** A UUID or a hash, by who recorded it; the same id in the same session is the same event. */
  readonly id: string;
  /** When it happened, as the recorder says; milliseconds. */
  readonly at: number;
}

export interface MarkEvent extends EventBase {
  readonly kind: 'session-start' | 'session-end';
}

export interface PromptEvent extends EventBase {
  readonly kind: 'prompt';
  /** Masked. */
  readonly prompt: string;
  /** Hex SHA-256 of the prompt as it was, before masking. */
  readonly digest: string;
}

/** Lines that stand together from `start` (from 1) on, without line feeds. */
export interface AddedPiece {
  readonly start: number;
  readonly lines: readonly string[];
}

export interface EditEvent extends EventBase {
  readonly kind: 'edit';
  /** In the repository, with `/`. */
  readonly path: string;
  /** Name of the agent's tool that made the edit. */
  readonly tool: string;
  /** Id of the prompt event that it follows from. */
  readonly promptId?: string;
  readonly added: readonly AddedPiece[];
  /** A person changed the proposal before it was taken. */
  readonly userModified?: true;
}

/** Lines from the first number to the second, both included, from 1. */
export type RangePair = readonly [start: number, end: number];

export interface CommittedFile {
  readonly path: string;
  readonly blob: Oid;
  /** Lines that the agent wrote, in `blob`. */
  readonly ranges: readonly RangePair[];
  readonly promptId?: string;
}

export interface CommitEvent extends EventBase {
  readonly kind: 'commit';
  readonly commit: Oid;
  readonly files: readonly CommittedFile[];
}

export type SessionEvent = MarkEvent | PromptEvent | EditEvent | CommitEvent;

/** What is said of the session as a whole, with every batch of its events. */
export interface SessionFacts {
  readonly codingAgent: CodingAgentId;
  /** The agent's own id of it. */
  readonly conversation: string;
  readonly model?: string;
  readonly toolVersion?: string;
  /** As clients name it at the gateway, without `.git`; absent when the work is in none. */
  readonly repo?: string;
  /** `Name <email>` of who worked with the agent, as the recorder knows it. */
  readonly human?: string;
}

/** Bounds of what is taken in one request; a recorder sends more in several. */
export const SESSION_BOUNDS = {
  bodyBytes: 4 * 1024 * 1024,
  events: 1_000,
  piecesOfABatch: 10_000,
  promptCharacters: 1024 * 1024,
  idCharacters: 72,
  nameCharacters: 256,
  pathCharacters: 4096,
  piecesOfAnEdit: 2_000,
  linesOfAnEdit: 100_000,
  filesOfACommit: 5_000,
  rangesOfAFile: 20_000,
} as const;

/** `s_` and the first 14 hex digits of SHA-256(`<codingAgent>:<conversation>`), as Git AI Standard 3.0.0 names sessions. */
export function sessionKey({ codingAgent, conversation }: Pick<SessionFacts, 'codingAgent' | 'conversation'>): string {
  const digest = createHash('sha256').update(`${codingAgent}:${conversation}`).digest('hex');
  return `s_${digest.slice(0, 14)}`;
}
