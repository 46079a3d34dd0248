import { whoamiJson } from '../../gateway/api/account-json.ts';
import { ask, type ClientOptions, withClient } from '../client.ts';
import { print, printJson } from '../terminal.ts';

export async function whoami(options: ClientOptions & { readonly json?: boolean }): Promise<void> {
  await withClient(options, async (client) => {
    const { value, raw } = await ask(client, whoamiJson, 'GET', '/api/v1/whoami');
    if (options.json) return printJson(raw);
    print(value.name);
    print(`  kind    ${value.kind}${value.sponsor === undefined ? '' : `, acts for ${value.sponsor}`}`);
    print(`  groups  ${value.groups.join(', ') || 'none'}`);
    if (value.token) print(`  token   ${value.token.id} (${value.token.scopes.join(', ')})`);
  });
}
