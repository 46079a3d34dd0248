// The queue: pushes that this caller may see, and the acts on them. What may be done is decided in
// conversation/review.ts, for every entry point alike.
import { z } from 'zod';
import { type BreakGlassReview, reviewBreakGlass } from '../../conversation/break-glass.ts';
import type { ReviewResult } from '../../conversation/review.ts';
import { PUSH_STATES, type Push } from '../../domain/push/push.ts';
import { maskDiff } from '../../domain/secrets/mask-diff.ts';
import { visibleText } from '../../protocol/bytes.ts';
import { settingsOf } from './account-settings.ts';
import type { ApiDeps } from './deps.ts';
import { explanationJson, explanationToJson } from './explanation-json.ts';
import { idParam, seenPush } from './one-push.ts';
import { notFound, Problem } from './problem.ts';
import { diffJson, pushJson, pushToJson } from './push-json.ts';
import { type Answer, type Route, route } from './route.ts';

const comment = z.string().max(4096, 'must be at most 4096 characters');

const stateList = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(PUSH_STATES)))
  .describe('one state, or several with commas');

const listQuery = z.strictObject({
  state: stateList.optional(),
  repo: z.string().max(1024).optional(),
  principal: z.string().max(256).optional(),
  unreviewed: z.stringbool().optional().describe('only those that went by break-glass and wait for a review'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.coerce.number().int().min(1).optional().describe('only pushes with a smaller number: the next page'),
});

/** Pages of the store read for one answer: somebody who may see little must not make us read everything. */
const MAX_PAGES = 20;
const PAGE = 500;

export function pushRoutes(deps: ApiDeps): readonly Route[] {
  const { review } = deps;

  const list = route({
    method: 'GET',
    path: '/api/v1/pushes',
    summary: 'Pushes that you may see, newest first',
    query: listQuery,
    answer: { status: 200, schema: z.array(pushJson) },
    async run({ principal, query }) {
      const found: Push[] = [];
      let before = query.before;
      for (let page = 0; page < MAX_PAGES && found.length < query.limit; page++) {
        const pushes = await deps.pushes.list({
          limit: PAGE,
          ...(query.state && { states: query.state }),
          ...(query.repo !== undefined && { repo: query.repo }),
          ...(query.principal !== undefined && { principal: query.principal }),
          ...(query.unreviewed === true && { unreviewed: true }),
          ...(before !== undefined && { before }),
        });
        found.push(...pushes.filter((push) => review.canSee(principal, push)));
        before = pushes.at(-1)?.id;
        if (pushes.length < PAGE) break;
      }
      return { status: 200, body: found.slice(0, query.limit).map(pushToJson) };
    },
  });

  const show = route({
    method: 'GET',
    path: '/api/v1/pushes/:id',
    summary: 'One push',
    params: idParam,
    answer: { status: 200, schema: pushJson },
    async run({ principal, params }) {
      return { status: 200, body: pushToJson(await seenPush(deps, params.id, principal)) };
    },
  });

  const diff = route({
    method: 'GET',
    path: '/api/v1/pushes/:id/diff',
    summary: 'What each ref update changes, as unified diffs',
    params: idParam,
    answer: { status: 200, schema: diffJson },
    async run({ principal, params }) {
      const push = await seenPush(deps, params.id, principal);
      const updates = await deps.diff.diff(push);
      if (!updates) throw new Problem(404, 'the objects of this push are no longer at hand');
      const masked = updates.map((update) => ({ ...update, text: maskDiff(update.text, deps.mask) }));
      return { status: 200, body: { id: push.id, updates: masked } };
    },
  });

  const explain = route({
    method: 'GET',
    path: '/api/v1/pushes/:id/explain',
    summary: 'Why this verdict: which rules matched, and on what',
    params: idParam,
    answer: { status: 200, schema: explanationJson },
    async run({ principal, params }) {
      const push = await seenPush(deps, params.id, principal);
      const inputs = await deps.recordings.loadInputs(push.id);
      return { status: 200, body: explanationToJson(push, inputs, deps.policy()) };
    },
  });

  const approve = route({
    method: 'POST',
    path: '/api/v1/pushes/:id/approve',
    summary: 'Approve a held push, exactly as it is',
    params: idParam,
    body: z.strictObject({ comment: comment.default('') }),
    answer: { status: 200, schema: pushJson },
    run: async ({ principal, params, body }) => reviewed(await review.approve(principal, params.id, body.comment)),
  });

  const reject = route({
    method: 'POST',
    path: '/api/v1/pushes/:id/reject',
    summary: 'Reject a held push, with the reason',
    params: idParam,
    body: z.strictObject({ comment: comment.default('') }),
    answer: { status: 200, schema: pushJson },
    run: async ({ principal, params, body }) => reviewed(await review.reject(principal, params.id, body.comment)),
  });

  const withdraw = route({
    method: 'POST',
    path: '/api/v1/pushes/:id/withdraw',
    summary: 'Take back your own held push',
    params: idParam,
    body: z.strictObject({}),
    answer: { status: 200, schema: pushJson },
    run: async ({ principal, params }) => reviewed(await review.withdraw(principal, params.id)),
  });

  const afterwards = route({
    method: 'POST',
    path: '/api/v1/pushes/:id/review',
    summary: 'Say that you have looked at a push that went by break-glass',
    params: idParam,
    body: z.strictObject({ comment: comment.default('') }),
    answer: { status: 200, schema: pushJson },
    async run({ principal, params, body }) {
      const { pushes, clock } = deps;
      const { breakGlass } = settingsOf(deps);
      const parts = { pushes, clock, canSee: review.canSee, ...(breakGlass && { breakGlass }) };
      return lookedAt(await reviewBreakGlass(parts, principal, params.id, body.comment));
    },
  });

  return [list, show, diff, explain, approve, reject, withdraw, afterwards];
}

function lookedAt(result: BreakGlassReview): Answer {
  if (result.outcome === 'conflict') throw new Problem(409, result.reason);
  return reviewed(result);
}

function reviewed(result: ReviewResult): Answer {
  switch (result.outcome) {
    case 'done':
      return { status: 200, body: pushToJson(result.push) };
    case 'not-found':
      throw notFound();
    case 'refused':
      throw new Problem(403, visibleText(result.reason));
    case 'conflict':
      throw new Problem(409, `this push is ${result.state}, no longer held`);
  }
}
