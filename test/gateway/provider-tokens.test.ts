// Tokens that a provider or a CI system signed, used directly: as password of git and as Bearer of the API.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { type IdentityWorld, openIdentityWorld } from '../support/identity-world.ts';
import { must } from '../support/run.ts';

const CI = `  workloads:
    - { name: forge, issuer: "ISSUER", audience: "https://gate.example", match: { sub: "repo:acme/*:ref:refs/heads/**" },
        principal: "ci-{repository}", groups: [dev] }`;

const ZOE = { sub: 'sub-zoe', preferred_username: 'zoe', groups: ['engineers'] };
const JOB = { sub: 'repo:acme/shop:ref:refs/heads/main', aud: 'https://gate.example', repository: 'acme/shop' };

function urlWith({ world }: IdentityWorld, password: string): string {
  return `${world.http.replace('http://', `http://any:${password}@`)}/acme/shop.git`;
}

async function whoami({ world }: IdentityWorld, token: string) {
  const response = await fetch(`${world.http}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const withCi = { identity: (provider: { issuer: string }) => CI.replace('ISSUER', provider.issuer) };

describe('an ID token as password', () => {
  it('clones and pushes, without any login before, and the trail says with what', async (t) => {
    const all = await openIdentityWorld(t);
    const { world, provider } = all;
    const token = await provider.sign(ZOE);
    const clone = join(world.directory, 'zoes');
    await must(world.git('zoe', ['clone', '-q', urlWith(all, token), clone]));
    await writeFile(join(clone, 'z.txt'), 'z\n');
    await must(world.git('zoe', ['add', '.'], { cwd: clone }));
    await must(world.git('zoe', ['commit', '-qm', 'z'], { cwd: clone }));
    await must(world.git('zoe', ['push', '-q', 'origin', 'HEAD:refs/heads/zoe'], { cwd: clone }));
    assert.ok('refs/heads/zoe' in (await world.upstreamRefs()));
    const { body } = await world.api('root', 'GET', '/api/v1/audit?type=push.received');
    assert.match(JSON.stringify(body), /"provider-token"/);
    assert.ok(!JSON.stringify(body).includes(token.slice(-20)));
  });

  it('gives the rights of its groups and no more', async (t) => {
    const all = await openIdentityWorld(t);
    const none = await all.provider.sign({ ...ZOE, groups: [] });
    assert.notEqual((await all.world.git('zoe', ['ls-remote', urlWith(all, none)])).code, 0);
    assert.deepEqual((await whoami(all, none)).body['groups'], []);
    assert.deepEqual(
      (await whoami(all, await all.provider.sign({ ...ZOE, iat: Math.floor(Date.now() / 1000) + 1 }))).body['groups'],
      ['dev'],
    );
  });

  it('that was issued before the provider disabled the person counts no more', async (t) => {
    const all = await openIdentityWorld(t);
    const early = await all.provider.sign({ ...ZOE, iat: Math.floor(Date.now() / 1000) - 30 });
    await all.logIn('zoe');
    assert.equal((await whoami(all, early)).status, 200);
    const account = all.provider.accounts.get('zoe');
    assert.ok(account);
    account.enabled = false;
    all.clock.offset += 15 * 60_000 + 1;
    const signedNow = { iat: Math.floor(all.clock.now() / 1000), exp: Math.floor(all.clock.now() / 1000) + 600 };
    assert.equal((await whoami(all, await all.provider.sign({ ...ZOE, exp: signedNow.exp }))).status, 401);
    assert.equal((await whoami(all, early)).status, 401);
  });

  it('goes on with the next key when the provider rotates, and with the old session', async (t) => {
    const all = await openIdentityWorld(t);
    const { client } = await all.logIn('zoe');
    assert.equal((await whoami(all, await all.provider.sign(ZOE))).status, 200);
    await all.provider.rotate();
    assert.equal((await whoami(all, await all.provider.sign(ZOE))).status, 200);
    assert.match((await client.open(`${all.world.http}/login`)).text, /You are zoe/);
    assert.match((await all.logIn('yan')).page.text, /You are yan/);
  });

  it('makes no token of ours: a borrowed hour stays an hour', async (t) => {
    const all = await openIdentityWorld(t);
    const response = await fetch(`${all.world.http}/api/v1/tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await all.provider.sign(ZOE)}`, 'content-type': 'application/json' },
      body: '{}',
    });
    assert.equal(response.status, 403);
  });

  it('stays out of the log, whatever becomes of it', async (t) => {
    const lines: string[] = [];
    const destination = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const all = await openIdentityWorld(t, { log: { level: 'debug', destination } });
    const good = await all.provider.sign(ZOE);
    const bad = await all.provider.sign({ ...ZOE, aud: 'another' });
    await whoami(all, good);
    await whoami(all, bad);
    await all.world.git('zoe', ['ls-remote', urlWith(all, bad)]);
    await all.logIn('zoe');
    const log = lines.join('');
    assert.match(log, /a token of a provider was refused/);
    const secrets = [good, bad].map((token) => token.split('.')[2] ?? '');
    for (const secret of [...secrets, all.provider.clientSecret]) assert.ok(!log.includes(secret));
    assert.doesNotMatch(log, /code=|eyJ|spa_/);
  });
});

describe('a token of a CI job', () => {
  it('is a service principal that fetches and pushes', async (t) => {
    const all = await openIdentityWorld(t, withCi);
    const token = await all.provider.sign(JOB);
    const { body } = await whoami(all, token);
    assert.deepEqual([body['name'], body['kind'], body['groups']], ['ci-acme.shop', 'service', ['dev']]);
    assert.equal((await all.world.git('zoe', ['ls-remote', urlWith(all, token)])).code, 0);
  });

  const OTHERS: readonly (readonly [string, Record<string, unknown>])[] = [
    ['of another owner', { sub: 'repo:evil/shop:ref:refs/heads/main' }],
    ['whose repository only looks like ours', { sub: 'repo:acme/shop:pull_request' }],
    ['of a repository below', { sub: 'repo:acme/x/y:ref:refs/heads/main' }],
    ['for another audience', { aud: 'https://other.example' }],
    ['whose name would be none', { repository: 'acme/shop\u202e' }],
    ['without the claim of its name', { repository: 7 }],
  ];
  for (const [title, changes] of OTHERS) {
    it(`lets in no job ${title}`, async (t) => {
      const all = await openIdentityWorld(t, withCi);
      assert.equal((await whoami(all, await all.provider.sign({ ...JOB, ...changes }))).status, 401);
    });
  }

  it('is nobody when its name is a person, and nobody once a service of its name is disabled', async (t) => {
    const all = await openIdentityWorld(t, withCi);
    const { world, provider } = all;
    const token = await provider.sign(JOB);
    await world.api('root', 'POST', '/api/v1/users', { name: 'ci-acme.shop', kind: 'service' });
    assert.equal((await whoami(all, token)).status, 200);
    await world.api('root', 'POST', '/api/v1/users/ci-acme.shop/disable', {});
    assert.equal((await whoami(all, token)).status, 401);
    await world.api('root', 'POST', '/api/v1/users', { name: 'ci-acme.other', kind: 'human' });
    assert.equal((await whoami(all, await provider.sign({ ...JOB, repository: 'acme/other' }))).status, 401);
  });
});
