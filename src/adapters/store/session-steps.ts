// What recording a request writes, as the steps of one transaction. A step that finds a session or an event there already,
// though it was not a moment before, undoes the transaction.
import { type Kysely, sql } from 'kysely';
import { outputHashes } from '../../domain/attribution/matching/index-hashes.ts';
import type { AddedPiece, EditEvent, SessionEvent } from '../../domain/attribution/sessions/session-event.ts';
import type { SessionBatch } from '../../domain/attribution/sessions/session-record.ts';
import { type Schema, toJson } from './schema.ts';
import type { TextSeal } from './text-seal.ts';
import type { Step } from './write-connection.ts';
import { step } from './writer.ts';

export interface Recording {
  readonly database: Kysely<Schema>;
  readonly seal: TextSeal;
  readonly batch: SessionBatch;
  /** When it was received. */
  readonly at: number;
}

/** The session itself, and the repository that its events are of. */
export function sessionSteps(recording: Recording, isNew: boolean): readonly Step[] {
  const { database, batch, at } = recording;
  const { principal, key, facts } = batch;
  const said = { ...sayings(batch), last_at: at };
  const session = isNew
    ? database
        .insertInto('ai_sessions')
        .values({
          ...said,
          principal,
          key,
          coding_agent: facts.codingAgent,
          conversation: toJson(facts.conversation),
          first_at: at,
        })
        .onConflict((conflict) => conflict.doNothing())
    : database.updateTable('ai_sessions').set(said).where('principal', '=', principal).where('key', '=', key);
  const owner = database.insertInto('ai_principals').values({ name: principal });
  const steps = [step(session.compile(), 1), step(owner.onConflict((conflict) => conflict.doNothing()).compile())];
  if (facts.repo === undefined) return steps;
  const repo = database
    .insertInto('ai_session_repos')
    .values({ session_id: sessionId(batch), repo: facts.repo })
    .onConflict((conflict) => conflict.doNothing());
  return [...steps, step(repo.compile())];
}

/** Only what is said now: what was said before stays. */
function sayings({ facts: { model, toolVersion, human } }: SessionBatch) {
  return {
    ...(model !== undefined && { model: toJson(model) }),
    ...(toolVersion !== undefined && { tool_version: toJson(toolVersion) }),
    ...(human !== undefined && { human: toJson(human) }),
  };
}

/** One event with its texts and, of an edit, what it is found again by. */
export function eventSteps(recording: Recording, event: SessionEvent): readonly Step[] {
  const { database, batch, at, seal } = recording;
  const text = event.kind === 'prompt' ? seal.nameOf(event.prompt) : null;
  const insert = database
    .insertInto('ai_events')
    .values({
      ...sayings(batch),
      session_id: sessionId(batch),
      event: event.id,
      kind: event.kind,
      at: event.at,
      received_at: at,
      repo: batch.facts.repo ?? null,
      signed_by: batch.signedBy ?? null,
      body: toJson(bodyOf(event)),
      text,
      digest: event.kind === 'prompt' ? event.digest : null,
      prompt_id: event.kind === 'edit' ? (event.promptId ?? null) : null,
      commit_oid: event.kind === 'commit' ? event.commit : null,
    })
    .onConflict((conflict) => conflict.doNothing());
  return [
    ...(event.kind === 'prompt' ? [textStep(recording, event.prompt)] : []),
    step(insert.compile(), 1),
    ...(event.kind === 'edit' ? event.added.flatMap((piece, i) => pieceSteps(recording, event, piece, i)) : []),
  ];
}

/** What is not in a column of its own, and no text. */
export function bodyOf(event: SessionEvent): object {
  switch (event.kind) {
    case 'edit': {
      const { path, tool, userModified } = event;
      return { path, tool, ...(userModified && { userModified }) };
    }
    case 'commit':
      return { files: event.files };
    case 'prompt':
    case 'session-start':
    case 'session-end':
      return {};
  }
}

function pieceSteps(recording: Recording, event: EditEvent, piece: AddedPiece, at: number): readonly Step[] {
  const { database, batch, seal } = recording;
  const text = piece.lines.join('\n');
  const hashes = seal.indexed(outputHashes(piece.lines));
  const insert = database.insertInto('ai_outputs').values({
    principal: batch.principal,
    event_id: eventId(batch, event.id),
    piece: at,
    start: piece.start,
    text: seal.nameOf(text),
    at: recording.at,
    is_indexed: hashes.length > 0 ? 1 : 0,
  });
  const steps = [textStep(recording, text), step(insert.compile(), 1)];
  if (hashes.length === 0) return steps;
  // Numbers of 64 bits are not safe in JavaScript: they go as JSON text, and SQLite reads them.
  const index = sql`
    INSERT OR IGNORE INTO ai_output_hashes (principal_id, hash, output_id)
    SELECT (SELECT id FROM ai_principals WHERE name = ${batch.principal}), value, last_insert_rowid()
    FROM json_each(${`[${hashes.join()}]`})`;
  return [...steps, step(index.compile(database))];
}

/** Sealed anew each time, which costs little; written only when it is not there. */
function textStep({ database, seal, at }: Recording, text: string): Step {
  const name = seal.nameOf(text);
  const insert = database
    .insertInto('ai_texts')
    .values({ name, sealed: seal.seal(name, text), last_at: at })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ last_at: sql`max(last_at, excluded.last_at)` }));
  return step(insert.compile());
}

function sessionId({ principal, key }: SessionBatch) {
  return sql<number>`(SELECT id FROM ai_sessions WHERE principal = ${principal} AND key = ${key})`;
}

function eventId(batch: SessionBatch, event: string) {
  return sql<number>`(SELECT id FROM ai_events WHERE session_id = ${sessionId(batch)} AND event = ${event})`;
}
