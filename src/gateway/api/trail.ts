// The trail, for auditors: search and verification.
import { z } from 'zod';
import { may } from '../../domain/access.ts';
import { ENTRY_TYPES, type RecordedEntry } from '../../domain/audit/entry.ts';
import { MOMENT_EXAMPLES, parseMoment } from '../../domain/units.ts';
import { mayAudit, mayReadTrail } from './authorise.ts';
import type { ApiDeps } from './deps.ts';
import { Problem } from './problem.ts';
import { type Route, route } from './route.ts';
import { entryJson, entryToJson, verifyJson } from './trail-json.ts';

const types = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(ENTRY_TYPES)))
  .describe('one type, or several with commas');

const time = z.string().max(64).describe('an RFC 3339 time, a date, or a duration before now such as 90d');

const searchQuery = z.strictObject({
  type: types.optional(),
  push: z.coerce.number().int().min(1).optional(),
  repo: z.string().max(1024).optional(),
  actor: z.string().max(256).optional(),
  since: time.optional(),
  until: time.optional(),
  from: z.coerce.number().int().min(0).default(0).describe('first index to return: the next page'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

const PAGE = 1000;
const MAX_PAGES = 20;

export function trailRoutes(deps: ApiDeps): readonly Route[] {
  const { trail, access, clock } = deps;

  const search = route({
    method: 'GET',
    path: '/api/v1/audit',
    summary: 'Entries of the trail, oldest first (auditors)',
    query: searchQuery,
    answer: { status: 200, schema: z.array(entryJson) },
    async run({ principal, query }) {
      const everywhere = mayReadTrail(principal, access);
      if (!everywhere && (query.repo === undefined || !may(principal, 'audit', query.repo, access))) {
        throw new Problem(
          403,
          'only an auditor may read the trail; hint: an auditor of single repositories names one with --repo (repo= of the API)',
        );
      }
      const now = clock.now();
      const found: RecordedEntry[] = [];
      let from = query.from;
      for (let page = 0; page < MAX_PAGES && found.length < query.limit; page++) {
        const entries = await trail.search({
          from,
          limit: everywhere ? query.limit : PAGE,
          ...(query.type && { types: query.type }),
          ...(query.push !== undefined && { pushId: query.push }),
          ...(query.repo !== undefined && { repo: query.repo }),
          ...(query.actor !== undefined && { actor: query.actor }),
          ...(query.since !== undefined && { since: momentOf(query.since, now) }),
          ...(query.until !== undefined && { until: momentOf(query.until, now) }),
        });
        found.push(...entries.filter((entry) => mayAudit(principal, entry, access)));
        const last = entries.at(-1);
        if (!last || everywhere) break;
        from = last.index + 1;
      }
      return { status: 200, body: found.slice(0, query.limit).map(entryToJson) };
    },
  });

  const verify = route({
    method: 'GET',
    path: '/api/v1/audit/verify',
    summary: 'Checks the whole trail: every entry, the chain, the anchored head (auditors)',
    answer: { status: 200, schema: verifyJson },
    async run({ principal }) {
      if (!mayReadTrail(principal, access))
        throw new Problem(403, 'only an auditor of everything may verify the trail');
      const { entries, head, fault } = await trail.verify();
      return { status: 200, body: { sound: fault === undefined, entries, head, ...(fault && { fault }) } };
    },
  });

  return [search, verify];
}

function momentOf(text: string, now: number): number {
  const at = parseMoment(text, now);
  if (at === undefined) throw new Problem(400, `not a time; hint: ${MOMENT_EXAMPLES}`);
  return at;
}
