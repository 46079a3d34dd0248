// A browser logs in with a real provider: what it becomes, and everything that must not let it in.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { account } from '../../support/identity-provider.ts';
import { type IdentityWorld, openIdentityWorld } from '../../support/identity-world.ts';
import { createPageClient, logInAtProvider, type PageClient } from '../../support/page-client.ts';

const CALLBACK = /\/login\/callback\/corp/;

/** As far as the address that the provider leads back to, with its code; not yet followed. */
async function returning({ world }: IdentityWorld, client: PageClient, name = 'zoe'): Promise<string> {
  const choice = await client.open(`${world.http}/login`);
  const first = await client.follow(choice, 'Continue with corp', CALLBACK);
  return (await logInAtProvider(client, first, name, CALLBACK)).url;
}

async function trail({ world }: IdentityWorld, type: string): Promise<string> {
  return JSON.stringify((await world.api('root', 'GET', `/api/v1/audit?type=${type}`)).body);
}

async function users({ world }: IdentityWorld): Promise<readonly string[]> {
  const { body } = await world.api('root', 'GET', '/api/v1/users');
  return (body as { name: string }[]).map(({ name }) => name);
}

describe('logging a browser in with a provider', () => {
  it('makes the user at the first login, and finds it at the next', async (t) => {
    const all = await openIdentityWorld(t);
    assert.match((await all.logIn('zoe')).page.text, /You are zoe\./);
    assert.match((await all.logIn('zoe')).page.text, /You are zoe\./);
    assert.equal((await users(all)).filter((name) => name === 'zoe').length, 1);
    assert.match(await trail(all, 'login.succeeded'), /"provider":"corp","subject":"sub-zoe"/);
    assert.match(await trail(all, 'identity.changed'), /first login/);
  });

  it('takes an answer once: neither its state nor its code count again', async (t) => {
    const all = await openIdentityWorld(t);
    const client = createPageClient();
    const url = await returning(all, client);
    assert.match((await client.open(url)).text, /You are zoe/);
    const again = await client.open(url);
    assert.deepEqual([again.status, /You are/.test(again.text)], [400, false]);
    const other = createPageClient();
    const next = new URL(await returning(all, other));
    next.searchParams.set('code', new URL(url).searchParams.get('code') ?? '');
    const replayed = await other.open(next.href);
    assert.deepEqual([replayed.status, /You are/.test(replayed.text)], [403, false]);
    assert.match(await trail(all, 'login.failed'), /invalid_grant/);
  });

  it('takes no answer in a browser that did not begin: nobody is logged in as somebody else', async (t) => {
    const all = await openIdentityWorld(t);
    const attacker = createPageClient();
    const url = await returning(all, attacker, 'xia');
    const victim = createPageClient();
    await victim.open(`${all.world.http}/login`);
    assert.equal((await victim.open(url)).status, 400);
    assert.match((await victim.open(`${all.world.http}/login`)).text, /Continue with corp/);
    assert.equal((await attacker.open(url)).status, 400);
  });

  it('takes no answer with a state that it did not give', async (t) => {
    const all = await openIdentityWorld(t);
    const client = createPageClient();
    const url = new URL(await returning(all, client));
    const wrong = [undefined, '', 'guess', `spa_${'A'.repeat(43)}`];
    for (const state of wrong) {
      if (state === undefined) url.searchParams.delete('state');
      else url.searchParams.set('state', state);
      assert.equal((await client.open(url.href)).status, 400);
    }
  });

  it('takes no answer after ten minutes', async (t) => {
    const all = await openIdentityWorld(t);
    const client = createPageClient();
    const url = await returning(all, client);
    all.clock.offset += 10 * 60_000;
    assert.equal((await client.open(url)).status, 400);
  });

  it('takes no answer that names another issuer, or says no', async (t) => {
    const all = await openIdentityWorld(t);
    const client = createPageClient();
    const mixed = new URL(await returning(all, client));
    mixed.searchParams.set('iss', 'https://evil.example');
    assert.equal((await client.open(mixed.href)).status, 403);
    const denied = new URL(await returning(all, createPageClient()));
    assert.equal((await client.open(denied.href)).status, 400);
  });

  it('believes no ID token that the provider did not sign', async (t) => {
    const all = await openIdentityWorld(t);
    const client = createPageClient();
    const url = await returning(all, client);
    all.provider.intercept((request, response) => {
      if (!request.url?.startsWith('/token')) return false;
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const time = Math.floor(Date.now() / 1000);
      const claims = { iss: all.provider.issuer, aud: 'sallyport', sub: 'sub-xia', iat: time, exp: time + 60 };
      const forged = `${part({ alg: 'RS256' })}.${part(claims)}.c2ln`;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ access_token: 'a', token_type: 'Bearer', id_token: forged }));
      return true;
    });
    assert.equal((await client.open(url)).status, 403);
    assert.ok(!(await users(all)).includes('xia'));
  });

  it('is another person for another subject of the same name and e-mail address', async (t) => {
    const twin = { ...account('zoe', ['operators']), subject: 'sub-twin' };
    const all = await openIdentityWorld(t, { accounts: { zoe: account('zoe', ['engineers']), twin } });
    await all.logIn('zoe');
    const { page } = await all.logIn('twin');
    assert.equal(page.status, 403);
    assert.match(page.text, /there is a user zoe already/);
    assert.match(page.text, /sallyport user link zoe --provider corp --subject sub-twin/);
  });

  it('takes over no local user, until an admin links them', async (t) => {
    const all = await openIdentityWorld(t, { accounts: { root: account('root', ['engineers']) } });
    assert.equal((await all.logIn('root')).page.status, 403);
    const body = { provider: 'corp', subject: 'sub-root' };
    assert.equal((await all.world.api('alice', 'POST', '/api/v1/users/root/identities', body)).status, 403);
    assert.equal((await all.world.api('root', 'POST', '/api/v1/users/root/identities', body)).status, 201);
    assert.match((await all.logIn('root')).page.text, /You are root/);
    assert.equal((await all.world.api('root', 'POST', '/api/v1/users/alice/identities', body)).status, 409);
  });

  it('lets nobody in who is disabled here', async (t) => {
    const all = await openIdentityWorld(t);
    const { client } = await all.logIn('zoe');
    await all.world.api('root', 'POST', '/api/v1/users/zoe/disable', {});
    assert.match((await client.open(`${all.world.http}/login`)).text, /Continue with corp/);
    assert.equal((await all.logIn('zoe')).page.status, 403);
  });

  it('says clearly when the provider is down, and leaves whoever is logged in alone', async (t) => {
    const all = await openIdentityWorld(t);
    const { client } = await all.logIn('zoe');
    const waiting = createPageClient();
    const url = await returning(all, waiting, 'yan');
    all.provider.setDown(true);
    assert.match((await client.open(`${all.world.http}/login`)).text, /You are zoe/);
    const late = await waiting.open(url);
    assert.deepEqual([late.status, /cannot be asked now/.test(late.text)], [503, true]);
    all.clock.offset += 60_000;
    const begun = await createPageClient().open(`${all.world.http}/login/begin/corp`);
    assert.deepEqual([begun.status, /ECONNRESET/.test(begun.text)], [503, true]);
    all.provider.setDown(false);
    assert.match((await all.logIn('yan')).page.text, /You are yan/);
  });

  it('leads only to pages of its own afterwards', async (t) => {
    const all = await openIdentityWorld(t);
    const { client } = await all.logIn('zoe');
    for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', '/\tevil', '/%0d%0a//x y']) {
      const page = await client.open(`${all.world.http}/login?next=${encodeURIComponent(next)}`);
      assert.ok(page.url.startsWith(all.world.http), next);
    }
  });

  it('ends with its hour without use, with its twelve hours, and with logout', async (t) => {
    const all = await openIdentityWorld(t);
    const { client, page } = await all.logIn('zoe');
    assert.equal((await client.submit({ ...page, text: page.text.replace(/value="[^"]*"/, 'value="x"') })).status, 403);
    assert.match((await client.submit(page)).text, /Continue with corp/);
    const second = (await all.logIn('zoe')).client;
    all.clock.offset += 3600_000;
    assert.match((await second.open(`${all.world.http}/login`)).text, /Continue with corp/);
  });
});

describe('pages of the login', () => {
  it('come with headers that allow nothing, and cookies that scripts and other sites do not get', async (t) => {
    const all = await openIdentityWorld(t);
    const response = await fetch(`${all.world.http}/login`);
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'/);
    assert.equal(response.headers.get('x-frame-options'), 'DENY');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    for (const cookie of response.headers.getSetCookie()) assert.match(cookie, /; Path=\/; HttpOnly; SameSite=Lax/);
  });

  it('take forms from their own pages alone', async (t) => {
    const all = await openIdentityWorld(t);
    const { http } = all.world;
    const post = (path: string, headers: Record<string, string>, fields: Record<string, string>) =>
      fetch(`${http}${path}`, { method: 'POST', headers, body: new URLSearchParams(fields), redirect: 'manual' });
    const token = all.world.token('alice');
    assert.equal((await post('/login/local', {}, { token })).status, 403);
    assert.equal((await post('/login/local', { origin: 'https://evil.example' }, { token, csrf: 'x' })).status, 403);
    const client = createPageClient();
    const page = await client.open(`${http}/login`);
    const moved = { ...page, url: 'http://localhost:1/login', text: page.text.replace('action="', `action="${http}`) };
    assert.equal((await client.submit(moved, { token })).status, 403);
    assert.match((await client.submit(page, { token })).text, /You are alice/);
  });

  it('log in people alone with a token of ours: no coding agent, no token without the scope', async (t: TestContext) => {
    const all = await openIdentityWorld(t);
    const gitOnly = await all.world.api('root', 'POST', '/api/v1/tokens', { user: 'alice', scopes: ['git'] });
    const { token } = gitOnly.body as { token: string };
    for (const text of [all.world.token('copilot'), token, 'sp_wrong', '']) {
      const client = createPageClient();
      const answer = await client.submit(await client.open(`${all.world.http}/login`), { token: text });
      assert.equal(answer.status, 403);
    }
  });

  it('bound how often an address may try', async (t) => {
    const all = await openIdentityWorld(t);
    const statuses: number[] = [];
    for (let number = 0; number < 25; number++) {
      statuses.push((await fetch(`${all.world.http}/login/callback/corp?state=spa_${'B'.repeat(43)}`)).status);
    }
    assert.equal(statuses[0], 400);
    assert.equal(statuses.at(-1), 429);
  });
});
