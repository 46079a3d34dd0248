import { z } from 'zod';
import { newTokenJson, tokenJson } from '../../gateway/api/account-json.ts';
import { ask, type ClientOptions, tell, withClient } from '../client.ts';
import { print, printJson, printTable, shortTime } from '../terminal.ts';

interface CreateOptions extends ClientOptions {
  readonly user: string;
  readonly expires?: string;
  readonly scope?: readonly string[];
}

/** Prints the token alone, so that scripts can take it as it is. */
export async function createToken(options: CreateOptions): Promise<void> {
  await withClient(options, async (client) => {
    const { user, expires, scope } = options;
    const body = { user, ...(expires !== undefined && { expires }), ...(scope && { scopes: scope }) };
    const { value } = await ask(client, newTokenJson, 'POST', '/api/v1/tokens', body);
    print(value.token);
  });
}

export async function listTokens(options: ClientOptions & { readonly json?: boolean }): Promise<void> {
  await withClient(options, async (client) => {
    const { value, raw } = await ask(client, z.array(tokenJson), 'GET', '/api/v1/tokens');
    if (options.json) return printJson(raw);
    printTable(
      ['ID', 'USER', 'SCOPES', 'CREATED', 'EXPIRES', 'LAST USED', 'STATE'],
      value.map((token) => [
        token.id,
        token.user,
        token.scopes.join(','),
        shortTime(token.createdAt),
        shortTime(token.expiresAt),
        shortTime(token.lastUsedAt),
        stateOf(token),
      ]),
    );
  });
}

export async function revokeToken(id: string, options: ClientOptions): Promise<void> {
  await withClient(options, async (client) => {
    await tell(client, 'DELETE', `/api/v1/tokens/${encodeURIComponent(id)}`);
    print(`revoked ${id}`);
  });
}

function stateOf(token: z.infer<typeof tokenJson>): string {
  if (token.revokedAt !== undefined) return 'revoked';
  return token.expiresAt !== undefined && Date.parse(token.expiresAt) <= Date.now() ? 'expired' : 'valid';
}
