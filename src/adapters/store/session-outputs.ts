// What a SessionStore answers of what was recorded in sessions: output that a push may hold, and records of its commits.
import { setImmediate } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { RecordedOutput } from '../../domain/attribution/matching/recorded-output.ts';
import type { CommitRecord, RecordedFile } from '../../domain/attribution/sessions/session-record.ts';
import type { SessionStore } from '../../domain/ports.ts';
import { fromJson, isStorable, oneOf, type Schema } from './schema.ts';
import { readableText, textsOf } from './session-texts.ts';
import type { TextSeal } from './text-seal.ts';

type Queries = Pick<SessionStore, 'commitRecords' | 'hasOutput' | 'outputsWith'>;

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

export function createOutputQueries(database: Kysely<Schema>, seal: () => TextSeal): Queries {
  return {
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
      .select(['p.digest', 'e.signed_by'])
      .where('o.id', 'in', oneOf(ids))
      .execute();
    const byId = new Map(rows.map((row) => [row.id, row]));
    const sealed = await textsOf(
      database,
      rows.map(({ text }) => text),
    );
    const outputs: RecordedOutput[] = [];
    let characters = 0;
    for (const row of ids.flatMap((id) => byId.get(id) ?? [])) {
      const text = readableText(seal(), row.text, sealed.get(row.text));
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
        witness: row.signed_by === null ? { by: 'sender' } : { by: 'key', fingerprint: row.signed_by },
        ...(row.model !== null && { model: fromJson<string>(row.model) }),
        ...(row.digest !== null && { promptDigest: row.digest }),
        ...(userModified && { isUserModified: true }),
      });
    }
    return outputs;
  }
}
