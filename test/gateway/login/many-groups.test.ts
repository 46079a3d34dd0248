// People whose groups are not in their token: in userinfo, or too many and listed elsewhere (Entra ID).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { account, type IdentityProvider } from '../../support/identity-provider.ts';
import { type IdentityWorld, openIdentityWorld } from '../../support/identity-world.ts';
import { loginTokens } from '../../support/login-tokens.ts';

const OVERAGE = {
  ...account('zoe', []),
  groups: undefined,
  more: {
    _claim_names: { groups: 'src1' },
    // An address of an attacker's: the access token must not go there.
    _claim_sources: { src1: { endpoint: 'http://127.0.0.1:9/steal' } },
  },
};

async function groupsOf(all: IdentityWorld): Promise<unknown> {
  const { access_token } = await loginTokens(all, 'zoe');
  const headers = { authorization: `Bearer ${access_token}` };
  return ((await (await fetch(`${all.world.http}/api/v1/whoami`, { headers })).json()) as { groups: unknown }).groups;
}

/** Answers like Microsoft Graph, in two pages; `next` is where the second one is said to be. */
function serveGroups(provider: IdentityProvider, next: string): string[] {
  const asked: string[] = [];
  provider.intercept((request, response) => {
    if (!request.url?.startsWith('/graph')) return false;
    asked.push(request.headers.authorization ?? '');
    const isFirst = request.url === '/graph';
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        isFirst
          ? { value: [{ id: 'engineers' }], '@odata.nextLink': next }
          : { value: [{ id: 'operators' }, { x: 1 }] },
      ),
    );
    return true;
  });
  return asked;
}

describe('groups that are not in the token', () => {
  it('are read at the endpoint that the configuration names, page by page', async (t) => {
    const accounts = { zoe: OVERAGE };
    const all = await openIdentityWorld(t, { accounts, provider: ', groupsEndpoint: "ISSUER/graph"' });
    const asked = serveGroups(all.provider, `${all.provider.issuer}/graph?page=2`);
    assert.deepEqual(await groupsOf(all), ['dev', 'sre']);
    assert.equal(asked.length, 2);
    assert.match(asked[0] ?? '', /^Bearer ./);
  });

  it('are not asked for where a page says, unless it is the same server', async (t) => {
    const accounts = { zoe: OVERAGE };
    const all = await openIdentityWorld(t, { accounts, provider: ', groupsEndpoint: "ISSUER/graph"' });
    const asked = serveGroups(all.provider, 'http://127.0.0.1:9/steal');
    assert.deepEqual(await groupsOf(all), ['dev']);
    assert.equal(asked.length, 1);
  });

  it('are none when nobody says where they are listed', async (t) => {
    const all = await openIdentityWorld(t, { accounts: { zoe: OVERAGE } });
    const client = (await all.logIn('zoe')).page;
    assert.match(client.text, /You are zoe/);
    const { body } = await all.world.api('root', 'GET', '/api/v1/audit?type=identity.changed');
    assert.match(JSON.stringify(body), /"groups":\[\]/);
  });

  it('are none while their endpoint fails: then nobody logs in', async (t) => {
    const all = await openIdentityWorld(t, { accounts: { zoe: OVERAGE }, provider: ', groupsEndpoint: "ISSUER/gone"' });
    assert.equal((await all.logIn('zoe')).page.status, 503);
  });
});
