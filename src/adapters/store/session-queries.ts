// What a SessionStore answers of sessions. Every answer is bounded, in rows and in the bytes of the texts that are opened for it.
import { type Kysely, sql } from 'kysely';
import type { SessionEvent } from '../../domain/attribution/sessions/session-event.ts';
import type { RecordedEvent, RecordedFile, RecordedSession } from '../../domain/attribution/sessions/session-record.ts';
import type { SessionStore } from '../../domain/ports.ts';
import { type AiSessionTable, boundedLimit, fromJson, isStorable, type Schema } from './schema.ts';
import { openText, textsOf } from './session-texts.ts';
import type { TextSeal } from './text-seal.ts';

type Queries = Pick<SessionStore, 'list' | 'find' | 'events'>;

/** Characters of texts in one answer of events(). */
const MAX_PAGE_CHARACTERS = 4 * 1024 * 1024;
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
        const sealed = await textsOf(database, [
          ...(row.text === null ? [] : [row.text]),
          ...pieces.map(({ text }) => text),
        ]);
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
  };
}

function countOf(kind: SessionEvent['kind']) {
  return sql<number>`(SELECT count(*) FROM ai_events WHERE session_id = s.id AND kind = ${kind})`;
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
