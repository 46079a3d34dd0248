// AgentStore over SQLite. Nothing here is written by an agent but its version and the names of its upstreams, both of a
// form that is checked before; so nothing needs masking.
import { type Kysely, sql } from 'kysely';
import { draftEntry } from '../../domain/audit/chain.ts';
import type { AgentCertificate, EnrolledAgent, JoinToken } from '../../domain/enrolment.ts';
import type { AgentStore, Clock } from '../../domain/ports.ts';
import { type AgentTable, fromJson, isStorable, type JoinTokenTable, type Schema, toJson } from './schema.ts';
import { step, type Writer } from './writer.ts';

type AgentRow = AgentTable & { readonly certificate_expires_at: number | null };

const HASH = /^[0-9a-f]{64}$/;

export function createAgentStore(database: Kysely<Schema>, writer: Writer, clock: Clock): AgentStore {
  const expiry = sql<number | null>`(SELECT max(expires_at) FROM agent_certificates WHERE agent_id = agents.id)`;
  const select = () => database.selectFrom('agents').selectAll('agents').select(expiry.as('certificate_expires_at'));
  const draft = (entry: Parameters<AgentStore['revoke']>[2]) => [draftEntry(entry, clock.now())];

  const insertCertificate = (agent: string, { fingerprint, issuedAt, expiresAt }: AgentCertificate) => {
    if (!HASH.test(fingerprint)) throw new TypeError('a certificate is known by its hex SHA-256');
    return database
      .insertInto('agent_certificates')
      .values({ fingerprint, agent_id: agent, issued_at: issuedAt, expires_at: expiresAt, retired_at: null })
      .compile();
  };
  /** All of the agent's that are live, but the one that is named. */
  const retire = (agent: string, kept: string, at: number) =>
    database
      .updateTable('agent_certificates')
      .set({ retired_at: at })
      .where('agent_id', '=', agent)
      .where('fingerprint', '!=', kept)
      .where('retired_at', 'is', null);

  const store: AgentStore = {
    async addJoinToken(token, hash, entry) {
      if (!HASH.test(hash)) throw new TypeError('a join token is stored as its hex SHA-256 only');
      const insert = database
        .insertInto('join_tokens')
        .values({
          hash,
          id: token.id,
          agent: token.agent,
          created_by: token.createdBy,
          created_at: token.createdAt,
          expires_at: token.expiresAt,
          used_at: token.usedAt ?? null,
        })
        .compile();
      await writer.submit({ steps: [step(insert, 1)], entries: draft(entry) });
    },

    async findJoinToken(hash) {
      if (!isStorable(hash)) return undefined;
      const row = await database.selectFrom('join_tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
      return row === undefined ? undefined : readToken(row);
    },

    async join(hash, { id, certificate }, entry) {
      const now = clock.now();
      const use = database
        .updateTable('join_tokens')
        .set({ used_at: now })
        .where('hash', '=', hash)
        .where('used_at', 'is', null)
        .where('expires_at', '>', now)
        .compile();
      // The name is the token's. An agent of another id that has it by now: this inserts nothing, and all is undone.
      const enrol = database
        .insertInto('agents')
        .columns(['id', 'name', 'joined_at', 'upstreams'])
        .expression((builder) =>
          builder
            .selectFrom('join_tokens')
            .select([builder.val(id).as('id'), 'agent', builder.val(now).as('at'), builder.val('[]').as('none')])
            .where('hash', '=', hash)
            .where(({ not, exists, selectFrom }) =>
              not(
                exists(
                  selectFrom('agents')
                    .select('agents.id')
                    .where(sql`lower(agents.name)`, '=', sql`lower(join_tokens.agent)`)
                    .where('agents.revoked_at', 'is', null)
                    .where('agents.id', '!=', id),
                ),
              ),
            ),
        )
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet({ joined_at: now }).where('agents.revoked_at', 'is', null),
        )
        .compile();
      const reply = await writer.submit({
        steps: [
          step(use, 1),
          step(enrol, 1),
          step(retire(id, certificate.fingerprint, now).compile()),
          step(insertCertificate(id, certificate), 1),
        ],
        entries: draft(entry),
      });
      return reply.outcome === 'committed' ? store.find(id) : undefined;
    },

    async addCertificate(id, certificate, entry) {
      if (!isStorable(id)) return false;
      const live = database.selectFrom('agents').select('id').where('id', '=', id).where('revoked_at', 'is', null);
      const reply = await writer.submit({
        steps: [step(live.compile(), 1), step(insertCertificate(id, certificate), 1)],
        entries: draft(entry),
      });
      return reply.outcome === 'committed';
    },

    async findCertificate(fingerprint) {
      if (!HASH.test(fingerprint)) return undefined;
      const row = await database
        .selectFrom('agent_certificates')
        .selectAll()
        .where('fingerprint', '=', fingerprint)
        .executeTakeFirst();
      const agent = row && (await store.find(row.agent_id));
      if (row === undefined || agent === undefined) return undefined;
      return {
        fingerprint,
        issuedAt: row.issued_at,
        expiresAt: row.expires_at,
        agent,
        ...(row.retired_at === null ? {} : { retiredAt: row.retired_at }),
      };
    },

    async retireBefore(fingerprint, at) {
      const known = await store.findCertificate(fingerprint);
      if (known === undefined) return;
      const earlier = retire(known.agent.id, fingerprint, at).where('issued_at', '<=', known.issuedAt);
      await writer.submit({ steps: [step(earlier.compile())], entries: [] });
    },

    async find(id) {
      if (!isStorable(id)) return undefined;
      const row = await select().where('agents.id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : readAgent(row);
    },

    async findByName(name) {
      if (!isStorable(name)) return undefined;
      const row = await select().where('name', '=', name).where('revoked_at', 'is', null).executeTakeFirst();
      return row === undefined ? undefined : readAgent(row);
    },

    async list() {
      return (await select().orderBy('name').orderBy('joined_at').execute()).map(readAgent);
    },

    async revoke(id, at, entry) {
      if (!isStorable(id)) return false;
      const update = database
        .updateTable('agents')
        .set({ revoked_at: at })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .compile();
      const reply = await writer.submit({ steps: [step(update, 1)], entries: draft(entry) });
      return reply.outcome === 'committed';
    },

    async rename(id, name, entry) {
      if (!isStorable(id) || !isStorable(name)) return 'unknown';
      const update = database
        .updateTable('agents')
        .set({ name })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('agents as other')
                .select('other.id')
                .where(sql`lower(other.name)`, '=', sql`lower(${name})`)
                .where('other.revoked_at', 'is', null)
                .where('other.id', '!=', id),
            ),
          ),
        )
        .compile();
      const reply = await writer.submit({ steps: [step(update, 1)], entries: draft(entry) });
      if (reply.outcome === 'committed') return 'renamed';
      const agent = await store.find(id);
      return agent === undefined || agent.revokedAt !== undefined ? 'unknown' : 'taken';
    },

    async seen(id, { at, version, upstreams }, entry) {
      const update = database
        .updateTable('agents')
        .set({ last_seen_at: at, version, upstreams: toJson(upstreams) })
        .where('id', '=', id)
        .compile();
      await writer.submit({ steps: [step(update, 1)], entries: entry === undefined ? [] : draft(entry) });
    },
  };
  return store;
}

function readAgent(row: AgentRow): EnrolledAgent {
  return {
    id: row.id,
    name: row.name,
    joinedAt: row.joined_at,
    upstreams: fromJson<readonly string[]>(row.upstreams),
    certificateExpiresAt: row.certificate_expires_at ?? 0,
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
    ...(row.last_seen_at === null ? {} : { lastSeenAt: row.last_seen_at }),
    ...(row.version === null ? {} : { version: row.version }),
  };
}

function readToken(row: JoinTokenTable): JoinToken {
  return {
    id: row.id,
    agent: row.agent,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...(row.used_at === null ? {} : { usedAt: row.used_at }),
  };
}
