// Coding agents as their sponsors meet them: enrolled by a person for themselves, and listed. Their tokens, keys and end
// are those of every user (accounts.ts, users.ts).
import { z } from 'zod';
import { adminChanged } from '../../domain/audit/admin-change.ts';
import type { User } from '../../domain/ports.ts';
import { groupName, userJson, userName, userToJson } from './account-json.ts';
import { isAdmin } from './account-rules.ts';
import { settingsOf } from './account-settings.ts';
import type { ApiDeps } from './deps.ts';
import { Problem } from './problem.ts';
import { type Route, route } from './route.ts';

/** More than anybody looks after. */
const MAX_AGENTS = 50;

export function codingAgentRoutes(deps: ApiDeps): readonly Route[] {
  const { directory, clock } = deps;

  const list = route({
    method: 'GET',
    path: '/api/v1/coding-agents',
    summary: 'Coding agents that you sponsor; every one for admins',
    answer: { status: 200, schema: z.array(userJson) },
    async run({ principal }) {
      const agents = (await directory.listUsers()).filter(({ kind }) => kind === 'coding-agent');
      const everybody = isAdmin(deps, principal);
      const seen = agents.filter(({ sponsor }) => everybody || sponsor === principal.name);
      return { status: 200, body: seen.map(userToJson) };
    },
  });

  const add = route({
    method: 'POST',
    path: '/api/v1/coding-agents',
    summary: 'Enrol a coding agent that acts for you, within your rights',
    body: z.strictObject({
      name: userName,
      groups: z.array(groupName).max(100).optional().describe('some of yours; default: all of them'),
      grantsOnly: z.boolean().default(false).describe('its groups give it nothing, only grants do'),
    }),
    answer: { status: 201, schema: userJson },
    async run({ principal, body }) {
      await checkSponsor(deps, principal.name, principal.kind, isAdmin(deps, principal));
      const groups = [...new Set(body.groups ?? principal.groups)];
      if (groups.some((group) => !principal.groups.includes(group))) {
        throw new Problem(403, 'a coding agent is in none but groups of yours; hint: an admin gives others');
      }
      const user: User = {
        name: body.name,
        kind: 'coding-agent',
        sponsor: principal.name,
        groups,
        ...(body.grantsOnly && { grantsOnly: true }),
        createdAt: clock.now(),
      };
      const entry = adminChanged(principal, { change: 'user added', before: null, after: user });
      if ((await directory.addUser(user, entry)) === 'taken') throw new Problem(409, 'this name is taken');
      return { status: 201, body: userToJson(user) };
    },
  });

  return [list, add];
}

async function checkSponsor(deps: ApiDeps, name: string, kind: User['kind'], admin: boolean): Promise<void> {
  if (kind !== 'human') throw new Problem(403, 'only people sponsor coding agents');
  if (settingsOf(deps).codingAgents.enrolment === 'admins' && !admin) {
    throw new Problem(
      403,
      'here admins enrol coding agents; hint: sallyport user add NAME --kind coding-agent --sponsor YOU',
    );
  }
  const users = await deps.directory.listUsers();
  if (!users.some((user) => user.name === name))
    throw new Problem(403, 'only a user of this gate sponsors coding agents');
  if (users.filter(({ sponsor }) => sponsor === name).length >= MAX_AGENTS) {
    throw new Problem(403, `nobody sponsors more than ${MAX_AGENTS} coding agents; hint: ask an admin`);
  }
}
