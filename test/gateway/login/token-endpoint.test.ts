// The authorization server for command lines, spoken to directly: each grant, and each way to abuse it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { codeChallenge } from '../../../src/domain/identity/login-secrets.ts';
import { type IdentityWorld, openIdentityWorld } from '../../support/identity-world.ts';
import type { PageClient } from '../../support/page-client.ts';

const REDIRECT = 'http://127.0.0.1:9/callback';
const CLIENT = 'sallyport-cli';

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly error?: string;
}

async function post({ world }: IdentityWorld, path: string, fields: Record<string, string>) {
  const body = new URLSearchParams({ client_id: CLIENT, ...fields });
  const response = await fetch(`${world.http}${path}`, { method: 'POST', body });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Tokens };
}

function authorizeUrl({ world }: IdentityWorld, verifier: string, changes: Record<string, string> = {}): string {
  const url = new URL('/login/authorize', world.http);
  const fields = {
    response_type: 'code',
    client_id: CLIENT,
    redirect_uri: REDIRECT,
    state: 'a-state-of-sixteen',
    code_challenge: codeChallenge(verifier),
    code_challenge_method: 'S256',
    label: 'box',
    ...changes,
  };
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return url.href;
}

async function codeFor(all: IdentityWorld, client: PageClient) {
  const verifier = randomBytes(32).toString('base64url');
  const page = await client.open(authorizeUrl(all, verifier));
  const back = await client.submit(page, { decision: 'yes' }, /^http:\/\/127\.0\.0\.1:9\//);
  const answer = new URL(back.url).searchParams;
  assert.equal(answer.get('state'), 'a-state-of-sixteen');
  assert.equal(answer.get('iss'), all.world.http);
  return {
    grant_type: 'authorization_code',
    code: answer.get('code') ?? '',
    code_verifier: verifier,
    redirect_uri: REDIRECT,
  };
}

async function whoami({ world }: IdentityWorld, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${world.http}/api/v1/whoami`, { headers })).status;
}

const refresh = (all: IdentityWorld, token: string) =>
  post(all, '/login/token', { grant_type: 'refresh_token', refresh_token: token });

describe('an authorization code', () => {
  it('is worth tokens once; a second time it ends what the first gave', async (t) => {
    const all = await openIdentityWorld(t);
    const { client } = await all.logIn('zoe');
    const grant = await codeFor(all, client);
    const first = await post(all, '/login/token', grant);
    assert.equal(first.status, 200);
    assert.equal(await whoami(all, first.body.access_token), 200);
    const second = await post(all, '/login/token', grant);
    assert.deepEqual([second.status, second.body.error], [400, 'invalid_grant']);
    assert.equal(await whoami(all, first.body.access_token), 401);
    assert.equal((await refresh(all, first.body.refresh_token)).status, 400);
  });

  it('is worth nothing with another verifier, address or client, or after its minute', async (t) => {
    const all = await openIdentityWorld(t);
    const { client } = await all.logIn('zoe');
    const changes: readonly Record<string, string>[] = [
      { code_verifier: randomBytes(32).toString('base64url') },
      { code_verifier: '' },
      { redirect_uri: 'http://127.0.0.1:10/callback' },
      { code: 'spc_wrong' },
    ];
    for (const change of changes) {
      const answer = await post(all, '/login/token', { ...(await codeFor(all, client)), ...change });
      assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_grant'], JSON.stringify(change));
    }
    const other = await post(all, '/login/token', { ...(await codeFor(all, client)), client_id: 'other' });
    assert.deepEqual([other.status, other.body.error], [401, 'invalid_client']);
    const late = await codeFor(all, client);
    all.clock.offset += 60_000;
    assert.equal((await post(all, '/login/token', late)).status, 400);
  });

  it('is sent to this machine alone, for a request with PKCE and state', async (t) => {
    const all = await openIdentityWorld(t);
    const { client } = await all.logIn('zoe');
    const wrong: readonly Record<string, string>[] = [
      { redirect_uri: 'https://evil.example/callback' },
      { redirect_uri: 'http://127.0.0.1.evil.example:1/callback' },
      { redirect_uri: 'http://localhost:1/callback' },
      { redirect_uri: 'http://127.0.0.1:1/callback#x' },
      { redirect_uri: 'http://u@127.0.0.1:1/callback' },
      { client_id: 'other' },
      { response_type: 'token' },
      { code_challenge_method: 'plain' },
      { code_challenge: 'short' },
      { state: '' },
    ];
    for (const change of wrong) {
      const page = await client.open(authorizeUrl(all, 'v', change));
      assert.equal(page.status, 400, JSON.stringify(change));
    }
  });

  it('needs a yes each time, on a page of ours; a no comes back as such', async (t) => {
    const all = await openIdentityWorld(t);
    const { client } = await all.logIn('zoe');
    const page = await client.open(authorizeUrl(all, 'v'.repeat(43), { label: '<script>alert(1)</script>' }));
    assert.match(page.text, /&lt;script&gt;/);
    assert.ok(!page.text.includes('<script>'));
    assert.match(page.headers.get('content-security-policy') ?? '', /form-action 'self' http:\/\/127\.0\.0\.1:9;/);
    const no = await client.submit(page, { decision: 'no' }, /^http:\/\/127\.0\.0\.1:9\//);
    assert.match(no.url, /error=access_denied/);
    assert.equal((await client.submit(page, { decision: 'yes', csrf: 'guess' })).status, 403);
  });
});

describe('a refresh token', () => {
  async function tokens(all: IdentityWorld): Promise<Tokens> {
    const { client } = await all.logIn('zoe');
    return (await post(all, '/login/token', await codeFor(all, client))).body;
  }

  it('is good for one use; a copy that comes later ends the login of everybody who has one', async (t) => {
    const all = await openIdentityWorld(t);
    const first = await tokens(all);
    const second = (await refresh(all, first.refresh_token)).body;
    all.clock.offset += 30_001;
    const third = (await refresh(all, second.refresh_token)).body;
    assert.equal(await whoami(all, third.access_token), 200);
    assert.equal((await refresh(all, first.refresh_token)).status, 400);
    assert.equal(await whoami(all, third.access_token), 401);
    assert.equal((await refresh(all, third.refresh_token)).status, 400);
    const { body } = await all.world.api('root', 'GET', '/api/v1/audit?type=login.ended');
    assert.match(JSON.stringify(body), /used twice/);
  });

  it('may come twice within half a minute: two gits that asked at once go on', async (t) => {
    const all = await openIdentityWorld(t);
    const first = await tokens(all);
    const [one, two] = await Promise.all([refresh(all, first.refresh_token), refresh(all, first.refresh_token)]);
    assert.deepEqual([one.status, two.status], [200, 200]);
    assert.equal((await refresh(all, two.body.refresh_token)).status, 200);
  });

  it('is worth nothing once the provider no longer knows the person, and neither is anything they have', async (t) => {
    const all = await openIdentityWorld(t);
    const first = await tokens(all);
    const zoe = all.provider.accounts.get('zoe');
    assert.ok(zoe);
    zoe.enabled = false;
    assert.equal(await whoami(all, first.access_token), 200);
    all.clock.offset += 15 * 60_000 + 1;
    assert.equal((await refresh(all, first.refresh_token)).status, 400);
    assert.equal(await whoami(all, first.access_token), 401);
    const { body } = await all.world.api('root', 'GET', '/api/v1/audit?type=identity.changed');
    assert.match(JSON.stringify(body), /"change":"disabled"/);
  });

  it('is good for nothing else: no access, no code, no session', async (t) => {
    const all = await openIdentityWorld(t);
    const { refresh_token, access_token } = await tokens(all);
    assert.equal(await whoami(all, refresh_token), 401);
    assert.equal((await refresh(all, access_token)).status, 400);
    const asCode = {
      grant_type: 'authorization_code',
      code: refresh_token,
      code_verifier: 'v'.repeat(43),
      redirect_uri: REDIRECT,
    };
    assert.equal((await post(all, '/login/token', asCode)).status, 400);
  });

  it('ends with the token of ours by which somebody logged in', async (t) => {
    const all = await openIdentityWorld(t);
    const made = await all.world.api('root', 'POST', '/api/v1/tokens', { user: 'alice', scopes: ['api', 'git'] });
    const { token, id } = made.body as { token: string; id: string };
    const { createPageClient } = await import('../../support/page-client.ts');
    const client = createPageClient();
    await client.submit(await client.open(`${all.world.http}/login`), { token });
    const pair = (await post(all, '/login/token', await codeFor(all, client))).body;
    assert.equal(await whoami(all, pair.access_token), 200);
    await all.world.api('root', 'DELETE', `/api/v1/tokens/${id}`);
    assert.equal((await refresh(all, pair.refresh_token)).status, 400);
    assert.match((await client.open(`${all.world.http}/login`)).text, /Continue with corp/);
  });
});

describe('a device', () => {
  it('is not approved by whoever has no session, guesses, or forges the form', async (t) => {
    const all = await openIdentityWorld(t);
    const started = await fetch(`${all.world.http}/login/device/start`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: CLIENT, label: 'box' }),
    });
    const codes = (await started.json()) as { device_code: string; user_code: string };
    const poll = () =>
      post(all, '/login/token', {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: codes.device_code,
      });
    assert.equal((await poll()).body.error, 'authorization_pending');
    assert.equal((await poll()).body.error, 'slow_down');
    const blind = await fetch(`${all.world.http}/login/device/decide`, {
      method: 'POST',
      body: new URLSearchParams({ code: codes.user_code, decision: 'yes' }),
    });
    assert.equal(blind.status, 403);
    const { client } = await all.logIn('zoe');
    const form = await client.open(`${all.world.http}/login/device?user_code=${codes.user_code}`);
    assert.ok(!form.text.includes(codes.user_code), 'the code is typed, never filled in');
    assert.equal((await client.submit(form, { code: 'BBBB-BBBB' })).status, 404);
    const confirm = await client.submit(form, { code: codes.user_code });
    assert.equal((await client.submit(confirm, { decision: 'yes', csrf: 'guess' })).status, 403);
    assert.match((await client.submit(confirm, { decision: 'no' })).text, /refused/);
    all.clock.offset += 6000;
    assert.equal((await poll()).body.error, 'access_denied');
  });
});
