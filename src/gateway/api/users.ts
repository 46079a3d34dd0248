// People, coding agents and services: made, shown, changed, disabled and enabled again, by admins; disabled also by the
// sponsor of a coding agent.
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { createEndings, endPrincipal } from '../../conversation/end-principal.ts';
import { mayEverywhere } from '../../domain/access.ts';
import { adminChanged } from '../../domain/audit/admin-change.ts';
import type { User } from '../../domain/ports.ts';
import { groupName, userDetailJson, userJson, userName, userToJson } from './account-json.ts';
import { hasOtherAdmin, requireAdmin, standingTo } from './account-rules.ts';
import type { ApiDeps } from './deps.ts';
import { grantToJson } from './grant-json.ts';
import { notFound, Problem } from './problem.ts';
import { type Route, route } from './route.ts';

const named = z.object({ name: userName });
const groupNames = z.array(groupName).max(100);

export function userRoutes(deps: ApiDeps): readonly Route[] {
  return [
    listRoute(deps),
    addRoute(deps),
    showRoute(deps),
    setRoute(deps),
    linkRoute(deps),
    disableRoute(deps),
    enableRoute(deps),
  ];
}

function listRoute(deps: ApiDeps): Route {
  return route({
    method: 'GET',
    path: '/api/v1/users',
    summary: 'Local users (admins)',
    answer: { status: 200, schema: z.array(userJson) },
    async run({ principal }) {
      requireAdmin(deps, principal);
      return { status: 200, body: (await deps.directory.listUsers()).map(userToJson) };
    },
  });
}

function addRoute(deps: ApiDeps): Route {
  return route({
    method: 'POST',
    path: '/api/v1/users',
    summary: 'Add a local user (admins)',
    body: z.strictObject({
      name: userName,
      kind: userJson.shape.kind.default('human'),
      sponsor: userName.optional().describe('the human a coding agent acts for'),
      groups: groupNames.default([]),
      grantsOnly: z.boolean().default(false),
    }),
    answer: { status: 201, schema: userJson },
    async run({ principal, body }) {
      requireAdmin(deps, principal);
      await checkSponsor(deps, body.kind, body.sponsor);
      checkGrantsOnly(body.kind, body.grantsOnly);
      const user: User = {
        name: body.name,
        kind: body.kind,
        ...(body.sponsor !== undefined && { sponsor: body.sponsor }),
        groups: [...new Set(body.groups)],
        ...(body.grantsOnly && { grantsOnly: true }),
        createdAt: deps.clock.now(),
      };
      const entry = adminChanged(principal, { change: 'user added', before: null, after: user });
      if ((await deps.directory.addUser(user, entry)) === 'taken') {
        throw new Problem(409, `there is a user ${user.name} already`);
      }
      return { status: 201, body: userToJson(user) };
    },
  });
}

function showRoute(deps: ApiDeps): Route {
  const { directory, grants } = deps;
  return route({
    method: 'GET',
    path: '/api/v1/users/:name',
    summary: 'One user with what they hold: yourself, your coding agents, anybody for admins',
    params: named,
    answer: { status: 200, schema: userDetailJson },
    async run({ principal, params }) {
      const user = await directory.findUser(params.name);
      if (!user || standingTo(deps, principal, params.name, user) === undefined) throw notFound();
      const live = (records: readonly { readonly revokedAt?: number }[]) =>
        records.filter(({ revokedAt }) => revokedAt === undefined).length;
      const body = {
        ...userToJson(user),
        codingAgents: (await directory.listUsers())
          .filter(({ sponsor }) => sponsor === user.name)
          .map(({ name }) => name),
        tokens: live(await directory.listTokens(user.name)),
        keys: live(await directory.listKeys(user.name)),
        grants: (await grants.list({ principal: user.name, states: ['asked', 'valid'] })).map(grantToJson),
      };
      return { status: 200, body };
    },
  });
}

function setRoute(deps: ApiDeps): Route {
  const { directory, access } = deps;
  return route({
    method: 'POST',
    path: '/api/v1/users/:name',
    summary: 'Change the groups of a user, or whether a coding agent has rights by grants only (admins)',
    params: named,
    body: z.strictObject({ groups: groupNames.optional(), grantsOnly: z.boolean().optional() }),
    answer: { status: 200, schema: userJson },
    async run({ principal, params, body }) {
      requireAdmin(deps, principal);
      const before = await directory.findUser(params.name);
      if (!before) throw notFound();
      const { grantsOnly: was = false, ...rest } = before;
      const grantsOnly = body.grantsOnly ?? was;
      checkGrantsOnly(before.kind, grantsOnly);
      const groups = body.groups === undefined ? before.groups : [...new Set(body.groups)];
      const after: User = { ...rest, groups, ...(grantsOnly && { grantsOnly }) };
      const loses = mayEverywhere(before, 'admin', access) && !mayEverywhere(after, 'admin', access);
      if (loses && !(await hasOtherAdmin(deps, before.name))) throw lastAdmin();
      if (isDeepStrictEqual(before, after)) return { status: 200, body: userToJson(before) };
      const entry = adminChanged(principal, { change: 'user changed', before, after });
      if (!(await directory.changeUser(before, after, entry))) {
        throw new Problem(409, 'somebody has changed this user meanwhile; hint: look again');
      }
      return { status: 200, body: userToJson(after) };
    },
  });
}

function linkRoute(deps: ApiDeps): Route {
  return route({
    method: 'POST',
    path: '/api/v1/users/:name/identities',
    summary: 'Let an identity of a provider be this user (admins)',
    params: named,
    body: z.strictObject({
      provider: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be the name of a provider'),
      subject: z.string().min(1).max(255).describe('what the provider calls it, for good'),
    }),
    answer: { status: 201, schema: userJson },
    async run({ principal, params, body }) {
      requireAdmin(deps, principal);
      const user = await deps.directory.findUser(params.name);
      if (!user) throw notFound();
      if (user.kind !== 'human') throw new Problem(422, 'only a human logs in with a provider');
      // Never seen: its groups come with the first login.
      const identity = { ...body, name: user.name, groups: [], at: 0 };
      const change = { change: 'identity linked', before: null, after: { user: user.name, ...body } };
      const added = await deps.identities.add(identity, user.name, adminChanged(principal, change));
      if (added === 'taken') throw new Problem(409, 'this identity is a user already');
      return { status: 201, body: userToJson(user) };
    },
  });
}

function disableRoute(deps: ApiDeps): Route {
  const endings = deps.endings ?? createEndings();
  return route({
    method: 'POST',
    path: '/api/v1/users/:name/disable',
    summary:
      'End a user at once, with everything they sponsor: credentials, connections, holds and grants (admins; a sponsor their coding agent)',
    params: named,
    body: z.strictObject({ reason: z.string().max(2000).optional() }),
    answer: { status: 200, schema: userJson },
    async run({ principal, params, body }) {
      const before = await deps.directory.findUser(params.name);
      const standing = standingTo(deps, principal, params.name, before);
      if (standing === undefined)
        throw new Problem(403, 'only an admin, or the sponsor of a coding agent, may do this');
      if (standing === 'self') throw new Problem(403, 'nobody disables themselves; hint: ask another admin');
      // Providers give groups, too.
      const known = before && (await deps.identity.principalOf(before.name));
      if (known && mayEverywhere(known, 'admin', deps.access) && !(await hasOtherAdmin(deps, known.name))) {
        throw lastAdmin();
      }
      await endPrincipal({ ...deps, endings }, params.name, principal, body.reason);
      const user = await deps.directory.findUser(params.name);
      if (!user) throw notFound();
      return { status: 200, body: userToJson(user) };
    },
  });
}

function enableRoute(deps: ApiDeps): Route {
  const { directory } = deps;
  return route({
    method: 'POST',
    path: '/api/v1/users/:name/enable',
    summary: 'Enable a user again, without the credentials and grants they had, nor whom they sponsor (admins)',
    params: named,
    body: z.strictObject({}),
    answer: { status: 200, schema: userJson },
    async run({ principal, params }) {
      requireAdmin(deps, principal);
      const before = await directory.findUser(params.name);
      if (!before) throw notFound();
      const { disabledAt, ...after } = before;
      if (disabledAt !== undefined) {
        await directory.enableUser(before.name, adminChanged(principal, { change: 'user enabled', before, after }));
      }
      return { status: 200, body: userToJson(after) };
    },
  });
}

function lastAdmin(): Problem {
  return new Problem(403, 'nobody else could administer then; hint: make another admin first');
}

function checkGrantsOnly(kind: User['kind'], grantsOnly: boolean): void {
  if (grantsOnly && kind !== 'coding-agent') throw new Problem(422, 'only a coding agent has rights by grants only');
}

/** The chain of responsibility ends at a human: a coding agent has a sponsor, who is one. */
async function checkSponsor(deps: ApiDeps, kind: User['kind'], sponsor: string | undefined): Promise<void> {
  if (kind !== 'coding-agent') {
    if (sponsor !== undefined) throw new Problem(422, 'only a coding agent has a sponsor');
    return;
  }
  if (sponsor === undefined) throw new Problem(422, 'a coding agent needs a sponsor; hint: --sponsor NAME');
  const human = await deps.directory.findUser(sponsor);
  if (human?.kind !== 'human' || human.disabledAt !== undefined) {
    throw new Problem(422, 'the sponsor must be a human user who is not disabled');
  }
}
