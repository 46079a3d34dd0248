// Agents that run apart from the gateway: join tokens, who joined, revoking and renaming. For admins.
import { z } from 'zod';
import { mayEverywhere } from '../../domain/access.ts';
import { adminChanged } from '../../domain/audit/admin-change.ts';
import { type EnrolledAgent, JOIN_TOKEN_LIFE, type JoinToken, MAX_JOIN_TOKEN_LIFE } from '../../domain/enrolment.ts';
import { newJoinToken } from '../../domain/join-token.ts';
import type { Principal } from '../../domain/principal.ts';
import { randomBase62 } from '../../domain/token-text.ts';
import { parseDuration } from '../../domain/units.ts';
import { agentJson, agentToJson, newJoinTokenJson } from './agent-json.ts';
import type { ApiDeps } from './deps.ts';
import { notFound, Problem } from './problem.ts';
import { type Route, route } from './route.ts';

const agentName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, ".", "_", "-"')
  .refine((name) => name !== 'embedded', 'must not be "embedded", which is the agent in the gateway');
const named = z.object({ agent: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/) });

export function agentRoutes(deps: ApiDeps): readonly Route[] {
  return [listRoute(deps), tokenRoute(deps), revokeRoute(deps), renameRoute(deps)];
}

function listRoute(deps: ApiDeps): Route {
  return route({
    method: 'GET',
    path: '/api/v1/agents',
    summary: 'Agents that have joined, with how they are (admins)',
    answer: { status: 200, schema: z.array(agentJson) },
    async run({ principal }) {
      adminOnly(deps, principal);
      return { status: 200, body: (await deps.agents.list()).map((agent) => toJson(deps, agent)) };
    },
  });
}

function tokenRoute(deps: ApiDeps): Route {
  const { agents, clock } = deps;
  return route({
    method: 'POST',
    path: '/api/v1/agent-tokens',
    summary: 'Make a join token, good once and for a short time; its text is in this answer and never again (admins)',
    body: z.strictObject({
      name: agentName.describe('what the agent is to be called'),
      expires: z.string().optional().describe('a duration from now; default 1h, at most 7d'),
    }),
    answer: { status: 201, schema: newJoinTokenJson, reveals: 'token' },
    async run({ principal, body }) {
      adminOnly(deps, principal);
      const { pin } = deps.agentsPort ?? noPort();
      const life = body.expires === undefined ? JOIN_TOKEN_LIFE : parseDuration(body.expires);
      if (life === undefined || life > MAX_JOIN_TOKEN_LIFE) {
        throw new Problem(422, 'expires must be a duration of 7d at most, such as 1h');
      }
      const now = clock.now();
      const { text, hash } = newJoinToken(pin);
      const token: JoinToken = {
        id: `join-${randomBase62(10)}`,
        agent: body.name,
        createdBy: principal.name,
        createdAt: now,
        expiresAt: now + life,
      };
      await agents.addJoinToken(
        token,
        hash,
        adminChanged(principal, { change: 'join token created', before: null, after: token }),
      );
      const { id, agent } = token;
      return { status: 201, body: { id, agent, expiresAt: new Date(token.expiresAt).toISOString(), token: text } };
    },
  });
}

function revokeRoute(deps: ApiDeps): Route {
  return route({
    method: 'DELETE',
    path: '/api/v1/agents/:agent',
    summary: 'Revoke an agent by its name or id: its links end at once (admins)',
    params: named,
    answer: { status: 204 },
    async run({ principal, params }) {
      adminOnly(deps, principal);
      const before = await find(deps, params.agent);
      const { id } = before;
      const now = deps.clock.now();
      const after = { ...before, revokedAt: now };
      const isRevoked = await deps.agents.revoke(
        id,
        now,
        adminChanged(principal, { change: 'agent revoked', before, after }),
      );
      if (!isRevoked) throw new Problem(409, 'this agent is revoked already');
      deps.agentsPort?.revoked?.(id);
      return { status: 204 };
    },
  });
}

function renameRoute(deps: ApiDeps): Route {
  return route({
    method: 'POST',
    path: '/api/v1/agents/:agent/rename',
    summary: 'Give an agent another name; what `agent:` of an upstream names changes with it (admins)',
    params: named,
    body: z.strictObject({ name: agentName }),
    answer: { status: 200, schema: agentJson },
    async run({ principal, params, body }) {
      adminOnly(deps, principal);
      const before = await find(deps, params.agent);
      const after = { ...before, name: body.name };
      const entry = adminChanged(principal, { change: 'agent renamed', before, after });
      const result = await deps.agents.rename(before.id, body.name, entry);
      if (result === 'taken') throw new Problem(409, `there is an agent ${body.name} already`);
      if (result === 'unknown') throw notFound();
      deps.agentsPort?.links?.rename(before.id, body.name);
      return { status: 200, body: toJson(deps, { ...before, name: body.name }) };
    },
  });
}

function adminOnly(deps: ApiDeps, principal: Principal): void {
  if (!mayEverywhere(principal, 'admin', deps.access)) throw new Problem(403, 'only an admin may do this');
}

function noPort(): never {
  throw new Problem(409, 'this gateway takes no agents; hint: set gateway.agents.listen');
}

async function find({ agents }: ApiDeps, named: string): Promise<EnrolledAgent> {
  const agent = (await agents.findByName(named)) ?? (await agents.find(named));
  if (agent === undefined) throw notFound();
  return agent;
}

function toJson(deps: ApiDeps, agent: EnrolledAgent) {
  return agentToJson(agent, agent.revokedAt === undefined ? deps.agentsPort?.links?.health(agent.id) : undefined);
}
