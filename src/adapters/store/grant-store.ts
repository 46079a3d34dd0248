// GrantStore over SQLite, and the step by which a push store's transaction depends on the standing of its pusher.
import { type CompiledQuery, type Kysely, sql } from 'kysely';
import type { AccessGrant, GrantState } from '../../domain/access-grant.ts';
import { draftEntry } from '../../domain/audit/chain.ts';
import type { Clock, GrantStore, Transition } from '../../domain/ports.ts';
import { boundedLimit, fromJson, type GrantTable, isStorable, MAX_ROWS, oneOf, type Schema, toJson } from './schema.ts';
import type { Step } from './write-connection.ts';
import { step, type Writer } from './writer.ts';

const LIVE: readonly GrantState[] = ['asked', 'valid'];

export function createGrantStore(database: Kysely<Schema>, writer: Writer, clock: Clock): GrantStore {
  const select = () => database.selectFrom('grants').selectAll();
  const read = (row: GrantTable) => readGrant(row, clock.now());

  async function change(query: CompiledQuery, id: string, entry: Parameters<GrantStore['add']>[1]) {
    const reply = await writer.submit({
      steps: [step(query, 1), step(select().where('id', '=', id).compile(), 1)],
      entries: [draftEntry(entry, clock.now())],
    });
    return reply.outcome === 'unmet' ? undefined : read(reply.rows[1]?.[0] as unknown as GrantTable);
  }

  return {
    async add(grant, entry) {
      if (!isStorable(grant.principal)) return false;
      const insert = database.insertInto('grants').values(rowOf(grant)).compile();
      const reply = await writer.submit({
        steps: [step(activeUser(database, grant.principal), 1), step(insert, 1)],
        entries: [draftEntry(entry, clock.now())],
      });
      return reply.outcome === 'committed';
    },

    async give(id, { by, at }, entry) {
      if (!isStorable(id)) return undefined;
      const update = database
        .updateTable('grants')
        .set({
          state: 'valid' satisfies GrantState,
          given_by: by,
          given_at: at,
          expires_at: sql<number>`${at} + lifetime`,
        })
        .where('id', '=', id)
        .where('state', '=', 'asked' satisfies GrantState)
        .where('expires_at', '>', at)
        .where('principal', 'in', database.selectFrom('users').select('name').where('disabled_at', 'is', null));
      return change(update.compile(), id, entry);
    },

    async end(id, state, { by, at }, entry) {
      if (!isStorable(id)) return undefined;
      const update = database
        .updateTable('grants')
        .set({ state, ended_by: by, ended_at: at })
        .where('id', '=', id)
        .where('state', '=', (state === 'refused' ? 'asked' : 'valid') satisfies GrantState)
        .where('expires_at', '>', at);
      return change(update.compile(), id, entry);
    },

    async find(id) {
      if (!isStorable(id)) return undefined;
      const row = await select().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : read(row);
    },

    async list({ principal, states, limit }) {
      if (principal !== undefined && !isStorable(principal)) return [];
      let query = select();
      if (principal !== undefined) query = query.where('principal', '=', principal);
      if (states !== undefined) query = query.where(stateAt(clock.now()), 'in', oneOf(states));
      const rows = await query.orderBy('asked_at', 'desc').orderBy('id').limit(boundedLimit(limit)).execute();
      return rows.map(read);
    },

    async inForce(principal) {
      if (!isStorable(principal)) return [];
      const rows = await select()
        .where('principal', '=', principal)
        .where('state', '=', 'valid' satisfies GrantState)
        .where('expires_at', '>', clock.now())
        .orderBy('expires_at')
        .limit(MAX_ROWS)
        .execute();
      return rows.map(read);
    },

    async lapsed() {
      const rows = await select()
        .where('state', 'in', LIVE)
        .where('expires_at', '<=', clock.now())
        .orderBy('expires_at')
        .limit(MAX_ROWS)
        .execute();
      return rows.map(read);
    },

    async expire(id, entry) {
      const update = database
        .updateTable('grants')
        .set({ state: 'expired' satisfies GrantState, ended_at: clock.now() })
        .where('id', '=', id)
        .where('state', 'in', LIVE)
        .where('expires_at', '<=', clock.now());
      return (await change(update.compile(), id, entry)) !== undefined;
    },
  };
}

/** Undoes the transaction when somebody the push stands on was disabled, or a grant has ended. */
export function requireStanding(database: Kysely<Schema>, standing: Transition['standing']): readonly Step[] {
  if (standing === undefined) return [];
  const { principals, grants, at } = standing;
  const disabled = database
    .selectFrom('users')
    .select('name')
    .where('name', 'in', oneOf(principals))
    .where('disabled_at', 'is not', null);
  const holding = database
    .selectFrom('grants')
    .select('id')
    .where('id', 'in', oneOf(grants))
    .where('state', '=', 'valid' satisfies GrantState)
    .where('expires_at', '>', at);
  return [step(disabled.compile(), 0), ...(grants.length === 0 ? [] : [step(holding.compile(), new Set(grants).size)])];
}

/** Ends every request and grant of these. */
export function endGrantsOf(
  database: Kysely<Schema>,
  principals: readonly string[],
  { by, at }: { readonly by: string; readonly at: number },
): CompiledQuery {
  return database
    .updateTable('grants')
    .set({ state: sql<string>`CASE state WHEN 'asked' THEN 'refused' ELSE 'revoked' END`, ended_by: by, ended_at: at })
    .where('principal', 'in', oneOf(principals))
    .where('state', 'in', LIVE)
    .where('expires_at', '>', at)
    .compile();
}

function activeUser(database: Kysely<Schema>, name: string): CompiledQuery {
  return database
    .selectFrom('users')
    .select('name')
    .where('name', '=', name)
    .where('disabled_at', 'is', null)
    .compile();
}

function stateAt(now: number) {
  return sql<string>`CASE WHEN state IN ('asked', 'valid') AND expires_at <= ${now} THEN 'expired' ELSE state END`;
}

function rowOf(grant: AccessGrant): GrantTable {
  const json = (value: readonly string[] | undefined) => (value === undefined ? null : toJson(value));
  return {
    id: grant.id,
    principal: grant.principal,
    state: grant.state,
    repos: toJson(grant.repos),
    refs: json(grant.refs),
    paths: json(grant.paths),
    lifetime: grant.lifetime,
    reason: toJson(grant.reason),
    asked_by: grant.askedBy,
    asked_at: grant.askedAt,
    given_by: grant.givenBy ?? null,
    given_at: grant.givenAt ?? null,
    expires_at: grant.expiresAt,
    ended_by: grant.endedBy ?? null,
    ended_at: grant.endedAt ?? null,
  };
}

function readGrant(row: GrantTable, now: number): AccessGrant {
  const state = row.state as GrantState;
  return {
    id: row.id,
    principal: row.principal,
    state: LIVE.includes(state) && row.expires_at <= now ? 'expired' : state,
    repos: fromJson(row.repos),
    ...(row.refs === null ? {} : { refs: fromJson<readonly string[]>(row.refs) }),
    ...(row.paths === null ? {} : { paths: fromJson<readonly string[]>(row.paths) }),
    lifetime: row.lifetime,
    reason: fromJson(row.reason),
    askedBy: row.asked_by,
    askedAt: row.asked_at,
    ...(row.given_by === null ? {} : { givenBy: row.given_by }),
    ...(row.given_at === null ? {} : { givenAt: row.given_at }),
    expiresAt: row.expires_at,
    ...(row.ended_by === null ? {} : { endedBy: row.ended_by }),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  };
}
