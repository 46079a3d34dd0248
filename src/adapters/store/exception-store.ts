// ExceptionStore over SQLite, and the steps by which a push store's transaction grants exceptions or relies on them.
import { type CompiledQuery, type Kysely, sql } from 'kysely';
import { draftEntry } from '../../domain/audit/chain.ts';
import type { Clock, ExceptionStore } from '../../domain/ports.ts';
import type { ExceptionState, Grant, SecretException } from '../../domain/push/exception.ts';
import type { PushId } from '../../domain/push/push.ts';
import {
  boundedLimit,
  type ExceptionTable,
  fromJson,
  isStorable,
  MAX_ROWS,
  oneOf,
  type Schema,
  toJson,
} from './schema.ts';
import type { Step } from './write-connection.ts';
import { step, type Writer } from './writer.ts';

type ExceptionRow = Omit<ExceptionTable, 'id'> & { readonly id: number };

const VALID = 'valid' satisfies ExceptionState;

export function createExceptionStore(database: Kysely<Schema>, writer: Writer, clock: Clock): ExceptionStore {
  const select = () => database.selectFrom('exceptions').selectAll();
  const read = (row: ExceptionRow) => readException(row, clock.now());

  /** The compare is on the state alone or, to let it end by time, on the time as well. */
  async function end(query: CompiledQuery, id: number, entry: Parameters<ExceptionStore['revoke']>[2]) {
    const reply = await writer.submit({
      steps: [step(query, 1), step(select().where('id', '=', id).compile(), 1)],
      entries: [draftEntry(entry, clock.now())],
    });
    return reply.outcome === 'unmet' ? undefined : read(reply.rows[1]?.[0] as unknown as ExceptionRow);
  }

  return {
    async covering({ upstream, repo }, fingerprints) {
      if (fingerprints.length === 0 || !isStorable(upstream) || !isStorable(repo)) return [];
      const rows = await select()
        .where('upstream', '=', upstream)
        .where('repo', '=', repo)
        .where('fingerprint', 'in', oneOf(fingerprints))
        .where('state', '=', VALID)
        .where('expires_at', '>', clock.now())
        .execute();
      return rows.map(read);
    },

    async find(id) {
      if (!Number.isSafeInteger(id)) return undefined;
      const row = await select().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : read(row);
    },

    async list({ repo, states, before, limit }) {
      if (repo !== undefined && !isStorable(repo)) return [];
      let query = select();
      if (repo !== undefined) query = query.where('repo', '=', repo);
      if (before !== undefined) query = query.where('id', '<', before);
      if (states !== undefined) query = query.where(stateAt(clock.now()), 'in', oneOf(states));
      return (await query.orderBy('id', 'desc').limit(boundedLimit(limit)).execute()).map(read);
    },

    async revoke(id, by, entry) {
      if (!Number.isSafeInteger(id)) return undefined;
      const update = database
        .updateTable('exceptions')
        .set({ state: 'revoked' satisfies ExceptionState, revoked_at: clock.now(), revoked_by: by })
        .where('id', '=', id)
        .where('state', '=', VALID)
        .where('expires_at', '>', clock.now());
      return end(update.compile(), id, entry);
    },

    async lapsed() {
      const rows = await select()
        .where('state', '=', VALID)
        .where('expires_at', '<=', clock.now())
        .orderBy('expires_at')
        .limit(MAX_ROWS)
        .execute();
      return rows.map(read);
    },

    async expire(id, entry) {
      const update = database
        .updateTable('exceptions')
        .set({ state: 'expired' satisfies ExceptionState })
        .where('id', '=', id)
        .where('state', '=', VALID)
        .where('expires_at', '<=', clock.now());
      return (await end(update.compile(), id, entry)) !== undefined;
    },
  };
}

/** Undoes the transaction unless an exception for each of these fingerprints holds in the repository of the push. */
export function relyOnExceptions(
  database: Kysely<Schema>,
  push: PushId,
  { fingerprints, at }: { readonly fingerprints: readonly string[]; readonly at: number },
): readonly Step[] {
  const distinct = [...new Set(fingerprints)];
  if (distinct.length === 0) return [];
  const query = database
    .selectFrom('exceptions')
    .innerJoin('pushes', (join) =>
      join.onRef('pushes.upstream', '=', 'exceptions.upstream').onRef('pushes.repo', '=', 'exceptions.repo'),
    )
    .select('exceptions.id')
    .where('pushes.id', '=', push)
    .where('fingerprint', 'in', oneOf(distinct))
    .where('exceptions.state', '=', VALID)
    .where('exceptions.expires_at', '>', at);
  return [step(query.compile(), distinct.length)];
}

/** Grants these exceptions for the repository of the push, in the place of those there are. */
export function grantExceptions(database: Kysely<Schema>, push: PushId, grants: readonly Grant[]): readonly Step[] {
  return grants.flatMap((grant) => {
    // A caller that mixed up its fields would store the secret itself.
    if (!/^[0-9a-f]{32,64}$/.test(grant.fingerprint)) throw new TypeError('an exception is for a fingerprint, in hex');
    const replace = database
      .updateTable('exceptions')
      .from('pushes')
      .set({ state: 'replaced' satisfies ExceptionState })
      .whereRef('exceptions.upstream', '=', 'pushes.upstream')
      .whereRef('exceptions.repo', '=', 'pushes.repo')
      .where('pushes.id', '=', push)
      .where('exceptions.fingerprint', '=', grant.fingerprint)
      .where('exceptions.state', '=', VALID);
    return [step(replace.compile()), step(insertOf(database, push, grant), 1)];
  });
}

function insertOf(database: Kysely<Schema>, push: PushId, grant: Grant): CompiledQuery {
  const given = {
    state: VALID,
    fingerprint: grant.fingerprint,
    rule: grant.rule,
    masked: toJson(grant.masked),
    groups: toJson(grant.groups),
    granted_by: toJson(grant.grantedBy),
    created_at: grant.createdAt,
    expires_at: grant.expiresAt,
  };
  const columns = Object.keys(given) as (keyof typeof given)[];
  return database
    .insertInto('exceptions')
    .columns(['push_id', 'upstream', 'repo', 'requested_by', 'reason', ...columns])
    .expression((builder) =>
      builder
        .selectFrom('pushes')
        .select(['pushes.id', 'pushes.upstream', 'pushes.repo', 'pushes.principal'])
        .select(sql<string>`coalesce(pushes.reason, '""')`.as('reason'))
        .select(columns.map((column) => builder.val(given[column]).as(column)))
        .where('pushes.id', '=', push),
    )
    .compile();
}

function stateAt(now: number) {
  return sql<string>`CASE WHEN state = 'valid' AND expires_at <= ${now} THEN 'expired' ELSE state END`;
}

function readException(row: ExceptionRow, now: number): SecretException {
  const state = row.state as ExceptionState;
  return {
    id: row.id,
    state: state === VALID && row.expires_at <= now ? 'expired' : state,
    upstream: row.upstream,
    repo: row.repo,
    fingerprint: row.fingerprint,
    rule: row.rule,
    masked: fromJson(row.masked),
    groups: fromJson(row.groups),
    grantedBy: fromJson(row.granted_by),
    requestedBy: row.requested_by,
    reason: fromJson(row.reason),
    push: row.push_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
    ...(row.revoked_by === null ? {} : { revokedBy: row.revoked_by }),
  };
}
