// SessionStore over SQLite. A request is one transaction, so that a crash leaves all of it or nothing; what is known already
// is found before, and a transaction that finds it changed meanwhile is made anew.
import type { Kysely } from 'kysely';
import type { SessionBatch } from '../../domain/attribution/sessions/session-record.ts';
import { draftEntry } from '../../domain/audit/chain.ts';
import type { Clock, SessionStore } from '../../domain/ports.ts';
import { oneOf, type Schema } from './schema.ts';
import { expireSessions } from './session-expiry.ts';
import { createOutputQueries } from './session-outputs.ts';
import { createSessionQueries } from './session-queries.ts';
import { eventSteps, sessionSteps } from './session-steps.ts';
import { StoreError } from './store-error.ts';
import type { TextSeal } from './text-seal.ts';
import { takingTurns } from './turns.ts';
import type { Writer } from './writer.ts';

/** Two requests of one session at once; a third time is a mistake of ours. */
const MAX_ATTEMPTS = 5;

/** `seal` is absent where sessions are neither written nor read, on the command line; then their texts cannot be. */
export function createSessionStore(
  database: Kysely<Schema>,
  writer: Writer,
  clock: Clock,
  seal: TextSeal | undefined,
): SessionStore {
  const sealed = (): TextSeal => {
    if (seal !== undefined) return seal;
    throw new StoreError('store-read-only', 'the store was opened without the key of sessions');
  };

  async function known(
    batch: SessionBatch,
  ): Promise<{ readonly isNew: boolean; readonly events: ReadonlySet<string> }> {
    const session = await database
      .selectFrom('ai_sessions')
      .select('id')
      .where('principal', '=', batch.principal)
      .where('key', '=', batch.key)
      .executeTakeFirst();
    if (session === undefined) return { isNew: true, events: new Set() };
    const ids = batch.events.map(({ id }) => id);
    const rows = await database
      .selectFrom('ai_events')
      .select('event')
      .where('session_id', '=', session.id)
      .where('event', 'in', oneOf(ids))
      .execute();
    return { isNew: false, events: new Set(rows.map(({ event }) => event)) };
  }

  return {
    async record(batch, started) {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const { isNew, events } = await known(batch);
        const fresh = distinct(batch).filter(({ id }) => !events.has(id));
        const result = { accepted: fresh.length, known: batch.events.length - fresh.length };
        if (fresh.length === 0) return result;
        const at = clock.now();
        const context = { database, seal: sealed(), batch, at };
        const steps = [...sessionSteps(context, isNew)];
        const turn = takingTurns();
        for (const event of fresh) {
          steps.push(...eventSteps(context, event));
          await turn();
        }
        const entries = isNew ? [draftEntry(started, at)] : [];
        // What if we crash here? Nothing of it is there; the recorder sends it again.
        if ((await writer.submit({ steps, entries })).outcome === 'committed') return result;
      }
      throw new StoreError('store-unavailable', 'this session is written by too many at once (hint: send it again)');
    },
    ...createSessionQueries(database, sealed),
    ...createOutputQueries(database, sealed),
    expire: (before, indexedBefore, entry) =>
      expireSessions({ database, writer, clock }, { before, indexedBefore, entry }),
  };
}

/** The first of those with one id. */
function distinct({ events }: SessionBatch): SessionBatch['events'] {
  const seen = new Set<string>();
  return events.filter(({ id }) => !seen.has(id) && seen.add(id));
}
