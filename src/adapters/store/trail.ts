// Trail over SQLite: appends through the writer, which gives every entry its place; searches by the copied columns,
// answers from the hashed line; verifies page by page, so that a long trail does not hold up the gateway.
import { setImmediate } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { checkEntry, draftEntry, EMPTY_HEAD, parseEntry, type TrailHead } from '../../domain/audit/chain.ts';
import type { RecordedEntry } from '../../domain/audit/entry.ts';
import type { Clock, Trail } from '../../domain/ports.ts';
import { readAnchor } from './anchor.ts';
import { boundedLimit, type Schema, type TrailTable } from './schema.ts';
import { anchorFault, searchable } from './write-connection.ts';
import type { Writer } from './writer.ts';

/** Entries hashed between two turns of the event loop; some 20 ms. */
const VERIFY_PAGE = 500;

export function createTrail(database: Kysely<Schema>, writer: Writer, clock: Clock, auditDir: string): Trail {
  return {
    async append(entry) {
      const reply = await writer.submit({ steps: [], entries: [draftEntry(entry, clock.now())] });
      const line = reply.outcome === 'committed' ? reply.lines[0] : undefined;
      if (line === undefined) throw new TypeError('an append without conditions was not met');
      return parseEntry(line.text, line.hash);
    },

    async search(filter) {
      const { types, pushId, repo, actor, since, until, from } = filter;
      if (types?.length === 0) return [];
      let query = database.selectFrom('trail').select(['line', 'hash']);
      if (types !== undefined) query = query.where('type', 'in', types);
      if (pushId !== undefined) query = query.where('push_id', '=', pushId);
      if (repo !== undefined) query = query.where('repo', '=', searchable(repo));
      if (actor !== undefined) query = query.where('actor', '=', searchable(actor));
      if (since !== undefined) query = query.where('at', '>=', since);
      if (until !== undefined) query = query.where('at', '<=', until);
      if (from !== undefined) query = query.where('idx', '>=', from);
      const rows = await query.orderBy('idx').limit(boundedLimit(filter.limit)).execute();
      return rows.map((row) => parseEntry(row.line, row.hash));
    },

    async verify() {
      // The anchor first, the end of the trail after it: the anchor is always written after what it covers, so a sound
      // trail reaches it, however many entries are appended meanwhile.
      const anchor = readAnchor(auditDir);
      const last = await database.selectFrom('trail').select('idx').orderBy('idx', 'desc').limit(1).executeTakeFirst();
      const end = last?.idx ?? -1;
      let head: TrailHead = EMPTY_HEAD;
      let after = Number.MIN_SAFE_INTEGER;
      let anchoredHash: string | undefined;
      const fault = (index: number, text: string) => ({ ...head, fault: { index, text } });

      for (;;) {
        const page = await database
          .selectFrom('trail')
          .selectAll()
          .where('idx', '>', after)
          .where('idx', '<=', end)
          .orderBy('idx')
          .limit(VERIFY_PAGE)
          .execute();
        for (const row of page) {
          if (row.idx !== head.entries) return fault(head.entries, `entry ${head.entries} is missing`);
          const check = checkEntry(row.line, row.hash, head);
          if (!check.sound) return fault(row.idx, check.text);
          if (!isCopiedFaithfully(row, check.entry)) {
            return fault(row.idx, `entry ${row.idx} is filed under other columns than it says: they were changed`);
          }
          head = check.head;
          if (anchor.state === 'anchored' && anchor.head.entries === head.entries) anchoredHash = head.head;
        }
        if (page.length < VERIFY_PAGE) break;
        after = page.at(-1)?.idx ?? after;
        await setImmediate();
      }
      const contradiction = anchorFault(anchor, () => anchoredHash);
      if (contradiction === undefined) return head;
      const isCut = anchor.state === 'anchored' && anchor.head.entries > head.entries;
      const index = anchor.state === 'anchored' && !isCut ? anchor.head.entries - 1 : head.entries;
      return fault(index, isCut ? `${contradiction}; the trail ends after ${head.entries}` : contradiction);
    },
  };
}

/** A search that finds less than the trail holds would be as good as a deletion. */
function isCopiedFaithfully(row: TrailTable, entry: RecordedEntry): boolean {
  return (
    row.at === entry.at &&
    row.type === entry.type &&
    row.actor === (entry.actor === undefined ? null : searchable(entry.actor)) &&
    row.repo === (entry.repo === undefined ? null : searchable(entry.repo)) &&
    row.push_id === (entry.pushId ?? null)
  );
}
