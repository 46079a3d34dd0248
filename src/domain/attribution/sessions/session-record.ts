// Sessions as they are kept: what was received of them, when, and how far it was vouched for.
import type { Oid } from '../../../protocol/oid.ts';
import type { CodingAgentId } from '../evidence.ts';
import type { RangePair, SessionEvent, SessionFacts } from './session-event.ts';

/** What one request brings. */
export interface SessionBatch {
  readonly principal: string;
  /** See sessionKey(). */
  readonly key: string;
  readonly facts: SessionFacts;
  readonly events: readonly SessionEvent[];
  /** `SHA256:…` of the key that signed the request, one of the principal's own. */
  readonly signedBy?: string;
}

export interface RecordedSession {
  /** Grows from session to session. */
  readonly id: number;
  readonly principal: string;
  readonly key: string;
  readonly codingAgent: CodingAgentId;
  readonly conversation: string;
  /** As said last, like all that follows. */
  readonly model?: string;
  readonly toolVersion?: string;
  readonly human?: string;
  /** Repositories that its events are of, in alphabetical order. */
  readonly repos: readonly string[];
  /** When we received the first and the last of it; milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** How many of each are kept. */
  readonly prompts: number;
  readonly edits: number;
  readonly commits: number;
}

export interface RecordedEvent {
  /** Grows from event to event, over all sessions. */
  readonly position: number;
  readonly receivedAt: number;
  readonly repo?: string;
  readonly model?: string;
  readonly signedBy?: string;
  /** With its texts masked. */
  readonly event: SessionEvent;
}

export interface RecordedFile {
  readonly path: string;
  readonly blob: Oid;
  readonly ranges: readonly RangePair[];
  /** Hex SHA-256 of the prompt that it follows from. */
  readonly promptDigest?: string;
}

/** What a recorder said of a commit when it was made. */
export interface CommitRecord {
  readonly principal: string;
  readonly codingAgent: CodingAgentId;
  readonly model?: string;
  readonly toolVersion?: string;
  /** The agent's own id of its conversation. */
  readonly session: string;
  readonly human?: string;
  readonly commit: Oid;
  readonly files: readonly RecordedFile[];
  readonly receivedAt: number;
  /** `SHA256:…`; absent when nobody signed it. */
  readonly signedBy?: string;
}
