import { z } from 'zod';
import { userJson } from '../../gateway/api/account-json.ts';
import { ask, type ClientOptions, withClient } from '../client.ts';
import { print, printJson, printTable } from '../terminal.ts';
import { disableUser } from './user.ts';

interface AddOptions extends ClientOptions {
  readonly groups?: readonly string[];
  readonly grantsOnly?: boolean;
}

/** Enrols a coding agent that acts for whoever calls this. */
export async function addCodingAgent(name: string, options: AddOptions): Promise<void> {
  await withClient(options, async (client) => {
    const { groups, grantsOnly = false } = options;
    const body = { name, grantsOnly, ...(groups && { groups }) };
    const { value } = await ask(client, userJson, 'POST', '/api/v1/coding-agents', body);
    print(`enrolled ${value.name}, which acts for ${value.sponsor ?? 'nobody'}`);
  });
}

export async function listCodingAgents(options: ClientOptions & { readonly json?: boolean }): Promise<void> {
  await withClient(options, async (client) => {
    const { value, raw } = await ask(client, z.array(userJson), 'GET', '/api/v1/coding-agents');
    if (options.json) return printJson(raw);
    printTable(
      ['NAME', 'SPONSOR', 'GROUPS', 'STATE'],
      value.map((agent) => [
        agent.name,
        agent.sponsor ?? '-',
        `${agent.groups.join(',') || '-'}${agent.grantsOnly === true ? ' (grants only)' : ''}`,
        agent.disabledAt === undefined ? 'enabled' : 'stopped',
      ]),
    );
  });
}

/** The kill switch, by the name that a sponsor looks for. */
export const stopCodingAgent = disableUser;
