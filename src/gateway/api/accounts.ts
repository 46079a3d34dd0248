// Credentials. Admins act for everybody; a human may make and revoke credentials of their own, never with more rights than
// the one they hold, and those of the coding agents that they sponsor, which may less than they do.
import { z } from 'zod';
import { IdentityError } from '../../adapters/identity/local.ts';
import { adminChanged } from '../../domain/audit/admin-change.ts';
import type { Principal } from '../../domain/principal.ts';
import { parseDuration } from '../../domain/units.ts';
import { newTokenJson, scopeName, tokenJson, tokenToJson, userName, whoamiJson } from './account-json.ts';
import { credentialMaker, listedFor, type Standing } from './account-rules.ts';
import { settingsOf } from './account-settings.ts';
import type { ApiDeps } from './deps.ts';
import { notFound, Problem } from './problem.ts';
import { type Route, route } from './route.ts';

export const recordId = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });

export function accountRoutes(deps: ApiDeps): readonly Route[] {
  return [whoamiRoute(), ...tokenRoutes(deps)];
}

function whoamiRoute(): Route {
  return route({
    method: 'GET',
    path: '/api/v1/whoami',
    summary: 'Who this credential belongs to',
    answer: {
      status: 200,
      schema: whoamiJson,
    },
    async run({ principal }) {
      const { name, kind, sponsor, groups, credential } = principal;
      const token = credential.kind === 'token' ? { id: credential.id, scopes: credential.scopes } : undefined;
      return {
        status: 200,
        body: { name, kind, ...(sponsor !== undefined && { sponsor }), groups, ...(token && { token }) },
      };
    },
  });
}

function tokenRoutes(deps: ApiDeps): readonly Route[] {
  const { directory, clock } = deps;

  const list = route({
    method: 'GET',
    path: '/api/v1/tokens',
    summary: 'Your tokens and those of your coding agents; every token for admins',
    query: z.strictObject({ user: userName.optional() }),
    answer: { status: 200, schema: z.array(tokenJson) },
    async run({ principal, query }) {
      const tokens = await listedFor(deps, principal, query.user, directory.listTokens);
      return { status: 200, body: tokens.map(tokenToJson) };
    },
  });

  const create = route({
    method: 'POST',
    path: '/api/v1/tokens',
    summary: 'Make a token; its text is in this answer and never again',
    body: z.strictObject({
      user: userName.optional().describe('default: yourself'),
      scopes: z.array(scopeName).min(1).default(['git', 'api']),
      expires: z.string().optional().describe('a duration from now, such as 30d'),
    }),
    answer: { status: 201, schema: newTokenJson, reveals: 'token' },
    async run({ principal, body }) {
      const user = body.user ?? principal.name;
      const scopes = [...new Set(body.scopes)];
      const maker = await credentialMaker(deps, principal, user);
      const lifetime = body.expires === undefined ? undefined : parseDuration(body.expires);
      if (body.expires !== undefined && lifetime === undefined) {
        throw new Problem(422, 'expires must be a duration such as 30d');
      }
      const wanted = lifetime === undefined ? undefined : clock.now() + lifetime;
      const expiresAt = await expiryFor(deps, maker, principal, scopes, wanted);
      const issued = await issue(deps, {
        user,
        scopes,
        actor: principal.name,
        credential: principal.credential,
        ...(expiresAt !== undefined && { expiresAt }),
      });
      const record = (await directory.listTokens(user)).find((one) => one.id === issued.id);
      if (!record) throw new Error('a token that was just issued is not in the directory');
      return { status: 201, body: { ...tokenToJson(record), token: issued.text } };
    },
  });

  const revoke = route({
    method: 'DELETE',
    path: '/api/v1/tokens/:id',
    summary: 'Revoke a token',
    params: recordId,
    answer: { status: 204 },
    async run({ principal, params }) {
      const own = await listedFor(deps, principal, undefined, directory.listTokens);
      const token = own.find((one) => one.id === params.id);
      if (!token) throw notFound();
      const at = clock.now();
      const change = { change: 'token revoked', before: token, after: { ...token, revokedAt: at } };
      await directory.revokeToken(token.id, at, adminChanged(principal, change));
      return { status: 204 };
    },
  });

  return [list, create, revoke];
}

/** A sponsor may be disabled although the user is not: only the identity knows. */
async function issue(deps: ApiDeps, order: Parameters<ApiDeps['identity']['issueToken']>[0]) {
  try {
    return await deps.identity.issueToken(order);
  } catch (error) {
    if (error instanceof IdentityError) throw new Problem(422, error.message);
    throw error;
  }
}

/**
 * When a new token ends. An agent's outlives the login of its sponsor, which may be an hour's: it can do less, is on
 * record, and ends with one command.
 */
async function expiryFor(
  deps: ApiDeps,
  maker: Standing,
  principal: Principal,
  scopes: readonly string[],
  wanted: number | undefined,
): Promise<number | undefined> {
  if (maker === 'admin') return wanted;
  const own = await withinOwn(deps, principal, scopes, wanted);
  if (maker === 'self') return own;
  const latest = deps.clock.now() + settingsOf(deps).codingAgents.maxTokenLifetime;
  return Math.min(latest, wanted ?? latest);
}

/** A token makes none that can do more or lives longer than itself; answers when the new one ends. */
async function withinOwn(
  deps: ApiDeps,
  principal: Principal,
  scopes: readonly string[],
  wanted: number | undefined,
): Promise<number | undefined> {
  const { credential } = principal;
  if (credential.kind !== 'token') throw new Problem(403, 'only a token can make a token');
  const own: readonly string[] = credential.scopes;
  if (scopes.some((one) => !own.includes(one))) {
    throw new Problem(403, `a token cannot make one with more scopes than its own (${own.join(', ')})`);
  }
  const record = (await deps.directory.listTokens(principal.name)).find((one) => one.id === credential.id);
  if (!record) throw new Problem(403, 'only a token of the local store can make a token');
  const latest = record.expiresAt;
  return latest === undefined ? wanted : Math.min(latest, wanted ?? latest);
}
