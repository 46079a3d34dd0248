import { z } from 'zod';
import { userJson } from '../../gateway/api/account-json.ts';
import { ask, type ClientOptions, withClient } from '../client.ts';
import { print, printJson, printTable } from '../terminal.ts';

interface AddOptions extends ClientOptions {
  readonly groups?: readonly string[];
  readonly kind: string;
  readonly sponsor?: string;
}

export async function addUser(name: string, options: AddOptions): Promise<void> {
  await withClient(options, async (client) => {
    const { kind, sponsor, groups = [] } = options;
    const body = { name, kind, groups, ...(sponsor !== undefined && { sponsor }) };
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
    const path = `/api/v1/users/${encodeURIComponent(name)}/identities`;
    await ask(client, userJson, 'POST', path, { provider, subject });
    print(`${subject} of ${provider} is ${name} from the next login on`);
  });
}

export async function disableUser(name: string, options: ClientOptions): Promise<void> {
  await withClient(options, async (client) => {
    await ask(client, userJson, 'POST', `/api/v1/users/${encodeURIComponent(name)}/disable`, {});
    print(`disabled ${name}`);
  });
}
