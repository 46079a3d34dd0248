// Recorded sessions of coding agents: taken from recorders, listed and shown. Who may do what is decided in
// conversation/ai-sessions.ts.
import { z } from 'zod';
import { createAiSessions } from '../../conversation/ai-sessions.ts';
import { mayEverywhere } from '../../domain/access.ts';
import { SESSION_BOUNDS, type SessionFacts } from '../../domain/attribution/sessions/session-event.ts';
import { MOMENT_EXAMPLES, parseMoment } from '../../domain/units.ts';
import { visibleText } from '../../protocol/bytes.ts';
import {
  type BatchJson,
  batchJson,
  eventOf,
  eventToJson,
  recordedJson,
  SESSION_KEY,
  type SessionJson,
  sessionJson,
  sessionPageJson,
  sessionToJson,
} from './ai-session-json.ts';
import type { ApiDeps } from './deps.ts';
import { notFound, Problem } from './problem.ts';
import { createRecordingLimit, type RecordingLimit } from './recording-limit.ts';
import { type Route, route } from './route.ts';

const key = z.string().regex(SESSION_KEY, 'must be the key of a session');
const ofOne = z.object({ principal: z.string().max(256), key });

const listQuery = z.strictObject({
  principal: z.string().max(256).optional(),
  repo: z.string().max(1024).optional(),
  since: z.string().max(64).describe('an RFC 3339 time, a date, or a duration before now such as 90d').optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.coerce.number().int().min(1).optional().describe('only sessions with a smaller number: the next page'),
});

const pageQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0).describe('only events behind this position: the next page'),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});

/** Pages of the store read for one answer: somebody who may see little must not make us read everything. */
const MAX_PAGES = 20;
const PAGE = 500;

export function aiSessionRoutes(deps: ApiDeps): readonly Route[] {
  const { sessions, access, clock } = deps;
  const limit: RecordingLimit = deps.recordingLimit ?? createRecordingLimit();
  const rules = createAiSessions({
    ...deps,
    auditsEverything: (principal) => mayEverywhere(principal, 'audit', access),
  });

  const record = route({
    method: 'POST',
    path: '/api/v1/ai/sessions/:key/events',
    summary: 'Record events of your coding agent’s session; each id once. May be signed (header Sallyport-Signature)',
    params: z.object({ key }),
    body: batchJson,
    maxBodyBytes: SESSION_BOUNDS.bodyBytes,
    answer: { status: 202, schema: recordedJson },
    async run({ principal, params, body, bytes, request }) {
      if (deps.diskIsLow?.())
        throw new Problem(503, 'the disk of the gateway is nearly full; hint: send it again later');
      const wait = limit.take(principal.name, bytes.length, clock.now());
      if (wait > 0) {
        const headers = { 'retry-after': String(Math.ceil(wait / 1000)) };
        throw new Problem(429, 'too much was recorded by you in a short time', { headers });
      }
      const signature = request.headers['sallyport-signature'];
      const result = await rules.record(principal, {
        key: params.key,
        facts: factsOf(body),
        events: body.events.map(eventOf),
        body: bytes,
        ...(typeof signature === 'string' && { signature }),
      });
      if (result.outcome === 'refused') throw new Problem(422, visibleText(result.reason));
      const { accepted, known, signature: vouched } = result;
      const commits = body.events.flatMap((event) => (event.kind === 'commit' ? event.commit : []));
      if (accepted > 0 && commits.length > 0) deps.onCommitsRecorded?.(commits);
      return { status: 202, body: { accepted, known, signature: vouched } };
    },
  });

  const list = route({
    method: 'GET',
    path: '/api/v1/ai/sessions',
    summary:
      'Recorded sessions that you may see, newest first: your own, your agents’, those of repositories you audit',
    query: listQuery,
    answer: { status: 200, schema: z.array(sessionJson) },
    async run({ principal, query: { principal: of, repo, since, limit: wanted, before: from } }) {
      const filter = {
        limit: PAGE,
        ...(of !== undefined && { principal: of }),
        ...(repo !== undefined && { repo }),
        ...(since !== undefined && { since: momentOf(since, clock.now()) }),
      };
      const found: SessionJson[] = [];
      let before = from;
      for (let page = 0; page < MAX_PAGES && found.length < wanted; page++) {
        const some = await sessions.list({ ...filter, ...(before !== undefined && { before }) });
        for (const session of some) {
          const seen = await rules.visible(principal, session);
          // Asked for a repository they may not audit, nothing must tell that it is in somebody's session.
          if (seen !== undefined && (repo === undefined || seen.repos.includes(repo))) found.push(sessionToJson(seen));
        }
        before = some.at(-1)?.id;
        if (some.length < PAGE) break;
      }
      return { status: 200, body: found.slice(0, wanted) };
    },
  });

  const show = route({
    method: 'GET',
    path: '/api/v1/ai/sessions/:principal/:key',
    summary: 'One session with its prompts and code. Reading somebody else’s is recorded',
    params: ofOne,
    query: pageQuery,
    answer: { status: 200, schema: sessionPageJson },
    async run({ principal, params, query: { after, limit: most } }) {
      const page = await rules.read(principal, params, { after, limit: most });
      if (page === undefined) throw notFound();
      const { session, events, next } = page;
      const shown = { session: sessionToJson(session), events: events.map(eventToJson) };
      return { status: 200, body: { ...shown, ...(next !== undefined && { next }) } };
    },
  });

  return [record, list, show];
}

function factsOf({ codingAgent, conversation, model, toolVersion, repo, human }: BatchJson): SessionFacts {
  return {
    codingAgent,
    conversation,
    ...(model !== undefined && { model }),
    ...(toolVersion !== undefined && { toolVersion }),
    ...(repo !== undefined && { repo }),
    ...(human !== undefined && { human }),
  };
}

function momentOf(text: string, now: number): number {
  const at = parseMoment(text, now);
  if (at === undefined) throw new Problem(400, `not a time; hint: ${MOMENT_EXAMPLES}`);
  return at;
}
