// IdentityStore over SQLite.
import type { Kysely } from 'kysely';
import { draftEntry } from '../../domain/audit/chain.ts';
import type { IdentityName, IdentityRecord, IdentityStore } from '../../domain/identity/login-store.ts';
import type { Clock, User } from '../../domain/ports.ts';
import type { IdentityTable } from './identity-tables.ts';
import type { LoginSeal } from './login-seal.ts';
import { fromJson, isStorable, type Schema, toJson } from './schema.ts';
import type { Step } from './write-connection.ts';
import { step, type Writer } from './writer.ts';

export function createIdentityStore(
  database: Kysely<Schema>,
  writer: Writer,
  clock: Clock,
  seal: LoginSeal,
): IdentityStore {
  const select = () => database.selectFrom('identities').selectAll();
  const named = ({ provider, subject }: IdentityName) =>
    select().where('provider', '=', provider).where('subject', '=', subject);
  const changed = ({ provider, subject }: IdentityName) =>
    database.updateTable('identities').where('provider', '=', provider).where('subject', '=', subject);

  return {
    async find(name) {
      if (!isNamable(name)) return undefined;
      const row = await named(name).executeTakeFirst();
      return row === undefined ? undefined : readIdentity(row);
    },

    async ofUser(user) {
      if (!isStorable(user)) return [];
      return (await select().where('user', '=', user).execute()).map(readIdentity);
    },

    async add(identity, user, entry) {
      const name = typeof user === 'string' ? user : user.name;
      if (!isNamable(identity) || !isStorable(name)) return 'taken';
      const insert = database
        .insertInto('identities')
        .columns(['provider', 'subject', 'user', 'name', 'email', 'groups', 'created_at', 'seen_at'])
        .expression((builder) =>
          builder
            .selectFrom('users')
            .select((values) => [
              values.val(identity.provider).as('provider'),
              values.val(identity.subject).as('subject'),
              'users.name as user',
              values.val(toJson(identity.name)).as('name'),
              values.val(identity.email === undefined ? null : toJson(identity.email)).as('email'),
              values.val(toJson(identity.groups)).as('groups'),
              values.val(clock.now()).as('created_at'),
              values.val(identity.at).as('seen_at'),
            ])
            .where('users.name', '=', name),
        )
        .onConflict((conflict) => conflict.doNothing())
        .compile();
      const steps = [...(typeof user === 'string' ? [] : [newUser(database, user)]), step(insert, 1)];
      const reply = await writer.submit({ steps, entries: [draftEntry(entry, clock.now())] });
      return reply.outcome === 'committed' ? 'added' : 'taken';
    },

    async seen(identity, entry) {
      if (!isNamable(identity)) return false;
      const update = changed(identity)
        .set({
          name: toJson(identity.name),
          email: identity.email === undefined ? null : toJson(identity.email),
          groups: toJson(identity.groups),
          seen_at: identity.at,
          disabled_at: null,
        })
        .where('seen_at', '<=', identity.at)
        .where((builder) => builder.or([builder('disabled_at', 'is', null), builder('disabled_at', '<', identity.at)]))
        .compile();
      const entries = entry === undefined ? [] : [draftEntry(entry, clock.now())];
      return (await writer.submit({ steps: [step(update, 1)], entries })).outcome === 'committed';
    },

    async disable(name, at, entry) {
      if (!isNamable(name)) return false;
      const update = changed(name).set({ disabled_at: at, sealed_grant: null }).where('disabled_at', 'is', null);
      const reply = await writer.submit({
        steps: [step(update.compile(), 1)],
        entries: [draftEntry(entry, clock.now())],
      });
      return reply.outcome === 'committed';
    },

    async keepGrant(name, grant) {
      if (!isNamable(name)) return;
      const sealed = grant === undefined ? null : seal.seal(placeOf(name), grant);
      await writer.submit({ steps: [step(changed(name).set({ sealed_grant: sealed }).compile())], entries: [] });
    },

    async grantOf(name) {
      if (!isNamable(name)) return undefined;
      const row = await named(name).executeTakeFirst();
      return row?.sealed_grant ? seal.open(placeOf(name), row.sealed_grant) : undefined;
    },
  };
}

function newUser(database: Kysely<Schema>, user: User): Step {
  const insert = database.insertInto('users').values({
    name: user.name,
    kind: user.kind,
    sponsor: user.sponsor ?? null,
    groups: toJson(user.groups),
    created_at: user.createdAt,
    disabled_at: user.disabledAt ?? null,
  });
  return step(insert.onConflict((conflict) => conflict.doNothing()).compile(), 1);
}

function isNamable({ provider, subject }: IdentityName): boolean {
  return isStorable(provider) && isStorable(subject);
}

function placeOf({ provider, subject }: IdentityName): string {
  return JSON.stringify(['grant', provider, subject]);
}

function readIdentity(row: IdentityTable): IdentityRecord {
  return {
    provider: row.provider,
    subject: row.subject,
    user: row.user,
    name: fromJson(row.name),
    ...(row.email === null ? {} : { email: fromJson<string>(row.email) }),
    groups: fromJson(row.groups),
    at: row.seen_at,
    createdAt: row.created_at,
    ...(row.disabled_at === null ? {} : { disabledAt: row.disabled_at }),
  };
}
