// What providers say of people bites: within the configured time at every door, and always before an approval counts.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type IdentityWorld, type IdentityWorldOptions, openIdentityWorld } from '../support/identity-world.ts';
import { loginTokens } from '../support/login-tokens.ts';

const TWO_OF_SRE = `version: 1
rules:
  - name: production needs two of SRE
    when: { paths: ["infra/prod/**"] }
    then: hold
    approvals: [{ group: sre, count: 2 }]
`;

/** A push of alice that waits, and tokens of two members of sre by their provider's word. */
async function held(t: TestContext, options: IdentityWorldOptions = {}) {
  const all = await openIdentityWorld(t, { policy: TWO_OF_SRE, ...options });
  const { world } = all;
  const [yan, xia] = [await loginTokens(all, 'yan'), await loginTokens(all, 'xia')];
  const clone = await world.clone('http', 'alice');
  await world.commit(clone, 'alice', { 'infra/prod/db.tf': 'size = 2\n' });
  const pushed = await world.git('alice', ['push', 'origin', 'HEAD:refs/heads/work'], { cwd: clone });
  const id = Number(/push (\d+)/.exec(pushed.stderr)?.[1]);
  assert.ok(id > 0, pushed.stderr);
  const approve = (token: string) => call(all, token, 'POST', `/api/v1/pushes/${id}/approve`, { comment: 'ok' });
  const state = async () => {
    const { body } = await world.api('root', 'GET', `/api/v1/pushes/${id}`);
    return (body as { state: string }).state;
  };
  return { ...all, yan: yan.access_token, xia: xia.access_token, approve, state };
}

async function call({ world }: IdentityWorld, token: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${world.http}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

describe('an approval by somebody whom a provider vouches for', () => {
  it('lets a push land when both are still members', async (t) => {
    const { approve, yan, xia, state } = await held(t);
    assert.equal((await approve(yan)).status, 200);
    assert.equal(await state(), 'held');
    assert.equal((await approve(xia)).status, 200);
    assert.match(await state(), /^(?:relaying|landed)$/);
  });

  it('counts no more when the group is taken away between the approval and the relay', async (t) => {
    const { approve, yan, xia, state, provider } = await held(t);
    assert.equal((await approve(yan)).status, 200);
    const account = provider.accounts.get('yan');
    assert.ok(account);
    account.groups = ['engineers'];
    assert.equal((await approve(xia)).status, 200);
    assert.equal(await state(), 'held');
  });

  it('counts no more when the person is gone, and everything they have ends with it', async (t) => {
    const all = await held(t);
    const { approve, yan, xia, state, provider } = all;
    assert.equal((await approve(yan)).status, 200);
    const account = provider.accounts.get('yan');
    assert.ok(account);
    account.enabled = false;
    assert.equal((await approve(xia)).status, 200);
    assert.equal(await state(), 'held');
    assert.equal((await call(all, yan, 'GET', '/api/v1/whoami')).status, 401);
  });

  it('is refused at once to somebody whose group is gone, however fresh their token is', async (t) => {
    const { approve, yan, provider } = await held(t);
    const account = provider.accounts.get('yan');
    assert.ok(account);
    account.groups = [];
    assert.equal((await approve(yan)).status, 403);
  });

  it('counts while the provider is down as long as what it said is recent, and not longer', async (t) => {
    const all = await held(t);
    all.provider.setDown(true);
    assert.equal((await all.approve(all.yan)).status, 200);
    all.clock.offset += 15 * 60_000 + 1;
    const late = await all.approve(all.xia);
    assert.equal(late.status, 401, late.text);
    assert.equal(await all.state(), 'held');
  });
});

describe('an approval that waits for a provider', () => {
  it('is counted once the provider says that it still holds', async (t) => {
    const all = await held(t);
    assert.equal((await all.approve(all.yan)).status, 200);
    all.clock.offset += 15 * 60_000 + 1;
    const late = await loginTokens(all, 'xia');
    all.provider.setDown(true);
    assert.equal((await all.approve(late.access_token)).status, 200);
    assert.equal(await all.state(), 'held');
    all.provider.setDown(false);
    await all.world.stop();
    await all.world.start();
    assert.match(await all.state(), /^(?:relaying|landed)$/);
  });
});

describe('what a provider said', () => {
  it('is asked again at the doors once it is old: other groups are other rights', async (t) => {
    const all = await openIdentityWorld(t);
    const { access_token } = await loginTokens(all, 'zoe');
    const groups = async () =>
      (JSON.parse((await call(all, access_token, 'GET', '/api/v1/whoami')).text) as { groups: string[] }).groups;
    const account = all.provider.accounts.get('zoe');
    assert.ok(account);
    account.groups = ['operators'];
    assert.deepEqual(await groups(), ['dev']);
    all.clock.offset += 15 * 60_000 + 1;
    assert.deepEqual(await groups(), ['sre']);
    const { body } = await all.world.api('root', 'GET', '/api/v1/audit?type=identity.changed');
    assert.match(JSON.stringify(body), /"change":"groups"/);
  });

  it('leaves sessions alone while the provider is down, until it is old', async (t) => {
    const all = await openIdentityWorld(t);
    const { access_token } = await loginTokens(all, 'zoe');
    all.provider.setDown(true);
    assert.equal((await call(all, access_token, 'GET', '/api/v1/whoami')).status, 200);
    all.clock.offset += 15 * 60_000 + 1;
    assert.equal((await call(all, access_token, 'GET', '/api/v1/whoami')).status, 401);
    all.provider.setDown(false);
    all.clock.offset += 15_001;
    assert.equal((await call(all, access_token, 'GET', '/api/v1/whoami')).status, 200);
  });

  it('holds for ssh keys as well: who is gone at the provider is gone here', async (t) => {
    const all = await openIdentityWorld(t);
    const { world, provider, clock } = all;
    const { access_token } = await loginTokens(all, 'zoe');
    const key = join(world.directory, 'home', 'zoe');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const line = await readFile(`${key}.pub`, 'utf8');
    assert.equal((await call(all, access_token, 'POST', '/api/v1/keys', { key: line })).status, 201);
    const list = () => world.git('zoe', ['ls-remote', world.url('ssh', 'zoe')]);
    assert.equal((await list()).code, 0);
    const account = provider.accounts.get('zoe');
    assert.ok(account);
    account.enabled = false;
    clock.offset += 15 * 60_000 + 1;
    assert.notEqual((await list()).code, 0);
  });
});
