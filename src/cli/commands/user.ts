import { z } from 'zod';
import { userDetailJson, userJson } from '../../gateway/api/account-json.ts';
import { ask, type ClientOptions, withClient } from '../client.ts';
import { print, printJson, printTable, shortTime, UsageError } from '../terminal.ts';

interface AddOptions extends ClientOptions {
  readonly groups?: readonly string[];
  readonly kind: string;
  readonly sponsor?: string;
  readonly grantsOnly?: boolean;
}

interface SetOptions extends ClientOptions {
  readonly groups?: readonly string[];
  readonly grantsOnly?: boolean;
}

export async function addUser(name: string, options: AddOptions): Promise<void> {
  await withClient(options, async (client) => {
    const { kind, sponsor, grantsOnly, groups = [] } = options;
    const body = {
      name,
      kind,
      groups,
      ...(sponsor !== undefined && { sponsor }),
      ...(grantsOnly === true && { grantsOnly }),
    };
    const { value } = await ask(client, userJson, 'POST', '/api/v1/users', body);
    print(`added ${value.kind} ${value.name}${value.groups.length > 0 ? ` in ${value.groups.join(', ')}` : ''}`);
  });
}

export async function listUsers(options: ClientOptions & { readonly json?: boolean }): Promise<void> {
  await withClient(options, async (client) => {
    const { value, raw } = await ask(client, z.array(userJson), 'GET', '/api/v1/users');
    if (options.json) return printJson(raw);
    printTable(
      ['NAME', 'KIND', 'GROUPS', 'SPONSOR', 'STATE'],
      value.map((user) => [
        user.name,
        user.kind,
        user.groups.join(',') || '-',
        user.sponsor ?? '-',
        user.disabledAt === undefined ? 'enabled' : 'disabled',
      ]),
    );
  });
}

export async function linkUser(
  name: string,
  options: ClientOptions & { readonly provider: string; readonly subject: string },
): Promise<void> {
  await withClient(options, async (client) => {
    const { provider, subject } = options;
    await ask(client, userJson, 'POST', `${pathOf(name)}/identities`, { provider, subject });
    print(`${subject} of ${provider} is ${name} from the next login on`);
  });
}

/** One user with what they hold. */
export async function showUser(name: string, options: ClientOptions & { readonly json?: boolean }): Promise<void> {
  await withClient(options, async (client) => {
    const { value, raw } = await ask(client, userDetailJson, 'GET', pathOf(name));
    if (options.json) return printJson(raw);
    const { kind, sponsor, groups, disabledAt, codingAgents, tokens, keys, grants, grantsOnly } = value;
    print(
      `${value.name}: ${kind}${sponsor === undefined ? '' : ` of ${sponsor}`}, since ${shortTime(value.createdAt)}`,
    );
    if (disabledAt !== undefined) print(`disabled ${shortTime(disabledAt)}`);
    print(`groups: ${groups.join(', ') || 'none'}${grantsOnly === true ? ' (rights by grants only)' : ''}`);
    print(`tokens: ${tokens}, keys: ${keys}`);
    if (codingAgents.length > 0) print(`sponsors: ${codingAgents.join(', ')}`);
    for (const { id, state, repos, expiresAt } of grants) {
      print(`grant ${id}: ${state}, ${repos.join(', ')}, until ${shortTime(expiresAt)}`);
    }
  });
}

export async function setUser(name: string, { groups, grantsOnly, ...options }: SetOptions): Promise<void> {
  if (groups === undefined && grantsOnly === undefined) {
    throw new UsageError('nothing to change', 'give --groups, --grants-only or --no-grants-only');
  }
  await withClient(options, async (client) => {
    const body = { ...(groups && { groups }), ...(grantsOnly !== undefined && { grantsOnly }) };
    const { value } = await ask(client, userJson, 'POST', pathOf(name), body);
    const only = value.grantsOnly === true ? ', rights by grants only' : '';
    print(`${value.name} is in ${value.groups.join(', ') || 'no group'}${only}`);
  });
}

export async function disableUser(name: string, options: ClientOptions & { readonly message?: string }): Promise<void> {
  await withClient(options, async (client) => {
    const { message } = options;
    await ask(client, userJson, 'POST', `${pathOf(name)}/disable`, message === undefined ? {} : { reason: message });
    print(`disabled ${name}, with everything that acts for them`);
  });
}

export async function enableUser(name: string, options: ClientOptions): Promise<void> {
  await withClient(options, async (client) => {
    await ask(client, userJson, 'POST', `${pathOf(name)}/enable`, {});
    print(`enabled ${name}; their tokens, keys and grants stay revoked`);
  });
}

function pathOf(name: string): string {
  return `/api/v1/users/${encodeURIComponent(name)}`;
}
