// Rights of coding agents for a time. Who may do what is decided in conversation/access-grants.ts.
import { z } from 'zod';
import { createAccessGrants, type GrantResult } from '../../conversation/access-grants.ts';
import type { AccessGrant } from '../../domain/access-grant.ts';
import { parseDuration } from '../../domain/units.ts';
import { visibleText } from '../../protocol/bytes.ts';
import { userName } from './account-json.ts';
import { settingsOf } from './account-settings.ts';
import type { ApiDeps } from './deps.ts';
import { grantJson, grantState, grantToJson } from './grant-json.ts';
import { notFound, Problem } from './problem.ts';
import { type Answer, type Route, route } from './route.ts';

const idParam = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });
const patterns = z.array(z.string().min(1).max(1024)).min(1).max(100);

export function grantRoutes(deps: ApiDeps): readonly Route[] {
  const { grants, directory, access, clock, review } = deps;
  const settings = settingsOf(deps).grants;
  const onRevoked = (principal: string) => review.settleAllOf(principal);
  const rules = createAccessGrants({ grants, directory, access, clock, settings, onRevoked });

  const list = route({
    method: 'GET',
    path: '/api/v1/grants',
    summary: 'Grants and requests that you may see, newest first',
    query: z.strictObject({
      principal: userName.optional(),
      state: z
        .string()
        .transform((text) => text.split(','))
        .pipe(z.array(grantState))
        .describe('one state, or several with commas')
        .optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
    answer: { status: 200, schema: z.array(grantJson) },
    async run({ principal, query: { principal: of, state, limit } }) {
      const some = await grants.list({ ...(of !== undefined && { principal: of }), ...(state && { states: state }) });
      const seen: AccessGrant[] = [];
      for (const grant of some) if (await rules.canSee(principal, grant)) seen.push(grant);
      return { status: 200, body: seen.slice(0, limit).map(grantToJson) };
    },
  });

  const ask = route({
    method: 'POST',
    path: '/api/v1/grants',
    summary: 'Ask for a grant for a coding agent: yours, yourself, or any when you are of those who give it',
    body: z.strictObject({
      principal: userName.describe('the coding agent'),
      repos: patterns.describe('globs over repositories'),
      refs: patterns.optional().describe('globs over refs; copilot/* is refs/heads/copilot/*. Default: any'),
      paths: patterns.optional().describe('as in a policy. Default: any'),
      for: z.string().max(32).describe('a duration such as 2h'),
      reason: z.string().max(2000).default(''),
    }),
    answer: { status: 201, schema: grantJson },
    async run({ principal, body: { for: text, refs, paths, ...rest } }) {
      const lifetime = parseDuration(text);
      if (lifetime === undefined) throw new Problem(422, 'for must be a duration such as 2h');
      const asked = { ...rest, lifetime, ...(refs && { refs }), ...(paths && { paths }) };
      return answered(await rules.ask(principal, asked), 201);
    },
  });

  const give = route({
    method: 'POST',
    path: '/api/v1/grants/:id/give',
    summary: 'Give what was asked for: its time begins',
    params: idParam,
    body: z.strictObject({}),
    answer: { status: 200, schema: grantJson },
    run: async ({ principal, params }) => answered(await rules.give(principal, params.id), 200),
  });

  const end = route({
    method: 'DELETE',
    path: '/api/v1/grants/:id',
    summary: 'Refuse a request, revoke a grant',
    params: idParam,
    answer: { status: 204 },
    async run({ principal, params }) {
      answered(await rules.end(principal, params.id), 200);
      return { status: 204 };
    },
  });

  return [list, ask, give, end];
}

function answered(result: GrantResult, status: number): Answer {
  switch (result.outcome) {
    case 'done':
      return { status, body: grantToJson(result.grant) };
    case 'not-found':
      throw notFound();
    case 'refused':
      throw new Problem(403, visibleText(result.reason));
    case 'conflict':
      throw new Problem(409, `this grant is ${result.state}`);
  }
}
