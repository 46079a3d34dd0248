import { z } from 'zod';
import { grantJson } from '../../gateway/api/grant-json.ts';
import { ask, type ClientOptions, query, tell, withClient } from '../client.ts';
import { print, printJson, printTable, shortTime, UsageError } from '../terminal.ts';

interface AskOptions extends ClientOptions {
  readonly repo?: readonly string[];
  readonly refs?: readonly string[];
  readonly paths?: readonly string[];
  readonly for?: string;
  readonly message?: string;
}

interface ListOptions extends ClientOptions {
  readonly json?: boolean;
  readonly principal?: string;
  readonly state?: string;
}

type Grant = z.infer<typeof grantJson>;

/** Asks for rights for a time; gives them when the caller is one who may. */
export async function askForGrant(name: string, options: AskOptions): Promise<void> {
  const { repo, refs, paths, for: lifetime, message } = options;
  if (repo === undefined || lifetime === undefined) {
    throw new UsageError('a grant is for repositories and a time', "sallyport grant NAME --repo 'acme/*' --for 2h");
  }
  await withClient(options, async (client) => {
    const body = {
      principal: name,
      repos: repo,
      for: lifetime,
      ...(refs && { refs }),
      ...(paths && { paths }),
      ...(message !== undefined && { reason: message }),
    };
    const { value } = await ask(client, grantJson, 'POST', '/api/v1/grants', body);
    if (value.state === 'valid') print(`granted ${value.id} until ${shortTime(value.expiresAt)}`);
    else print(`asked for ${value.id}; it is given with: sallyport grant give ${value.id}`);
  });
}

export async function listGrants(options: ListOptions): Promise<void> {
  await withClient(options, async (client) => {
    const { principal, state } = options;
    const path = `/api/v1/grants${query({ principal, state })}`;
    const { value, raw } = await ask(client, z.array(grantJson), 'GET', path);
    if (options.json) return printJson(raw);
    printTable(['ID', 'PRINCIPAL', 'STATE', 'REPOSITORIES', 'REFS', 'PATHS', 'UNTIL', 'BY'], value.map(rowOf));
  });
}

export async function giveGrant(id: string, options: ClientOptions): Promise<void> {
  await withClient(options, async (client) => {
    const { value } = await ask(client, grantJson, 'POST', `/api/v1/grants/${encodeURIComponent(id)}/give`, {});
    print(`granted ${value.id} to ${value.principal} until ${shortTime(value.expiresAt)}`);
  });
}

export async function revokeGrant(id: string, options: ClientOptions): Promise<void> {
  await withClient(options, async (client) => {
    await tell(client, 'DELETE', `/api/v1/grants/${encodeURIComponent(id)}`);
    print(`ended ${id}`);
  });
}

function rowOf({ id, principal, state, repos, refs, paths, expiresAt, askedBy, givenBy }: Grant): string[] {
  const some = (patterns: readonly string[] | undefined) => patterns?.join(',') ?? 'any';
  return [id, principal, state, some(repos), some(refs), some(paths), shortTime(expiresAt), givenBy ?? askedBy];
}
