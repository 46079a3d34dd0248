// What a SessionStore answers. Every answer is bounded, in rows and in the bytes of the texts that are opened for it.
import { setImmediate } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { RecordedOutput } from '../../domain/attribution/matching/recorded-output.ts';
import type { SessionEvent } from '../../domain/attribution/sessions/session-event.ts';
import type {
  CommitRecord,
  RecordedEvent,
  RecordedFile,
  RecordedSession,
} from '../../domain/attribution/sessions/session-record.ts';
import type { SessionStore } from '../../domain/ports.ts';
import { type AiSessionTable, boundedLimit, fromJson, isStorable, oneOf, type Schema } from './schema.ts';
import { StoreError } from './store-error.ts';
import type { TextSeal } from './text-seal.ts';

type Queries = Omit<SessionStore, 'record' | 'expire'>;

/** Characters of texts in one answer of events(). */
const MAX_PAGE_CHARACTERS = 4 * 1024 * 1024;
/** Outputs that a push is compared with: a small one with few, a large one with more; and their characters. */
const MIN_OUTPUTS = 200;
const MAX_OUTPUTS = 10_000;
const HASHES_OF_AN_OUTPUT = 8;
const MAX_OUTPUT_CHARACTERS = 32 * 1024 * 1024;
/** Hashes that are looked up between two turns of the event loop: some milliseconds. */
const HASHES_AT_ONCE = 4_000;
/** Outputs that one such lookup brings. */
const MAX_CANDIDATES = 2_000;
/** Commits whose records are looked up in one go. */
const MAX_RECORDS = 10_000;

export function createSessionQueries(database: Kysely<Schema>, seal: () => TextSeal): Queries {
  const sessions = () =>
    database
      .selectFrom('ai_sessions as s')
      .selectAll('s')
      .select([
        sql<string>`(SELECT json_group_array(repo ORDER BY repo) FROM ai_session_repos WHERE session_id = s.id)`.as(
          'repos',
        ),
        countOf('prompt').as('prompts'),
        countOf('edit').as('edits'),
        countOf('commit').as('commits'),
      ]);

  const textsOf = async (names: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> => {
    const rows = await database
      .selectFrom('ai_texts')
      .select(['name', 'sealed'])
      .where('name', 'in', oneOf(names))
      .execute();
    return new Map(rows.map(({ name, sealed }) => [name, sealed]));
  };

  return {
    async list({ principal, repo, since, limit, before }) {
      if ((repo !== undefined && !isStorable(repo)) || (principal !== undefined && !isStorable(principal))) return [];
      let query = sessions();
      if (principal !== undefined) query = query.where('principal', '=', principal);
      if (since !== undefined) query = query.where('last_at', '>=', since);
      if (before !== undefined) query = query.where('s.id', '<', before);
      if (repo !== undefined) {
        const ofRepo = database.selectFrom('ai_session_repos').select('session_id').where('repo', '=', repo);
        query = query.where('s.id', 'in', ofRepo);
      }
      return (await query.orderBy('s.id', 'desc').limit(boundedLimit(limit)).execute()).map(readSession);
    },

    async find(principal, key) {
      if (!isStorable(principal) || !isStorable(key)) return undefined;
      const row = await sessions().where('principal', '=', principal).where('key', '=', key).executeTakeFirst();
      return row === undefined ? undefined : readSession(row);
    },

    async events({ id }, { after = 0, limit }) {
      const rows = await database
        .selectFrom('ai_events as e')
        .selectAll('e')
        .select(
          sql<string>`(SELECT json_group_array(json_object('start', start, 'text', text) ORDER BY piece) FROM ai_outputs WHERE event_id = e.id)`.as(
            'pieces',
          ),
        )
        .where('session_id', '=', id)
        .where('e.id', '>', after)
        .orderBy('e.id')
        .limit(boundedLimit(limit))
        .execute();
      const events: RecordedEvent[] = [];
      let characters = 0;
      for (const row of rows) {
        if (events.length > 0 && characters >= MAX_PAGE_CHARACTERS) break;
        const pieces = fromJson<readonly { start: number; text: string }[]>(row.pieces);
        const sealed = await textsOf([...(row.text === null ? [] : [row.text]), ...pieces.map(({ text }) => text)]);
        const open = (name: string): string => {
          const text = openText(seal(), name, sealed.get(name));
          characters += text.length;
          return text;
        };
        events.push({
          position: row.id,
          receivedAt: row.received_at,
          ...(row.repo !== null && { repo: row.repo }),
          ...(row.model !== null && { model: fromJson<string>(row.model) }),
          ...(row.signed_by !== null && { signedBy: row.signed_by }),
          event: readEvent(row, pieces, open),
        });
      }
      return events;
    },

    async commitRecords(principals, commits) {
      if (principals.length === 0 || commits.length === 0) return [];
      const rows = await database
        .selectFrom('ai_events as e')
        .innerJoin('ai_sessions as s', 's.id', 'e.session_id')
        .select(['e.session_id', 'e.body', 'e.received_at', 'e.signed_by', 'e.commit_oid', 'e.model', 'e.tool_version'])
        .select(['e.human', 's.principal', 's.coding_agent', 's.conversation'])
        .where('e.commit_oid', 'in', oneOf(commits))
        .where('s.principal', 'in', oneOf(principals.filter(isStorable)))
        .orderBy('e.id')
        .limit(MAX_RECORDS)
        .execute();
      const prompts = await promptDigests(rows.map((row) => row.session_id));
      return rows.map((row): CommitRecord => {
        const { files } = fromJson<{ files: readonly (RecordedFile & { promptId?: string })[] }>(row.body);
        return {
          principal: row.principal,
          codingAgent: row.coding_agent,
          session: fromJson(row.conversation),
          commit: row.commit_oid as string,
          receivedAt: row.received_at,
          ...(row.model !== null && { model: fromJson<string>(row.model) }),
          ...(row.tool_version !== null && { toolVersion: fromJson<string>(row.tool_version) }),
          ...(row.human !== null && { human: fromJson<string>(row.human) }),
          ...(row.signed_by !== null && { signedBy: row.signed_by }),
          files: files.map(({ promptId, path, blob, ranges }) => {
            const promptDigest = prompts.get(`${row.session_id} ${promptId}`);
            return { path, blob, ranges, ...(promptDigest !== undefined && { promptDigest }) };
          }),
        };
      });
    },

    async hasOutput(principals, since) {
      const row = await database
        .selectFrom('ai_outputs')
        .select('id')
        .where('principal', 'in', oneOf(principals.filter(isStorable)))
        .where('is_indexed', '=', 1)
        .where('at', '>=', since)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },

    async outputsWith(principals, hashes, since) {
      const named = principals.filter(isStorable);
      const all = [...hashes];
      const shared = new Map<number, number>();
      for (let at = 0; at < all.length; at += HASHES_AT_ONCE) {
        const indexed = seal().indexed(all.slice(at, at + HASHES_AT_ONCE));
        for (const { id, count } of await candidates(named, `[${indexed.join()}]`, since)) {
          shared.set(id, (shared.get(id) ?? 0) + count);
        }
        await setImmediate();
      }
      const most = Math.min(MAX_OUTPUTS, Math.max(MIN_OUTPUTS, Math.ceil(all.length / HASHES_OF_AN_OUTPUT)));
      const best = [...shared].toSorted(([one, a], [other, b]) => b - a || one - other).slice(0, most);
      return outputsOf(best.map(([id]) => id));
    },
  };

  async function promptDigests(sessionIds: readonly number[]): Promise<ReadonlyMap<string, string>> {
    const rows = await database
      .selectFrom('ai_events')
      .select(['session_id', 'event', 'digest'])
      .where('session_id', 'in', oneOf([...new Set(sessionIds)]))
      .where('kind', '=', 'prompt')
      .execute();
    return new Map(rows.map(({ session_id, event, digest }) => [`${session_id} ${event}`, digest as string]));
  }

  function candidates(principals: readonly string[], hashes: string, since: number) {
    return database
      .selectFrom('ai_output_hashes as h')
      .innerJoin('ai_outputs as o', 'o.id', 'h.output_id')
      .select('o.id')
      .select(sql<number>`count(*)`.as('count'))
      .where('h.principal_id', 'in', (builder) =>
        builder.selectFrom('ai_principals').select('id').where('name', 'in', oneOf(principals)),
      )
      .where('h.hash', 'in', sql<number>`(SELECT value FROM json_each(${hashes}))`)
      .where('o.at', '>=', since)
      .groupBy('o.id')
      .orderBy('count', 'desc')
      .limit(MAX_CANDIDATES)
      .execute();
  }

  /** Those that fit, in this order; what was sealed with a lost key proves nothing, and is left out. */
  async function outputsOf(ids: readonly number[]): Promise<readonly RecordedOutput[]> {
    const rows = await database
      .selectFrom('ai_outputs as o')
      .innerJoin('ai_events as e', 'e.id', 'o.event_id')
      .innerJoin('ai_sessions as s', 's.id', 'e.session_id')
      .leftJoin('ai_events as p', (join) =>
        join.onRef('p.session_id', '=', 'e.session_id').onRef('p.event', '=', 'e.prompt_id'),
      )
      .select(['o.id', 'o.text', 'o.at', 'o.principal', 'e.model', 'e.body', 's.coding_agent', 's.conversation'])
      .select('p.digest')
      .where('o.id', 'in', oneOf(ids))
      .execute();
    const byId = new Map(rows.map((row) => [row.id, row]));
    const sealed = await textsOf(rows.map(({ text }) => text));
    const outputs: RecordedOutput[] = [];
    let characters = 0;
    for (const row of ids.flatMap((id) => byId.get(id) ?? [])) {
      const text = readable(seal(), row.text, sealed.get(row.text));
      characters += text?.length ?? 0;
      if (text === undefined || characters > MAX_OUTPUT_CHARACTERS) continue;
      const { path, userModified } = fromJson<{ path: string; userModified?: true }>(row.body);
      outputs.push({
        id: String(row.id),
        principal: row.principal,
        codingAgent: row.coding_agent,
        session: fromJson(row.conversation),
        at: row.at,
        path,
        lines: text.split('\n'),
        ...(row.model !== null && { model: fromJson<string>(row.model) }),
        ...(row.digest !== null && { promptDigest: row.digest }),
        ...(userModified && { isUserModified: true }),
      });
    }
    return outputs;
  }
}

function countOf(kind: SessionEvent['kind']) {
  return sql<number>`(SELECT count(*) FROM ai_events WHERE session_id = s.id AND kind = ${kind})`;
}

function openText(seal: TextSeal, name: string, sealed: Uint8Array | undefined): string {
  if (sealed === undefined) throw new StoreError('store-corrupt', 'a text of a session is missing');
  return seal.open(name, sealed);
}

function readable(seal: TextSeal, name: string, sealed: Uint8Array | undefined): string | undefined {
  try {
    return openText(seal, name, sealed);
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}

interface EventRow {
  readonly event: string;
  readonly kind: string;
  readonly at: number;
  readonly body: string;
  readonly text: string | null;
  readonly digest: string | null;
  readonly prompt_id: string | null;
  readonly commit_oid: string | null;
}

function readEvent(
  row: EventRow,
  pieces: readonly { readonly start: number; readonly text: string }[],
  open: (name: string) => string,
): SessionEvent {
  const base = { id: row.event, at: row.at };
  const kind = row.kind as SessionEvent['kind'];
  const body = fromJson<object>(row.body);
  switch (kind) {
    case 'prompt':
      return { ...base, kind, prompt: open(row.text as string), digest: row.digest as string };
    case 'edit': {
      const added = pieces.map(({ start, text }) => ({ start, lines: open(text).split('\n') }));
      const prompt = row.prompt_id === null ? {} : { promptId: row.prompt_id };
      return { ...base, kind, ...(body as { path: string; tool: string }), ...prompt, added };
    }
    case 'commit':
      return { ...base, kind, ...(body as { files: readonly RecordedFile[] }), commit: row.commit_oid as string };
    case 'session-start':
    case 'session-end':
      return { ...base, kind };
  }
}

type SessionRow = Omit<AiSessionTable, 'id'> & {
  readonly id: number;
  readonly repos: string;
  readonly prompts: number;
  readonly edits: number;
  readonly commits: number;
};

function readSession(row: SessionRow): RecordedSession {
  return {
    id: row.id,
    principal: row.principal,
    key: row.key,
    codingAgent: row.coding_agent,
    conversation: fromJson(row.conversation),
    ...(row.model !== null && { model: fromJson<string>(row.model) }),
    ...(row.tool_version !== null && { toolVersion: fromJson<string>(row.tool_version) }),
    ...(row.human !== null && { human: fromJson<string>(row.human) }),
    repos: fromJson(row.repos),
    firstAt: row.first_at,
    lastAt: row.last_at,
    prompts: row.prompts,
    edits: row.edits,
    commits: row.commits,
  };
}
