// Takes sessions out of the store, some at a time, so that nobody's push waits long for the writer. A crash in between leaves
// what the next sweep finds again.
import type { CompiledQuery, Kysely } from 'kysely';
import { draftEntry } from '../../domain/audit/chain.ts';
import type { TrailEntry } from '../../domain/audit/entry.ts';
import type { Clock } from '../../domain/ports.ts';
import { oneOf, type Schema } from './schema.ts';
import { step, type Writer } from './writer.ts';

export interface ExpiryParts {
  readonly database: Kysely<Schema>;
  readonly writer: Writer;
  readonly clock: Clock;
}

export interface Expiry {
  readonly before: number;
  readonly indexedBefore: number;
  readonly entry: TrailEntry;
}

/** Rows of one transaction. */
const AT_ONCE = 500;

/** Answers how many events are gone. */
export async function expireSessions(parts: ExpiryParts, { before, indexedBefore, entry }: Expiry): Promise<number> {
  const { database, clock } = parts;
  const indexed = () => database.selectFrom('ai_outputs').select('id').where('is_indexed', '=', 1);
  await inTurns(
    parts,
    () => indexed().where('at', '<', Math.max(before, indexedBefore)),
    (ids) => [
      database.deleteFrom('ai_output_hashes').where('output_id', 'in', oneOf(ids)).compile(),
      database.updateTable('ai_outputs').set({ is_indexed: 0 }).where('id', 'in', oneOf(ids)).compile(),
    ],
  );
  const events = await inTurns(
    parts,
    () => database.selectFrom('ai_events').select('id').where('received_at', '<', before),
    (ids) => [
      database.deleteFrom('ai_outputs').where('event_id', 'in', oneOf(ids)).compile(),
      database.deleteFrom('ai_events').where('id', 'in', oneOf(ids)).compile(),
    ],
    [draftEntry(entry, clock.now())],
  );
  // Of one that went on between finding and removing it nothing is removed.
  const over = (ids: readonly number[]) =>
    database.selectFrom('ai_sessions').select('id').where('id', 'in', oneOf(ids)).where('last_at', '<', before);
  await inTurns(
    parts,
    () => database.selectFrom('ai_sessions').select('id').where('last_at', '<', before),
    (ids) => [
      database.deleteFrom('ai_session_repos').where('session_id', 'in', over(ids)).compile(),
      database.deleteFrom('ai_sessions').where('id', 'in', over(ids)).compile(),
    ],
  );
  await removeTexts(parts, before);
  return events;
}

/** Until none is left; the entries go with the first. Answers how many there were. */
async function inTurns(
  { writer }: ExpiryParts,
  find: () => { limit(count: number): { execute(): Promise<{ id: number }[]> } },
  remove: (ids: readonly number[]) => readonly CompiledQuery[],
  entries: Parameters<Writer['submit']>[0]['entries'] = [],
): Promise<number> {
  for (let removed = 0; ; ) {
    const ids = (await find().limit(AT_ONCE).execute()).map(({ id }) => id);
    if (ids.length === 0) return removed;
    await writer.submit({ steps: remove(ids).map((query) => step(query)), entries: removed === 0 ? entries : [] });
    removed += ids.length;
  }
}

/** A text that was used since has moved on, and stays: also when that happens between finding and removing it. */
async function removeTexts({ database, writer }: ExpiryParts, before: number): Promise<void> {
  for (;;) {
    const rows = await database
      .selectFrom('ai_texts')
      .select('name')
      .where('last_at', '<', before)
      .limit(AT_ONCE)
      .execute();
    if (rows.length === 0) return;
    const names = oneOf(rows.map(({ name }) => name));
    const remove = database.deleteFrom('ai_texts').where('name', 'in', names).where('last_at', '<', before);
    await writer.submit({ steps: [step(remove.compile())], entries: [] });
  }
}
