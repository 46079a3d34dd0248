// PushStore over SQLite. Every change is one UPDATE whose WHERE is the compare and whose SET is the swap, in one
// transaction with its trail entry and the SELECT that reads back what it made of the push.
import { type CompiledQuery, type ExpressionBuilder, type Kysely, sql, type Updateable } from 'kysely';
import { draftEntry } from '../../domain/audit/chain.ts';
import type { TrailEntry } from '../../domain/audit/entry.ts';
import type { Clock, Lease, PushPatch, PushStore } from '../../domain/ports.ts';
import { approvalBinding } from '../../domain/push/binding.ts';
import { withGiven } from '../../domain/push/given.ts';
import { type Approval, isFinal, type Push, type PushId, type PushState, TRANSITIONS } from '../../domain/push/push.ts';
import { pushedCommitSteps } from './attribution-store.ts';
import { breakGlassOf, breakGlassSteps, reviewBreakGlass, unreviewedPushes } from './break-glass-steps.ts';
import { grantExceptions, relyOnExceptions } from './exception-store.ts';
import { requireStanding } from './grant-store.ts';
import { boundedLimit, fromJson, isStorable, MAX_ROWS, type PushTable, type Schema, toJson } from './schema.ts';
import type { Row } from './write-connection.ts';
import { step, type Writer } from './writer.ts';

/** States whose relay may be under way: only the holder of the lease changes them. */
const LEASED: readonly PushState[] = ['relaying', 'unknown'];

type PushRow = {
  [Column in keyof PushTable]: Column extends 'id' | 'lease_token' ? number : Exclude<PushTable[Column], object>;
} & { readonly acts: string | null; readonly granted: string | null; readonly breakGlass: string | null };

export function createPushStore(database: Kysely<Schema>, writer: Writer, clock: Clock): PushStore {
  const select = () => database.selectFrom('pushes').selectAll().select(acts).select(granted).select(breakGlassOf);
  const selectOne = (id: PushId): CompiledQuery => select().where('id', '=', id).compile();
  const draft = (entry: TrailEntry, id?: PushId) =>
    draftEntry(id === undefined ? entry : { ...entry, pushId: id }, clock.now());

  return {
    async receive(push, owner, entry) {
      const insert = database
        .insertInto('pushes')
        .values({
          state: 'receiving' satisfies PushState,
          repo: push.address.repo,
          upstream: push.address.upstream,
          path: toJson(push.address.path),
          object_format: push.objectFormat,
          principal: push.principal.name,
          principal_kind: push.principal.kind,
          principal_sponsor: push.principal.sponsor ?? null,
          updates: toJson(push.updates),
          push_options: toJson(push.pushOptions),
          findings: '[]',
          requirements: '[]',
          reason: jsonOrNull(push.reason),
          created_at: push.createdAt,
          received_by: owner,
        })
        .returningAll()
        .returning([sql<null>`NULL`.as('acts'), sql<null>`NULL`.as('granted'), sql<null>`NULL`.as('breakGlass')])
        .compile();
      const reply = await writer.submit({
        steps: [step(insert, 1)],
        entries: [draft(entry)],
        entriesNameNewPush: true,
      });
      if (reply.outcome === 'unmet') throw new TypeError('an insert without conditions was not met');
      return readPush(rowOf(reply.rows[0]));
    },

    async transition(change) {
      requireLawful(change.from, change.to);
      if (change.from.some((state) => LEASED.includes(state)) && change.fence === undefined) {
        // Without it a gateway that slept through its lease could overwrite what its successor found out.
        throw new TypeError(`a relay is changed under its lease: ${change.from.join(', ')} needs a fence`);
      }
      if (change.claim !== undefined && change.to !== 'relaying') {
        throw new TypeError(`a lease is for relaying, not for ${change.to}`);
      }
      const { relies, grants = [] } = change;
      if (grants.length > 0 && (change.to !== 'relaying' || change.from.some((state) => state !== 'held'))) {
        throw new TypeError('exceptions are granted when a hold is released, and by nothing else');
      }
      let update = database
        .updateTable('pushes')
        .set({ state: change.to, ...patchColumns(change.set ?? {}) })
        .where('id', '=', change.id)
        .where('state', 'in', change.from);
      if (change.fence !== undefined) {
        update = update.where('lease_token', '=', change.fence).where('lease_owner', 'is not', null);
      }
      if (change.claim !== undefined) update = update.set(claimColumns(change.claim.owner, change.claim.until));
      else if (isFinal(change.to)) update = update.set({ lease_owner: null, lease_until: null });
      const reply = await writer.submit({
        steps: [
          step(update.compile(), 1),
          ...(relies === undefined ? [] : relyOnExceptions(database, change.id, relies)),
          ...requireStanding(database, change.standing),
          ...breakGlassSteps(database, change.id, change.breakGlass),
          ...grantExceptions(database, change.id, grants),
          ...pushedCommitSteps(database, change.id, change.commits ?? []),
          step(selectOne(change.id), 1),
        ],
        entries: [draft(change.entry, change.id)],
      });
      if (reply.outcome === 'unmet') return undefined;
      return readLeased(rowOf(reply.rows.at(-1)));
    },

    async decide(id, approval, entry) {
      // The condition is part of the insert: a push that stopped being held a moment ago takes no approval.
      const insert = database
        .insertInto('approvals')
        .columns(['push_id', 'person', 'at', 'act'])
        .expression((builder) =>
          builder
            .selectFrom('pushes')
            .select([
              'pushes.id',
              builder.val(approval.by).as('person'),
              builder.val(approval.at).as('at'),
              builder.val(toJson(approval)).as('act'),
            ])
            .where('id', '=', id)
            .where('state', '=', 'held' satisfies PushState),
        )
        .onConflict((conflict) =>
          conflict.columns(['push_id', 'person']).doUpdateSet((builder) => ({
            at: builder.ref('excluded.at'),
            act: builder.ref('excluded.act'),
          })),
        )
        .compile();
      const reply = await writer.submit({
        steps: [step(insert, 1), step(selectOne(id), 1)],
        entries: [draft(entry, id)],
      });
      return reply.outcome === 'unmet' ? undefined : readPush(rowOf(reply.rows[1]));
    },

    async changeReason(id, reason, entry) {
      const update = database
        .updateTable('pushes')
        .set({ reason: toJson(reason) })
        .where('id', '=', id)
        .where('state', '=', 'held' satisfies PushState)
        .compile();
      const reply = await writer.submit({
        steps: [step(update, 1), step(selectOne(id), 1)],
        entries: [draft(entry, id)],
      });
      return reply.outcome === 'unmet' ? undefined : readPush(rowOf(reply.rows[1]));
    },

    async reviewBreakGlass(id, review, entry) {
      const reply = await writer.submit({
        steps: [step(reviewBreakGlass(database, id, review), 1), step(selectOne(id), 1)],
        entries: [draft(entry, id)],
      });
      return reply.outcome === 'unmet' ? undefined : readPush(rowOf(reply.rows[1]));
    },

    async claimRelay(id, owner, until, now) {
      const before = await select().where('id', '=', id).executeTakeFirst();
      if (before === undefined) return undefined;
      const update = database
        .updateTable('pushes')
        .set(claimColumns(owner, until))
        .where('id', '=', id)
        .where('state', 'in', LEASED)
        .where((builder) => leaseRanOut(builder, now))
        .compile();
      const entry: TrailEntry = {
        type: 'push.relay-claimed',
        repo: before.repo, // never changes, so reading it before the transaction is safe
        body: { owner, until },
      };
      const reply = await writer.submit({
        steps: [step(update, 1), step(selectOne(id), 1)],
        entries: [draft(entry, id)],
      });
      if (reply.outcome === 'unmet') return undefined;
      const { push, lease } = readLeased(rowOf(reply.rows[1]));
      if (lease === undefined) throw new TypeError('a claim left no lease');
      return { push, lease };
    },

    async renewLease(id, token, until) {
      const update = database
        .updateTable('pushes')
        .set({ lease_until: until })
        .where('id', '=', id)
        .where('state', 'in', LEASED)
        .where('lease_token', '=', token)
        .where('lease_owner', 'is not', null)
        .compile();
      // A heartbeat, not an event: nothing for the trail.
      const reply = await writer.submit({ steps: [step(update, 1)], entries: [] });
      return reply.outcome === 'committed';
    },

    async find(id) {
      if (!Number.isSafeInteger(id)) return undefined;
      const row = await select().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : readPush(row);
    },

    async list(filter) {
      const { states, repo, principal, before } = filter;
      if (states?.length === 0) return [];
      if ((repo !== undefined && !isStorable(repo)) || (principal !== undefined && !isStorable(principal))) return [];
      let query = select();
      if (states !== undefined) query = query.where('state', 'in', states);
      if (repo !== undefined) query = query.where('repo', '=', repo);
      if (principal !== undefined) query = query.where('principal', '=', principal);
      if (before !== undefined) query = query.where('id', '<', before);
      if (filter.unreviewed === true) query = query.where('id', 'in', unreviewedPushes(database));
      const rows = await query.orderBy('id', 'desc').limit(boundedLimit(filter.limit)).execute();
      return rows.map(readPush);
    },

    async abandoned(owner, before) {
      const rows = await select()
        .where('state', '=', 'receiving' satisfies PushState)
        .where('received_by', '!=', owner)
        .where('created_at', '<', before)
        .orderBy('id')
        .limit(MAX_ROWS)
        .execute();
      return rows.map(readPush);
    },

    async expired(now) {
      const rows = await select()
        .where('state', '=', 'held' satisfies PushState)
        .where('expires_at', '<=', now)
        .orderBy('id')
        .limit(MAX_ROWS)
        .execute();
      return rows.map(readPush);
    },

    async heldBytes(principal) {
      if (!isStorable(principal)) return 0;
      const sum = await database
        .selectFrom('pushes')
        .select(sql<number>`coalesce(sum(request ->> '$.bytes'), 0)`.as('bytes'))
        .where('state', '=', 'held' satisfies PushState)
        .where('principal', '=', principal)
        .executeTakeFirstOrThrow();
      return sum.bytes;
    },

    async orphanedRelays(now) {
      const rows = await database
        .selectFrom('pushes')
        .select('id')
        .where('state', 'in', LEASED)
        .where((builder) => leaseRanOut(builder, now))
        .orderBy('id')
        .limit(MAX_ROWS)
        .execute();
      return rows.map((row) => row.id);
    },
  };
}

function requireLawful(from: readonly PushState[], to: PushState): void {
  if (from.length === 0) throw new TypeError(`a transition to ${to} from no state at all`);
  for (const state of from) {
    // A relay in doubt may be found still in doubt, by whoever holds its lease.
    if (state === to && LEASED.includes(state)) continue;
    if (!TRANSITIONS[state].includes(to)) throw new TypeError(`a push never goes from ${state} to ${to}`);
  }
}

/** Approvals as one column, so that a push and its approvals are one snapshot. Each act is JSON, joined by commas. */
function acts(builder: ExpressionBuilder<Schema, 'pushes'>) {
  return builder
    .selectFrom('approvals')
    .whereRef('approvals.push_id', '=', 'pushes.id')
    .select(sql<string | null>`group_concat(act, ',' ORDER BY at, person)`.as('acts'))
    .as('acts');
}

/** What the push's release granted, as JSON objects joined by commas. */
function granted(builder: ExpressionBuilder<Schema, 'pushes'>) {
  return builder
    .selectFrom('exceptions')
    .whereRef('exceptions.push_id', '=', 'pushes.id')
    .select(
      sql<
        string | null
      >`group_concat(json_object('id', exceptions.id, 'fingerprint', fingerprint), ',' ORDER BY exceptions.id)`.as(
        'granted',
      ),
    )
    .as('granted');
}

function leaseRanOut(builder: ExpressionBuilder<Schema, 'pushes'>, now: number) {
  // No lease at all: released without one (an approval by a process that does not relay), free for the taking.
  return builder.or([builder('lease_until', 'is', null), builder('lease_until', '<=', now)]);
}

function claimColumns(owner: string, until: number) {
  return { lease_owner: owner, lease_until: until, lease_token: sql<number>`lease_token + 1` };
}

function patchColumns(patch: PushPatch): Updateable<PushTable> {
  const columns: Updateable<PushTable> = {};
  if (patch.updates !== undefined) columns.updates = toJson(patch.updates);
  if (patch.verdict !== undefined) columns.verdict = toJson(patch.verdict);
  if (patch.findings !== undefined) columns.findings = toJson(patch.findings);
  if (patch.requirements !== undefined) columns.requirements = toJson(patch.requirements);
  if (patch.attribution !== undefined) columns.attribution = toJson(patch.attribution);
  if (patch.request !== undefined) columns.request = toJson(patch.request);
  if (patch.outcomes !== undefined) columns.outcomes = toJson(patch.outcomes);
  if (patch.note !== undefined) columns.note = toJson(patch.note);
  if (patch.policyDigest !== undefined) columns.policy_digest = patch.policyDigest;
  if (patch.inputsDigest !== undefined) columns.inputs_digest = patch.inputsDigest;
  if (patch.supersededBy !== undefined) columns.superseded_by = patch.supersededBy;
  if (patch.decidedAt !== undefined) columns.decided_at = patch.decidedAt;
  if (patch.landedAt !== undefined) columns.landed_at = patch.landedAt;
  if (patch.expiresAt !== undefined) columns.expires_at = patch.expiresAt;
  return columns;
}

function jsonOrNull(value: string | undefined): string | null {
  return value === undefined ? null : toJson(value);
}

/** The one row that a step with `expect: 1` returned, in the columns of `select()`. */
function rowOf(rows: readonly Row[] | undefined): PushRow {
  const row = rows?.[0];
  if (row === undefined) throw new TypeError('the store returned no push');
  return row as unknown as PushRow;
}

function readLeased(row: PushRow): { push: Push; lease?: Lease } {
  const push = readPush(row);
  if (row.lease_owner === null || row.lease_until === null) return { push };
  return { push, lease: { owner: row.lease_owner, token: row.lease_token, until: row.lease_until } };
}

function readPush(row: PushRow): Push {
  const approvals = row.acts === null ? [] : fromJson<readonly Approval[]>(`[${row.acts}]`);
  const push: Push = {
    id: row.id,
    state: row.state as PushState,
    address: { repo: row.repo, upstream: row.upstream, path: fromJson(row.path) },
    objectFormat: row.object_format as Push['objectFormat'],
    principal: {
      name: row.principal,
      kind: row.principal_kind as Push['principal']['kind'],
      ...(row.principal_sponsor === null ? {} : { sponsor: row.principal_sponsor }),
    },
    updates: fromJson(row.updates),
    pushOptions: fromJson(row.push_options),
    ...optionalJson('verdict', row.verdict),
    findings: fromJson(row.findings),
    requirements: fromJson(row.requirements),
    approvals,
    ...optionalJson('attribution', row.attribution),
    ...optionalJson('breakGlass', row.breakGlass),
    ...optionalJson('granted', row.granted === null ? null : `[${row.granted}]`),
    ...optional('policyDigest', row.policy_digest),
    ...optional('inputsDigest', row.inputs_digest),
    ...optionalJson('request', row.request),
    ...optionalJson('reason', row.reason),
    ...optionalJson('outcomes', row.outcomes),
    ...optionalJson('note', row.note),
    ...optional('supersededBy', row.superseded_by),
    createdAt: row.created_at,
    ...optional('decidedAt', row.decided_at),
    ...optional('landedAt', row.landed_at),
    ...optional('expiresAt', row.expires_at),
  };
  return { ...push, requirements: withGiven(push.requirements, approvals, approvalBinding(push)) };
}

function optional<Key extends keyof Push>(key: Key, value: Push[Key] | null): Partial<Pick<Push, Key>> {
  return (value === null ? {} : { [key]: value }) as Partial<Pick<Push, Key>>;
}

function optionalJson<Key extends keyof Push>(key: Key, text: string | null): Partial<Pick<Push, Key>> {
  return optional(key, text === null ? null : fromJson<Push[Key]>(text));
}
