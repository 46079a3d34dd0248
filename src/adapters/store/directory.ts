// Directory over SQLite: local principals and the credentials that prove them.
import type { Kysely, Selectable } from 'kysely';
import { draftEntry } from '../../domain/audit/chain.ts';
import type { Clock, Directory, KeyRecord, TokenRecord, User } from '../../domain/ports.ts';
import type { TokenScope } from '../../domain/principal.ts';
import { endGrantsOf } from './grant-store.ts';
import { endLoginsOf } from './login-store.ts';
import {
  fromJson,
  isStorable,
  type KeyTable,
  oneOf,
  type Schema,
  type TokenTable,
  toJson,
  type UserTable,
} from './schema.ts';
import { step, type Writer } from './writer.ts';

/** Uses of credentials are written together, this often at most: a push must not cost a second fsync. */
const TOUCH_INTERVAL_MS = 5000;
/** Credentials used between two writes; beyond that the uses of others go unrecorded. */
const MAX_TOUCHES = 10_000;

export interface BufferedDirectory extends Directory {
  /** Writes the uses noted so far. Best effort: never rejects. */
  flushTouches(): Promise<void>;
}

export function createDirectory(database: Kysely<Schema>, writer: Writer, clock: Clock): BufferedDirectory {
  const touches = new Map<string, { readonly table: 'tokens' | 'keys'; readonly id: string; readonly at: number }>();
  let timer: NodeJS.Timeout | undefined;

  async function flushTouches(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const steps = [...touches.values()].map(({ table, id, at }) =>
      step(
        database
          .updateTable(table)
          .set({ last_used_at: at })
          .where('id', '=', id)
          .where((builder) => builder.or([builder('last_used_at', 'is', null), builder('last_used_at', '<', at)]))
          .compile(),
      ),
    );
    touches.clear();
    if (steps.length === 0) return;
    try {
      await writer.submit({ steps, entries: [] });
    } catch {
      // When a credential was last used is a convenience; whoever needs certainty reads the trail.
    }
  }

  function touch(table: 'tokens' | 'keys', id: string, at: number): void {
    const key = `${table} ${id}`;
    if (!isStorable(id) || (touches.size >= MAX_TOUCHES && !touches.has(key))) return;
    touches.set(key, { table, id, at });
    timer ??= setTimeout(flushTouches, TOUCH_INTERVAL_MS).unref();
  }

  async function endUsers(...[names, by, at, entries]: Parameters<Directory['endUsers']>): Promise<boolean> {
    if (names.length === 0 || !names.every(isStorable)) return false;
    const distinct = [...new Set(names)];
    const disable = database
      .updateTable('users')
      .set({ disabled_at: at })
      .where('name', 'in', oneOf(distinct))
      .where('disabled_at', 'is', null);
    const credentials = (['tokens', 'keys'] as const).map((table) =>
      database
        .updateTable(table)
        .set({ revoked_at: at })
        .where('user', 'in', oneOf(distinct))
        .where('revoked_at', 'is', null),
    );
    const reply = await writer.submit({
      steps: [
        step(disable.compile(), distinct.length),
        ...credentials.map((revoke) => step(revoke.compile())),
        ...endLoginsOf(database, distinct, at),
        step(endGrantsOf(database, distinct, { by, at })),
      ],
      entries: entries.map((entry) => draftEntry(entry, clock.now())),
    });
    return reply.outcome === 'committed';
  }

  /** Revokes once. */
  async function revoke(
    table: 'tokens' | 'keys',
    key: string,
    at: number,
    entry: Parameters<Directory['revokeKey']>[2],
  ): Promise<boolean> {
    if (!isStorable(key)) return false;
    const update = database
      .updateTable(table)
      .set({ revoked_at: at })
      .where('id', '=', key)
      .where('revoked_at', 'is', null)
      .compile();
    const reply = await writer.submit({ steps: [step(update, 1)], entries: [draftEntry(entry, clock.now())] });
    return reply.outcome === 'committed';
  }

  return {
    async addUser(user, entry) {
      const insert = database
        .insertInto('users')
        .values({
          name: user.name,
          kind: user.kind,
          sponsor: user.sponsor ?? null,
          groups: toJson(user.groups),
          created_at: user.createdAt,
          disabled_at: user.disabledAt ?? null,
          grants_only: user.grantsOnly === true ? 1 : 0,
        })
        .onConflict((conflict) => conflict.doNothing())
        .compile();
      const reply = await writer.submit({ steps: [step(insert, 1)], entries: [draftEntry(entry, clock.now())] });
      return reply.outcome === 'committed' ? 'added' : 'taken';
    },

    endUsers,
    disableUser: (name, at, entry) => endUsers([name], entry.actor ?? '', at, [entry]),

    async enableUser(name, entry) {
      if (!isStorable(name)) return false;
      const update = database
        .updateTable('users')
        .set({ disabled_at: null })
        .where('name', '=', name)
        .where('disabled_at', 'is not', null)
        .compile();
      const reply = await writer.submit({ steps: [step(update, 1)], entries: [draftEntry(entry, clock.now())] });
      return reply.outcome === 'committed';
    },

    async changeUser(before, after, entry) {
      if (!isStorable(before.name)) return false;
      const update = database
        .updateTable('users')
        .set({ groups: toJson(after.groups), grants_only: after.grantsOnly === true ? 1 : 0 })
        .where('name', '=', before.name)
        .where('groups', '=', toJson(before.groups))
        .where('grants_only', '=', before.grantsOnly === true ? 1 : 0)
        .compile();
      const reply = await writer.submit({ steps: [step(update, 1)], entries: [draftEntry(entry, clock.now())] });
      return reply.outcome === 'committed';
    },

    async findUser(name) {
      if (!isStorable(name)) return undefined;
      const row = await database.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst();
      return row === undefined ? undefined : readUser(row);
    },

    async listUsers() {
      return (await database.selectFrom('users').selectAll().orderBy('name').execute()).map(readUser);
    },

    async addToken(token, hash, entry) {
      requireTokenHash(hash);
      const insert = database
        .insertInto('tokens')
        .values({
          id: token.id,
          hash,
          user: token.user,
          scopes: toJson(token.scopes),
          created_at: token.createdAt,
          expires_at: token.expiresAt ?? null,
          last_used_at: token.lastUsedAt ?? null,
          revoked_at: token.revokedAt ?? null,
        })
        .compile();
      await writer.submit({ steps: [step(insert, 1)], entries: [draftEntry(entry, clock.now())] });
    },

    async findTokenByHash(hash) {
      if (!isStorable(hash)) return undefined;
      const row = await database.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
      return row === undefined ? undefined : readToken(row);
    },

    revokeToken: (id, at, entry) => revoke('tokens', id, at, entry),

    async listTokens(user) {
      if (user !== undefined && !isStorable(user)) return [];
      let query = database.selectFrom('tokens').selectAll();
      if (user !== undefined) query = query.where('user', '=', user);
      return (await query.orderBy('created_at').orderBy('id').execute()).map(readToken);
    },

    async addKey(key, entry) {
      const insert = database
        .insertInto('keys')
        .values({
          id: key.id,
          user: key.user,
          fingerprint: key.fingerprint,
          algorithm: key.algorithm,
          blob: key.blob,
          comment: toJson(key.comment),
          label: key.label === undefined ? null : toJson(key.label),
          verify_required: key.verifyRequired === true ? 1 : 0,
          created_at: key.createdAt,
          expires_at: key.expiresAt ?? null,
          last_used_at: key.lastUsedAt ?? null,
          revoked_at: key.revokedAt ?? null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .compile();
      const reply = await writer.submit({ steps: [step(insert, 1)], entries: [draftEntry(entry, clock.now())] });
      return reply.outcome === 'committed' ? 'added' : 'taken';
    },

    async findKeyByFingerprint(fingerprint) {
      if (!isStorable(fingerprint)) return undefined;
      // Live keys only: a revoked one may have a live successor with the same fingerprint, and is nobody's proof.
      const row = await database
        .selectFrom('keys')
        .selectAll()
        .where('fingerprint', '=', fingerprint)
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      return row === undefined ? undefined : readKey(row);
    },

    revokeKey: (id, at, entry) => revoke('keys', id, at, entry),

    async listKeys(user) {
      if (user !== undefined && !isStorable(user)) return [];
      let query = database.selectFrom('keys').selectAll();
      if (user !== undefined) query = query.where('user', '=', user);
      return (await query.orderBy('created_at').orderBy('id').execute()).map(readKey);
    },

    touchToken: (id, at) => touch('tokens', id, at),
    touchKey: (id, at) => touch('keys', id, at),
    flushTouches,
  };
}

function requireTokenHash(hash: string): void {
  // A caller that mixed up its arguments would store the token itself.
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new TypeError('a token is stored as its hex SHA-256 only');
}

function readUser(row: Omit<UserTable, 'grants_only'> & { readonly grants_only: number }): User {
  return {
    name: row.name,
    kind: row.kind as User['kind'],
    ...(row.sponsor === null ? {} : { sponsor: row.sponsor }),
    groups: fromJson(row.groups),
    ...(row.grants_only === 0 ? {} : { grantsOnly: true }),
    createdAt: row.created_at,
    ...(row.disabled_at === null ? {} : { disabledAt: row.disabled_at }),
  };
}

function readToken(row: Selectable<TokenTable>): TokenRecord {
  return {
    id: row.id,
    user: row.user,
    scopes: fromJson<readonly TokenScope[]>(row.scopes),
    createdAt: row.created_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
    ...(row.family === null ? {} : { family: row.family }),
  };
}

function readKey(row: KeyTable): KeyRecord {
  return {
    id: row.id,
    user: row.user,
    fingerprint: row.fingerprint,
    algorithm: row.algorithm,
    blob: row.blob,
    comment: fromJson(row.comment),
    ...(row.label === null ? {} : { label: fromJson<string>(row.label) }),
    ...(row.verify_required === 0 ? {} : { verifyRequired: true }),
    createdAt: row.created_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  };
}
