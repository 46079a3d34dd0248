// Sessions of coding agents to the outside: what recorders send, what the API answers, the command line's --json.
import { z } from 'zod';
import { SESSION_BOUNDS, type SessionEvent } from '../../domain/attribution/sessions/session-event.ts';
import type { RecordedEvent, RecordedSession } from '../../domain/attribution/sessions/session-record.ts';
import { parseRepoPath } from '../../protocol/repo-path.ts';
import { formatTime } from './push-json.ts';

export const SESSION_KEY = /^s_[0-9a-f]{14}$/;

const name = z.string().min(1).max(SESSION_BOUNDS.nameCharacters);
/** Nothing but digits: whatever else stood in an id would be kept as it is. */
const eventId = z
  .string()
  .max(SESSION_BOUNDS.idCharacters)
  .regex(/^[0-9a-f]+(?:-[0-9a-f]+)*$/, 'must be a UUID or a hash, in lower case');
/** Milliseconds; no later than a date can be. */
const at = z.int().min(0).max(8_640_000_000_000_000);
const path = z
  .string()
  .min(1)
  .max(SESSION_BOUNDS.pathCharacters)
  .refine((text) => !text.includes('\0'), 'must be a path');
const oid = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'must be the id of an object');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex');
const lineNumber = z
  .int()
  .min(1)
  .max(2 ** 31);

const mark = z.strictObject({ id: eventId, at, kind: z.enum(['session-start', 'session-end']) });

const prompt = z.strictObject({
  id: eventId,
  at,
  kind: z.literal('prompt'),
  prompt: z.string().max(SESSION_BOUNDS.promptCharacters).describe('masked'),
  digest: sha256.describe('of the prompt before it was masked'),
});

const edit = z.strictObject({
  id: eventId,
  at,
  kind: z.literal('edit'),
  path,
  tool: name,
  promptId: eventId.optional(),
  added: z
    .array(
      z.strictObject({
        start: lineNumber,
        lines: z
          .array(z.string().regex(/^[^\n]*$/, 'must be one line'))
          .min(1)
          .max(SESSION_BOUNDS.linesOfAnEdit),
      }),
    )
    .max(SESSION_BOUNDS.piecesOfAnEdit),
  userModified: z.literal(true).optional(),
});

const ranges = z
  .array(z.tuple([lineNumber, lineNumber]))
  .max(SESSION_BOUNDS.rangesOfAFile)
  .refine((all) => all.every(([start, end], i) => start <= end && start > (all[i - 1]?.[1] ?? 0)), {
    message: 'must be ascending and apart from one another',
  });

const commit = z.strictObject({
  id: eventId,
  at,
  kind: z.literal('commit'),
  commit: oid,
  files: z
    .array(z.strictObject({ path, blob: oid, ranges, promptId: eventId.optional() }))
    .max(SESSION_BOUNDS.filesOfACommit),
});

const repo = z
  .string()
  .max(1024)
  .transform((text, context) => {
    const parsed = parseRepoPath(text);
    if (!('refused' in parsed)) return parsed.repo;
    context.addIssue({ code: 'custom', message: 'must be the path of a repository' });
    return z.NEVER;
  });

export const batchJson = z.strictObject({
  version: z.literal(1),
  codingAgent: z
    .string()
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be a name such as claude-code')
    .max(64),
  conversation: name,
  model: name.optional(),
  toolVersion: name.optional(),
  repo: repo.optional(),
  human: name.optional().describe('Name <email>'),
  events: z
    .array(z.discriminatedUnion('kind', [mark, prompt, edit, commit]))
    .max(SESSION_BOUNDS.events)
    .refine((events) => piecesIn(events) <= SESSION_BOUNDS.piecesOfABatch, {
      message: `must have at most ${SESSION_BOUNDS.piecesOfABatch} pieces of lines`,
    }),
});

function piecesIn(events: readonly { readonly kind: string; readonly added?: readonly unknown[] }[]): number {
  return events.reduce((sum, { added = [] }) => sum + added.length, 0);
}

export type BatchJson = z.output<typeof batchJson>;

/** The event without the members that are not given. */
export function eventOf(event: BatchJson['events'][number]): SessionEvent {
  switch (event.kind) {
    case 'edit': {
      const { promptId, userModified, ...rest } = event;
      return { ...rest, ...given(promptId), ...(userModified && { userModified }) };
    }
    case 'commit':
      return { ...event, files: event.files.map(({ promptId, ...file }) => ({ ...file, ...given(promptId) })) };
    case 'prompt':
    case 'session-start':
    case 'session-end':
      return event;
  }
}

function given(promptId: string | undefined): { readonly promptId?: string } {
  return promptId === undefined ? {} : { promptId };
}

export const recordedJson = z.object({
  accepted: z.int().describe('events recorded now'),
  known: z.int().describe('events that were recorded before'),
  signature: z
    .enum(['signed', 'unsigned', 'unknown-key'])
    .describe('unknown-key: it verifies, and counts for nothing, since the key is none of yours here'),
});

const time = z.iso.datetime();

export const sessionJson = z.object({
  id: z.int(),
  key: z.string(),
  principal: z.string().describe('who recorded it'),
  codingAgent: z.string(),
  conversation: z.string().describe('what the coding agent calls it'),
  model: z.string().optional(),
  toolVersion: z.string().optional(),
  human: z.string().optional().describe('as the recorder says'),
  repos: z.array(z.string()),
  firstAt: time,
  lastAt: time,
  prompts: z.int(),
  edits: z.int(),
  commits: z.int(),
});

export type SessionJson = z.infer<typeof sessionJson>;

const received = {
  at: time.describe('as the recorder says'),
  position: z.int(),
  receivedAt: time,
  repo: z.string().optional(),
  model: z.string().optional(),
  signedBy: z.string().optional().describe('fingerprint of the key that signed it'),
};

export const eventJson = z.discriminatedUnion('kind', [
  mark.extend(received),
  prompt.extend(received),
  edit.extend(received),
  commit.extend(received),
]);

export type EventJson = z.infer<typeof eventJson>;

export const sessionPageJson = z.object({
  session: sessionJson,
  events: z
    .array(eventJson)
    .describe('in the order they were received; of an auditor, those of repositories they audit'),
  next: z.int().optional().describe('what `after` is for the next page; absent after the last one'),
});

export function sessionToJson(session: RecordedSession): SessionJson {
  const { firstAt, lastAt, repos, ...rest } = session;
  return { ...rest, repos: [...repos], firstAt: formatTime(firstAt), lastAt: formatTime(lastAt) };
}

export function eventToJson({ event, position, receivedAt, repo: of, model, signedBy }: RecordedEvent): EventJson {
  const shown = structuredClone(event) as BatchJson['events'][number];
  return {
    ...shown,
    at: formatTime(event.at),
    position,
    receivedAt: formatTime(receivedAt),
    ...(of !== undefined && { repo: of }),
    ...(model !== undefined && { model }),
    ...(signedBy !== undefined && { signedBy }),
  };
}
