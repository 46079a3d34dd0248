import { z } from 'zod';
import { agentJson, newJoinTokenJson } from '../../gateway/api/agent-json.ts';
import { ask, type ClientOptions, tell, withClient } from '../client.ts';
import { print, printJson, printTable, shortTime } from '../terminal.ts';

/** Prints the join token alone, so that scripts can take it as it is. */
export async function createJoinToken(
  name: string,
  options: ClientOptions & { readonly expires?: string },
): Promise<void> {
  await withClient(options, async (client) => {
    const body = { name, ...(options.expires !== undefined && { expires: options.expires }) };
    const { value } = await ask(client, newJoinTokenJson, 'POST', '/api/v1/agent-tokens', body);
    print(value.token);
  });
}

export async function listAgents(options: ClientOptions & { readonly json?: boolean }): Promise<void> {
  await withClient(options, async (client) => {
    const { value, raw } = await ask(client, z.array(agentJson), 'GET', '/api/v1/agents');
    if (options.json) return printJson(raw);
    printTable(
      ['NAME', 'STATE', 'LINKS', 'PING', 'VERSION', 'UPSTREAMS', 'LAST SEEN', 'CERTIFICATE UNTIL', 'ID'],
      value.map((agent) => [
        agent.name,
        agent.state,
        `${agent.health?.links ?? 0}`,
        agent.health?.roundTripMs === undefined ? '-' : `${agent.health.roundTripMs} ms`,
        agent.version ?? '-',
        agent.upstreams.join(',') || '-',
        shortTime(agent.lastSeenAt),
        shortTime(agent.certificateExpiresAt),
        agent.id,
      ]),
    );
  });
}

export async function revokeAgent(agent: string, options: ClientOptions): Promise<void> {
  await withClient(options, async (client) => {
    await tell(client, 'DELETE', `/api/v1/agents/${encodeURIComponent(agent)}`);
    print(`revoked ${agent}`);
  });
}

export async function renameAgent(agent: string, name: string, options: ClientOptions): Promise<void> {
  await withClient(options, async (client) => {
    await tell(client, 'POST', `/api/v1/agents/${encodeURIComponent(agent)}/rename`, { name });
    print(`renamed ${agent} to ${name}`);
  });
}
