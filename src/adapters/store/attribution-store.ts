// AttributionStore over SQLite: every answer about who wrote a push, one after the other, and what is remembered of its
// lines so that they are known again after a rebase. Documents are deflated JSON: they are read one at a time, by people.
import { type Kysely, sql } from 'kysely';
import type { CarriedRow } from '../../domain/attribution/carry/carried-row.ts';
import { draftEntry } from '../../domain/audit/chain.ts';
import type { AttributionCause, AttributionStore, Clock, RepoKey } from '../../domain/ports.ts';
import { packDocument, unpackDocument } from './packed-document.ts';
import { isStorable, MAX_ROWS, oneOf, type Schema, toJson } from './schema.ts';
import { takingTurns } from './turns.ts';
import type { Step } from './write-connection.ts';
import { step, type Writer } from './writer.ts';

type Remembered = Parameters<AttributionStore['remember']>[1];

/** Rows of one lookup: newest first, and what is older is not known again. */
const MAX_REMEMBERED = 2_000;

export function createAttributionStore(database: Kysely<Schema>, writer: Writer, clock: Clock): AttributionStore {
  const ofRepo = (key: RepoKey) => isStorable(key.upstream) && isStorable(key.repo);
  return {
    async revise(id, { cause, summary, attribution }, entry) {
      const shown = database
        .updateTable('pushes')
        .set({ attribution: toJson(summary) })
        .where('id', '=', id);
      const insert = sql`
        INSERT INTO attributions (push_id, revision, at, cause, document)
        SELECT ${id}, coalesce(max(revision), 0) + 1, ${clock.now()}, ${cause}, ${packDocument(attribution)}
        FROM attributions WHERE push_id = ${id}`.compile(database);
      const reply = await writer.submit({
        steps: [step(shown.compile(), 1), step(insert, 1)],
        entries: [draftEntry({ ...entry, pushId: id }, clock.now())],
      });
      return reply.outcome === 'committed';
    },

    async latest(id) {
      if (!Number.isSafeInteger(id)) return undefined;
      const row = await database
        .selectFrom('attributions')
        .selectAll()
        .where('push_id', '=', id)
        .orderBy('revision', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const { revision, at, document } = row;
      return { revision, at, cause: row.cause as AttributionCause, attribution: unpackDocument(document) };
    },

    async remember(key, what) {
      const steps = [...(await rowSteps(database, key, what, clock.now())), ...noteSteps(database, key, what)];
      if (steps.length > 0) await writer.submit({ steps, entries: [] });
    },

    async remembered(key, { patchIds, names }) {
      if (!ofRepo(key) || (patchIds.length === 0 && names.length === 0)) return [];
      const wanted = names.map((name) => toJson(name));
      const rows = await database
        .selectFrom('remembered_files')
        .select('row')
        .where('upstream', '=', key.upstream)
        .where('repo', '=', key.repo)
        .where((builder) =>
          builder.or([builder('name', 'in', oneOf(wanted)), builder('patch_id', 'in', oneOf(patchIds))]),
        )
        .orderBy('id', 'desc')
        .limit(MAX_REMEMBERED)
        .execute();
      const turn = takingTurns();
      const unpacked: CarriedRow[] = [];
      for (const { row } of rows) {
        unpacked.push(unpackDocument(row));
        await turn();
      }
      return unpacked;
    },

    async notesAbout(key, commits) {
      if (!ofRepo(key) || commits.length === 0) return [];
      return database
        .selectFrom('notes')
        .select(['about', 'ref', 'blob'])
        .where('upstream', '=', key.upstream)
        .where('repo', '=', key.repo)
        .where('about', 'in', oneOf(commits))
        .orderBy('push_id', 'desc')
        .limit(MAX_ROWS)
        .execute();
    },

    async pushesOf(key, commits) {
      if ((key !== undefined && !ofRepo(key)) || commits.length === 0) return [];
      let query = database.selectFrom('pushed_commits').select('push_id').distinct().where('oid', 'in', oneOf(commits));
      if (key !== undefined) query = query.where('upstream', '=', key.upstream).where('repo', '=', key.repo);
      const rows = await query.orderBy('push_id', 'desc').limit(MAX_ROWS).execute();
      return rows.map((row) => row.push_id);
    },

    async forget(before) {
      const rows = database.deleteFrom('remembered_files').where('at', '<', before);
      await writer.submit({ steps: [step(rows.compile())], entries: [] });
    },
  };
}

/** The commits that a push brings, for whoever asks later which push it was: a part of the transaction that decides it. */
export function pushedCommitSteps(database: Kysely<Schema>, push: number, commits: readonly string[]): readonly Step[] {
  if (commits.length === 0) return [];
  const insert = sql`
    INSERT INTO pushed_commits (upstream, repo, oid, push_id)
    SELECT pushes.upstream, pushes.repo, each.value, pushes.id
    FROM pushes, json_each(${toJson(commits)}) AS each WHERE pushes.id = ${push}
    ON CONFLICT DO NOTHING`.compile(database);
  return [step(insert)];
}

/** A commit that is looked at again is remembered as it is known now. */
async function rowSteps(database: Kysely<Schema>, key: RepoKey, what: Remembered, at: number): Promise<Step[]> {
  const turn = takingTurns();
  const steps: Step[] = [];
  for (const { commit, path = '', name = '', patchId, ...rest } of what.rows) {
    const row = packDocument({ commit, ...(path !== '' && { path, name }), patchId, ...rest });
    const about = { push_id: what.push, at, patch_id: patchId, row };
    const insert = database
      .insertInto('remembered_files')
      .values({ upstream: key.upstream, repo: key.repo, oid: commit, path: toJson(path), name: toJson(name), ...about })
      .onConflict((conflict) => conflict.columns(['upstream', 'repo', 'oid', 'path']).doUpdateSet(about));
    steps.push(step(insert.compile(), 1));
    await turn();
  }
  return steps;
}

function noteSteps(database: Kysely<Schema>, { upstream, repo }: RepoKey, what: Remembered): readonly Step[] {
  if (what.notes.length === 0) return [];
  // Names of refs have a grammar, but not one that every column can hold.
  const notes = what.notes.filter(({ ref }) => isStorable(ref));
  const insert = sql`
    INSERT INTO notes (upstream, repo, about, ref, blob, push_id)
    SELECT ${upstream}, ${repo}, value ->> 'about', value ->> 'ref', value ->> 'blob', ${what.push}
    FROM json_each(${toJson(notes)}) WHERE true
    ON CONFLICT DO NOTHING`.compile(database);
  return [step(insert)];
}
