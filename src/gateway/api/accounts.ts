// People and their credentials. Admins act for everybody; a human may make and revoke credentials of their own, never
// with more rights than the one they hold. Coding agents and services cannot: a stolen token must not outlive itself.
import { z } from 'zod';
import { IdentityError } from '../../adapters/identity/local.ts';
import { mayEverywhere } from '../../domain/access.ts';
import type { KeyRecord, User } from '../../domain/ports.ts';
import type { Principal } from '../../domain/principal.ts';
import { randomBase62 } from '../../domain/token-text.ts';
import { parseDuration } from '../../domain/units.ts';
import { parseSshPublicKeyLine } from '../../protocol/ssh-key.ts';
import {
  keyJson,
  keyToJson,
  newTokenJson,
  scopeName,
  tokenJson,
  tokenToJson,
  userJson,
  userToJson,
  whoamiJson,
} from './account-json.ts';
import type { ApiDeps } from './deps.ts';
import { notFound, Problem } from './problem.ts';
import { type Route, route } from './route.ts';

const userName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, 'must be 1 to 64 letters, digits, ".", "_", "@", "-"');
const groupName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/, 'must be a group name');
const recordId = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });

export function accountRoutes(deps: ApiDeps): readonly Route[] {
  return [whoamiRoute(), ...userRoutes(deps), ...tokenRoutes(deps), ...keyRoutes(deps)];
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

function userRoutes(deps: ApiDeps): readonly Route[] {
  const { directory, clock, access } = deps;
  const adminOnly = (principal: Principal) => {
    if (!mayEverywhere(principal, 'admin', access)) throw new Problem(403, 'only an admin may do this');
  };

  const list = route({
    method: 'GET',
    path: '/api/v1/users',
    summary: 'Local users (admins)',
    answer: { status: 200, schema: z.array(userJson) },
    async run({ principal }) {
      adminOnly(principal);
      return { status: 200, body: (await directory.listUsers()).map(userToJson) };
    },
  });

  const add = route({
    method: 'POST',
    path: '/api/v1/users',
    summary: 'Add a local user (admins)',
    body: z.strictObject({
      name: userName,
      kind: userJson.shape.kind.default('human'),
      sponsor: userName.optional().describe('the human a coding agent acts for'),
      groups: z.array(groupName).max(100).default([]),
    }),
    answer: { status: 201, schema: userJson },
    async run({ principal, body }) {
      adminOnly(principal);
      await checkSponsor(deps, body.kind, body.sponsor);
      const user: User = {
        name: body.name,
        kind: body.kind,
        ...(body.sponsor !== undefined && { sponsor: body.sponsor }),
        groups: [...new Set(body.groups)],
        createdAt: clock.now(),
      };
      const added = await directory.addUser(user, {
        type: 'admin.changed',
        actor: principal.name,
        body: { change: 'user added', before: null, after: user },
      });
      if (added === 'taken') throw new Problem(409, `there is a user ${user.name} already`);
      return { status: 201, body: userToJson(user) };
    },
  });

  const disable = route({
    method: 'POST',
    path: '/api/v1/users/:name/disable',
    summary: 'Disable a user with all their credentials, for good (admins)',
    params: z.object({ name: userName }),
    body: z.strictObject({}),
    answer: { status: 200, schema: userJson },
    async run({ principal, params }) {
      adminOnly(principal);
      if (params.name === principal.name) throw new Problem(403, 'nobody disables themselves; hint: ask another admin');
      await directory.disableUser(params.name, clock.now(), {
        type: 'admin.changed',
        actor: principal.name,
        body: { change: 'user disabled', user: params.name },
      });
      const user = await directory.findUser(params.name);
      if (!user) throw notFound();
      return { status: 200, body: userToJson(user) };
    },
  });

  return [list, add, disable];
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

function tokenRoutes(deps: ApiDeps): readonly Route[] {
  const { directory, clock } = deps;

  const list = route({
    method: 'GET',
    path: '/api/v1/tokens',
    summary: 'Your tokens; every token for admins',
    query: z.strictObject({ user: userName.optional() }),
    answer: { status: 200, schema: z.array(tokenJson) },
    async run({ principal, query }) {
      const tokens = await directory.listTokens(ownerFilter(deps, principal, query.user));
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
      await checkCredentialOwner(deps, principal, user);
      const lifetime = body.expires === undefined ? undefined : parseDuration(body.expires);
      if (body.expires !== undefined && lifetime === undefined) {
        throw new Problem(422, 'expires must be a duration such as 30d');
      }
      const wanted = lifetime === undefined ? undefined : clock.now() + lifetime;
      const expiresAt = isAdmin(deps, principal) ? wanted : await withinOwn(deps, principal, scopes, wanted);
      const issued = await issue(deps, {
        user,
        scopes,
        actor: principal.name,
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
      const own = await directory.listTokens(ownerFilter(deps, principal, undefined));
      const token = own.find((one) => one.id === params.id);
      if (!token) throw notFound();
      await directory.revokeToken(token.id, clock.now(), {
        type: 'admin.changed',
        actor: principal.name,
        body: { change: 'token revoked', token: token.id, user: token.user },
      });
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

function keyRoutes(deps: ApiDeps): readonly Route[] {
  const { directory, clock } = deps;

  const list = route({
    method: 'GET',
    path: '/api/v1/keys',
    summary: 'Your SSH keys; every key for admins',
    query: z.strictObject({ user: userName.optional() }),
    answer: { status: 200, schema: z.array(keyJson) },
    async run({ principal, query }) {
      const keys = await directory.listKeys(ownerFilter(deps, principal, query.user));
      return { status: 200, body: keys.map(keyToJson) };
    },
  });

  const add = route({
    method: 'POST',
    path: '/api/v1/keys',
    summary: 'Register an SSH public key',
    body: z.strictObject({
      user: userName.optional().describe('default: yourself'),
      key: z
        .string()
        .max(16 * 1024)
        .describe('one line as in ~/.ssh/id_ed25519.pub'),
    }),
    answer: { status: 201, schema: keyJson },
    async run({ principal, body }) {
      const user = body.user ?? principal.name;
      await checkCredentialOwner(deps, principal, user);
      const line = parseSshPublicKeyLine(body.key);
      if ('refused' in line) throw new Problem(422, `${line.refused}; hint: ${line.hint}`);
      const key: KeyRecord = {
        id: `key-${randomBase62(10)}`,
        user,
        fingerprint: line.fingerprint,
        algorithm: line.key.algorithm,
        blob: line.key.blob.toString('base64'),
        comment: line.comment,
        createdAt: clock.now(),
      };
      const added = await directory.addKey(key, {
        type: 'admin.changed',
        actor: principal.name,
        body: { change: 'key added', before: null, after: key },
      });
      if (added === 'taken') throw new Problem(409, 'this key is registered already; a key belongs to one user');
      return { status: 201, body: keyToJson(key) };
    },
  });

  const revoke = route({
    method: 'DELETE',
    path: '/api/v1/keys/:id',
    summary: 'Revoke an SSH key',
    params: recordId,
    answer: { status: 204 },
    async run({ principal, params }) {
      const own = await directory.listKeys(ownerFilter(deps, principal, undefined));
      const key = own.find((one) => one.id === params.id);
      if (!key) throw notFound();
      await directory.revokeKey(key.id, clock.now(), {
        type: 'admin.changed',
        actor: principal.name,
        body: { change: 'key revoked', key: key.id, user: key.user, fingerprint: key.fingerprint },
      });
      return { status: 204 };
    },
  });

  return [list, add, revoke];
}

function isAdmin(deps: ApiDeps, principal: Principal): boolean {
  return mayEverywhere(principal, 'admin', deps.access);
}

/** Whose records to list: admins may ask for anybody's or everybody's, others only ever get their own. */
function ownerFilter(deps: ApiDeps, principal: Principal, asked: string | undefined): string | undefined {
  return isAdmin(deps, principal) ? asked : principal.name;
}

async function checkCredentialOwner(deps: ApiDeps, principal: Principal, user: string): Promise<void> {
  if (!isAdmin(deps, principal)) {
    if (user !== principal.name) throw new Problem(403, 'only an admin may do this for somebody else');
    if (principal.kind !== 'human')
      throw new Problem(403, `a ${principal.kind} makes no credentials; hint: ask an admin`);
  }
  const owner = await deps.directory.findUser(user);
  if (!owner) throw new Problem(422, 'there is no such user');
  if (owner.disabledAt !== undefined) throw new Problem(422, 'this user is disabled');
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
