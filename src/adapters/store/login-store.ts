// LoginStore over SQLite. What may happen once (an attempt's end, a code, a rotation) is a compare-and-set, so that it
// happens once with several gateways as well.
import { type Kysely, sql } from 'kysely';
import { draftEntry } from '../../domain/audit/chain.ts';
import type { TrailEntry } from '../../domain/audit/entry.ts';
import type {
  BrowserSession,
  CodeGrant,
  Issue,
  LoggedIn,
  LoginStore,
  RefreshFamily,
} from '../../domain/identity/login-store.ts';
import type { Clock } from '../../domain/ports.ts';
import { createDeviceStore } from './device-store.ts';
import type { LoginFamilyTable, LoginSessionTable } from './identity-tables.ts';
import type { LoginSeal } from './login-seal.ts';
import { fromJson, isStorable, oneOf, type Schema, toJson } from './schema.ts';
import type { Step } from './write-connection.ts';
import { step, type Writer } from './writer.ts';

/** Two requests that crossed (two gits at once) are told from a copy by time alone; RFC 9700, section 4.14.2. */
export const REFRESH_GRACE_MS = 30_000;
/** Ended things are remembered that long: a copy that turns up later is still known for one. */
const REMEMBERED_MS = 30 * 24 * 3600_000;
/** Access tokens that a refresh gave out live an hour; nobody needs them in a list for longer than a day. */
const TOKENS_KEPT_MS = 24 * 3600_000;

export function createLoginStore(database: Kysely<Schema>, writer: Writer, clock: Clock, seal: LoginSeal): LoginStore {
  const drafted = (entry: TrailEntry) => [draftEntry(entry, clock.now())];
  const submit = async (steps: readonly Step[], entry?: TrailEntry) =>
    writer.submit({ steps, entries: entry === undefined ? [] : drafted(entry) });

  return {
    ...createDeviceStore(database, writer, clock),

    async addAttempt(hash, text, expiresAt) {
      const sealed = seal.seal(attemptPlace(hash), text);
      await submit([
        step(database.insertInto('login_attempts').values({ hash, sealed, expires_at: expiresAt }).compile(), 1),
      ]);
    },

    async takeAttempt(hash, now) {
      if (!isStorable(hash)) return undefined;
      const taken = database.deleteFrom('login_attempts').where('hash', '=', hash).returningAll().compile();
      const reply = await submit([step(taken, 1)]);
      const row = reply.outcome === 'committed' ? reply.rows[0]?.[0] : undefined;
      if (row === undefined || Number(row['expires_at']) <= now) return undefined;
      return seal.open(attemptPlace(hash), row['sealed'] as Uint8Array);
    },

    async addSession(hash, { createdAt, usedAt, endsAt, ...login }, entry) {
      const values = { hash, login: loginText(login), created_at: createdAt, used_at: usedAt, ends_at: endsAt };
      await submit([step(database.insertInto('login_sessions').values(values).compile(), 1)], entry);
    },

    async findSession(hash, now) {
      if (!isStorable(hash)) return undefined;
      const row = await database
        .selectFrom('login_sessions')
        .selectAll()
        .where('hash', '=', hash)
        .where('ends_at', '>', now)
        .executeTakeFirst();
      return row === undefined ? undefined : readSession(row);
    },

    async touchSession(hash, at) {
      const update = database.updateTable('login_sessions').set({ used_at: at }).where('hash', '=', hash);
      await submit([step(update.where('used_at', '<', at).compile())]);
    },

    async endSession(hash, _at, entry) {
      if (!isStorable(hash)) return false;
      const gone = database.deleteFrom('login_sessions').where('hash', '=', hash).compile();
      return (await submit([step(gone, 1)], entry)).outcome === 'committed';
    },

    async addCode(hash, grant) {
      const values = { hash, grant_text: toJson(grant), expires_at: grant.expiresAt, used_at: null, family: null };
      await submit([step(database.insertInto('login_codes').values(values).compile(), 1)]);
    },

    async takeCode(hash, now) {
      if (!isStorable(hash)) return { outcome: 'unknown' };
      const take = database
        .updateTable('login_codes')
        .set({ used_at: now })
        .where('hash', '=', hash)
        .where('used_at', 'is', null)
        .where('expires_at', '>', now)
        .returning('grant_text')
        .compile();
      const reply = await submit([step(take, 1)]);
      if (reply.outcome === 'committed') {
        return { outcome: 'grant', grant: fromJson<CodeGrant>(String(reply.rows[0]?.[0]?.['grant_text'])) };
      }
      const row = await database.selectFrom('login_codes').selectAll().where('hash', '=', hash).executeTakeFirst();
      if (row === undefined || row.used_at === null) return { outcome: 'unknown' };
      return { outcome: 'used', ...(row.family !== null && { family: row.family }) };
    },

    async addFamily(family, issue, entry, codeHash) {
      const insert = database.insertInto('login_families').values({
        id: family.id,
        login: loginText(family),
        label: toJson(family.label),
        created_at: family.createdAt,
        ends_at: family.endsAt,
        revoked_at: null,
      });
      const steps = [step(insert.compile(), 1), ...issueSteps(database, family.id, issue)];
      if (codeHash !== undefined) {
        const note = database.updateTable('login_codes').set({ family: family.id }).where('hash', '=', codeHash);
        steps.push(step(note.compile(), 1));
      }
      await submit(steps, entry);
    },

    async findRefresh(hash, now) {
      if (!isStorable(hash)) return { outcome: 'unknown' };
      const row = await database
        .selectFrom('login_refreshes')
        .innerJoin('login_families', 'login_families.id', 'login_refreshes.family')
        .selectAll('login_families')
        .select('replaced_at')
        .where('hash', '=', hash)
        .executeTakeFirst();
      if (row === undefined) return { outcome: 'unknown' };
      const family = readFamily(row);
      if (row.replaced_at !== null && row.replaced_at + REFRESH_GRACE_MS < now) return { outcome: 'reused', family };
      if (family.revokedAt !== undefined || family.endsAt <= now) return { outcome: 'unknown' };
      return { outcome: row.replaced_at === null ? 'live' : 'grace', family };
    },

    async rotate(hash, family, issue, now, entry) {
      const replace = database
        .updateTable('login_refreshes')
        .set({ replaced_at: now })
        .where('hash', '=', hash)
        .where('replaced_at', 'is', null);
      const alive = database
        .selectFrom('login_families')
        .select('id')
        .where('id', '=', family)
        .where('revoked_at', 'is', null)
        .where('ends_at', '>', now);
      const steps = [step(replace.compile()), step(alive.compile(), 1), ...issueSteps(database, family, issue)];
      return (await submit(steps, entry)).outcome === 'committed';
    },

    async endFamily(id, at, entry) {
      if (!isStorable(id)) return false;
      const family = database.updateTable('login_families').set({ revoked_at: at }).where('id', '=', id);
      const tokens = database.updateTable('tokens').set({ revoked_at: at }).where('family', '=', id);
      const steps = [
        step(family.where('revoked_at', 'is', null).compile(), 1),
        step(tokens.where('revoked_at', 'is', null).compile()),
      ];
      return (await submit(steps, entry)).outcome === 'committed';
    },

    async sweep(now) {
      const before = now - REMEMBERED_MS;
      const over = database
        .selectFrom('login_families')
        .select('id')
        .where((builder) => builder.or([builder('ends_at', '<', before), builder('revoked_at', '<', before)]));
      await submit([
        step(database.deleteFrom('login_attempts').where('expires_at', '<', now).compile()),
        step(database.deleteFrom('login_sessions').where('ends_at', '<', now).compile()),
        step(database.deleteFrom('login_codes').where('expires_at', '<', before).compile()),
        step(database.deleteFrom('login_devices').where('expires_at', '<', now).compile()),
        step(database.deleteFrom('login_refreshes').where('family', 'in', over).compile()),
        step(database.deleteFrom('login_families').where('id', 'in', over).compile()),
        step(
          database
            .deleteFrom('tokens')
            .where('family', 'is not', null)
            .where('expires_at', '<', now - TOKENS_KEPT_MS)
            .compile(),
        ),
      ]);
    },
  };
}

function issueSteps(database: Kysely<Schema>, family: string, { token, tokenHash, refreshHash }: Issue): Step[] {
  const access = database.insertInto('tokens').values({
    id: token.id,
    hash: tokenHash,
    user: token.user,
    scopes: toJson(token.scopes),
    created_at: token.createdAt,
    expires_at: token.expiresAt ?? null,
    last_used_at: null,
    revoked_at: null,
    family,
  });
  const refresh = database.insertInto('login_refreshes').values({ hash: refreshHash, family, replaced_at: null });
  return [step(access.compile(), 1), step(refresh.compile(), 1)];
}

function attemptPlace(hash: string): string {
  return JSON.stringify(['attempt', hash]);
}

/** Only these three: a family or a session has more fields, which have columns. */
export function loginText({ user, via, scopes }: LoggedIn): string {
  return toJson({ user, via, scopes });
}

function readSession(row: LoginSessionTable): BrowserSession {
  return {
    ...fromJson<LoggedIn>(row.login),
    createdAt: row.created_at,
    usedAt: row.used_at,
    endsAt: row.ends_at,
  };
}

function readFamily(row: LoginFamilyTable): RefreshFamily {
  return {
    ...fromJson<LoggedIn>(row.login),
    id: row.id,
    label: fromJson(row.label),
    createdAt: row.created_at,
    endsAt: row.ends_at,
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  };
}

/** Ends every login of these, begun or under way: sessions, refresh tokens, codes and devices. */
export function endLoginsOf(database: Kysely<Schema>, users: readonly string[], at: number): readonly Step[] {
  const isTheirs = (column: 'login' | 'grant_text') =>
    sql<boolean>`json_extract(${sql.ref(column)}, '$.user') IN ${oneOf(users)}`;
  const families = database.updateTable('login_families').set({ revoked_at: at }).where('revoked_at', 'is', null);
  return [
    step(families.where(isTheirs('login')).compile()),
    step(database.deleteFrom('login_sessions').where(isTheirs('login')).compile()),
    step(database.deleteFrom('login_codes').where(isTheirs('grant_text')).where('used_at', 'is', null).compile()),
    step(database.deleteFrom('login_devices').where('login', 'is not', null).where(isTheirs('login')).compile()),
  ];
}
