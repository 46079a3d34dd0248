// Granted exceptions: those that this caller may see, and revoking them. What may be done is decided in
// conversation/exceptions.ts.
import { z } from 'zod';
import { createExceptions, type RevokeResult } from '../../conversation/exceptions.ts';
import type { SecretException } from '../../domain/push/exception.ts';
import { visibleText } from '../../protocol/bytes.ts';
import type { ApiDeps } from './deps.ts';
import { EXCEPTION_STATES, exceptionJson, exceptionToJson } from './exception-json.ts';
import { notFound, Problem } from './problem.ts';
import { type Answer, type Route, route } from './route.ts';

const idParam = z.object({
  id: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'must be the number of an exception')
    .transform(Number),
});

const listQuery = z.strictObject({
  repo: z.string().max(1024).optional(),
  state: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(EXCEPTION_STATES)))
    .describe('one state, or several with commas')
    .optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.coerce.number().int().min(1).optional().describe('only exceptions with a smaller number: the next page'),
});

/** Pages of the store read for one answer: somebody who may see little must not make us read everything. */
const MAX_PAGES = 20;
const PAGE = 500;

export function exceptionRoutes({ exceptions, access }: ApiDeps): readonly Route[] {
  const rules = createExceptions({ exceptions, access });

  const list = route({
    method: 'GET',
    path: '/api/v1/exceptions',
    summary: 'Exceptions from the search for secrets that you may see, newest first',
    query: listQuery,
    answer: { status: 200, schema: z.array(exceptionJson) },
    async run({ principal, query: { repo, state, limit, before: from } }) {
      const found: SecretException[] = [];
      let before = from;
      for (let page = 0; page < MAX_PAGES && found.length < limit; page++) {
        const some = await exceptions.list({
          limit: PAGE,
          ...(repo !== undefined && { repo }),
          ...(state && { states: state }),
          ...(before !== undefined && { before }),
        });
        found.push(...some.filter((exception) => rules.canSee(principal, exception)));
        before = some.at(-1)?.id;
        if (some.length < PAGE) break;
      }
      return { status: 200, body: found.slice(0, limit).map(exceptionToJson) };
    },
  });

  const revoke = route({
    method: 'DELETE',
    path: '/api/v1/exceptions/:id',
    summary: 'Revoke an exception: what it covered counts again',
    params: idParam,
    answer: { status: 204 },
    run: async ({ principal, params }) => revoked(await rules.revoke(principal, params.id)),
  });

  return [list, revoke];
}

function revoked(result: RevokeResult): Answer {
  switch (result.outcome) {
    case 'done':
      return { status: 204 };
    case 'not-found':
      throw notFound();
    case 'refused':
      throw new Problem(403, visibleText(result.reason));
    case 'conflict':
      throw new Problem(409, `this exception is ${result.state} already`);
  }
}
