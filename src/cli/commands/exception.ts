import { z } from 'zod';
import { exceptionJson } from '../../gateway/api/exception-json.ts';
import { ask, type ClientOptions, query, tell, withClient } from '../client.ts';
import { print, printJson, printTable, shortTime } from '../terminal.ts';

interface ListOptions extends ClientOptions {
  readonly json?: boolean;
  readonly state?: string;
  readonly repo?: string;
  readonly limit?: number;
}

export async function listExceptions(options: ListOptions): Promise<void> {
  const { json, state, repo, limit } = options;
  await withClient(options, async (client) => {
    const path = `/api/v1/exceptions${query({ state, repo, limit })}`;
    const { value, raw } = await ask(client, z.array(exceptionJson), 'GET', path);
    if (json) return printJson(raw);
    printTable(
      ['ID', 'STATE', 'REPO', 'RULE', 'MASKED', 'GRANTED BY', 'EXPIRES', 'PUSH', 'REASON'],
      value.map((one) => [
        String(one.id),
        one.state,
        one.repo,
        one.rule,
        one.masked,
        one.grantedBy.join(','),
        shortTime(one.expiresAt),
        String(one.push),
        one.reason,
      ]),
    );
  });
}

export async function revokeException(id: number, options: ClientOptions): Promise<void> {
  await withClient(options, async (client) => {
    await tell(client, 'DELETE', `/api/v1/exceptions/${id}`);
    print(`revoked exception ${id}`);
  });
}
