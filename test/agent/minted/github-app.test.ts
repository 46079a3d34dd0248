import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { jwtVerify } from 'jose';
import { CredentialError, type CredentialUse, createCredentials } from '../../../src/agent/credentials.ts';
import { mintInstallationToken } from '../../../src/agent/minted/github-app.ts';
import type { GithubAppConfig, SecretSource } from '../../../src/domain/credential-config.ts';
import { type Answer, type Asked, startTokenServer, type TokenServer } from './token-server.ts';

const HOUR = 3_600_000;
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const KEY: SecretSource = { kind: 'file', path: '/app.pem' };
const TOKEN = ['gh', 's_'].join('') + 'k3'.repeat(18);

/** GitHub as far as an app sees it: takes only what our key has signed, for an hour from its own clock. */
async function withForge(
  options: { readonly aheadMs?: number; readonly change?: (asked: Asked) => Answer | undefined },
  run: (server: TokenServer, config: GithubAppConfig) => Promise<void>,
): Promise<void> {
  const { aheadMs = 0, change } = options;
  const server = await startTokenServer(async (asked) => {
    const changed = change?.(asked);
    if (changed !== undefined) return changed;
    const headers = { Date: new Date(Date.now() + aheadMs).toUTCString() };
    const verified = await jwtVerify(asked.authorization.replace(/^Bearer /, ''), publicKey, {
      algorithms: ['RS256'],
      issuer: '77',
      maxTokenAge: '10m',
    }).catch(() => undefined);
    const lifetime = (verified?.payload.exp ?? 0) - (verified?.payload.iat ?? 0);
    if (verified === undefined || lifetime > 600) return { status: 401, headers };
    if (asked.path === '/repos/acme/shop/installation') return { status: 200, json: { id: 5 }, headers };
    if (asked.path !== '/app/installations/5/access_tokens') return { status: 404, headers };
    const expires = new Date(Date.now() + aheadMs + HOUR).toISOString();
    return { status: 201, json: { token: TOKEN, expires_at: expires }, headers };
  });
  try {
    await run(server, { kind: 'github-app', appId: '77', privateKey: KEY, api: server.url, workflows: false });
  } finally {
    await server.close();
  }
}

const use = (repo: string, writes: boolean): CredentialUse => ({
  scheme: 'https',
  host: 'github.com',
  port: 443,
  repo,
  writes,
});

describe('a GitHub App', () => {
  const RIGHTS: readonly (readonly [string, boolean, boolean, Readonly<Record<string, string>>])[] = [
    ['a fetch reads', false, false, { contents: 'read', metadata: 'read' }],
    ['a push writes', true, false, { contents: 'write', metadata: 'read' }],
    [
      'a push may change workflows if configured',
      true,
      true,
      { contents: 'write', metadata: 'read', workflows: 'write' },
    ],
    ['a fetch never may', false, true, { contents: 'read', metadata: 'read' }],
  ];
  for (const [title, writes, workflows, permissions] of RIGHTS) {
    test(`${title}, in the one repository`, () =>
      withForge({}, async (server, config) => {
        const token = await mintInstallationToken({ ...config, workflows }, PEM, { repo: 'acme/shop.git', writes });
        assert.equal(token.text, TOKEN);
        assert.deepEqual(
          server.asked.map(({ method, path }) => `${method} ${path}`),
          ['GET /repos/acme/shop/installation', 'POST /app/installations/5/access_tokens'],
        );
        assert.deepEqual(JSON.parse(server.asked[1]?.body ?? ''), { repositories: ['shop'], permissions });
      }));
  }

  test('a configured installation is not looked for', () =>
    withForge({}, async (server, config) => {
      await mintInstallationToken({ ...config, installation: 5 }, PEM, { repo: 'acme/shop', writes: false });
      assert.deepEqual(
        server.asked.map(({ method }) => method),
        ['POST'],
      );
    }));

  for (const aheadMs of [0, 2 * HOUR, -2 * HOUR]) {
    test(`the end of a token is put on our clock when the server's is ${aheadMs / HOUR} hours ahead`, () =>
      withForge({ aheadMs }, async (_, config) => {
        const { until } = await mintInstallationToken(config, PEM, { repo: 'acme/shop', writes: false });
        assert.ok(Math.abs(until - Date.now() - HOUR) < 30_000, `${until - Date.now()} ms`);
      }));
  }

  test('one token serves all requests of its repository and right', () =>
    withForge({}, async (server, config) => {
      const known: string[] = [];
      const held = { add: (text: string) => known.push(text) };
      const credentials = createCredentials({ app: config }, async () => PEM, undefined, held);
      const loads = [false, false, true, true].map((writes) => credentials.load('app', use('acme/shop.git', writes)));
      const values = (await Promise.all(loads)).map((one) => (one.kind === 'authorization' ? one.value.reveal() : ''));
      const pair = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
      assert.deepEqual(new Set(values), new Set([`Basic ${pair}`]));
      assert.equal(server.asked.length, 4);
      for (const text of [TOKEN, pair, PEM]) assert.ok(known.includes(text), 'a secret was not made known');
    }));

  const REFUSED: readonly (readonly [number, RegExp])[] = [
    [401, /status 401; hint: are appId and privateKey of one app, is the clock right\?/],
    [403, /status 403; hint: does the app have the permission "contents"/],
    [422, /status 422; hint: does the app have the permission "contents"/],
    [404, /status 404; hint: is the app installed for this repository\?/],
    [302, /status 302/],
  ];
  for (const [status, expected] of REFUSED) {
    test(`${status} is told with what to do, without any secret or word of the server`, () => {
      const change = ({ authorization }: Asked) => ({
        status,
        json: { message: `no: ${authorization}`, token: TOKEN },
        headers: { Location: '/elsewhere' },
      });
      return withForge({ change }, async (server, config) => {
        const credentials = createCredentials({ app: config }, async () => PEM);
        const asked = credentials.load('app', use('acme/shop', true));
        await assert.rejects(asked, (error: Error) => {
          assert.ok(error instanceof CredentialError);
          assert.match(error.message, /^credential app: the app is not installed for acme\/shop: /);
          assert.match(error.message, expected);
          const [jwt = ''] = server.asked.map(({ authorization }) => authorization.slice('Bearer '.length));
          for (const text of [jwt, TOKEN, 'no:']) assert.ok(!error.message.includes(text));
          return true;
        });
        assert.equal(server.asked.length, 1, 'a redirect was followed');
      });
    });
  }

  for (const repo of ['shop', 'a/b/c', '../etc/passwd', 'acme/shop?x', 'acme/sh op', 'acme/..', 'acme/...git']) {
    test(`a repository such as ${repo} asks nobody for anything`, () =>
      withForge({}, async (server, config) => {
        await assert.rejects(mintInstallationToken(config, PEM, { repo, writes: false }), CredentialError);
        assert.deepEqual(server.asked, []);
      }));
  }

  const KEYS: readonly (readonly [string, string])[] = [
    ['no key', 'not a key at all'],
    [
      'another kind of key',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ],
  ];
  for (const [title, pem] of KEYS) {
    test(`${title} is refused without being quoted`, () =>
      withForge({}, async (_, config) => {
        await assert.rejects(
          mintInstallationToken(config, pem, { repo: 'acme/shop', writes: false }),
          (error: Error) => error instanceof CredentialError && !error.message.includes(pem.slice(0, 10)),
        );
      }));
  }

  test('a secret never goes to another machine in clear', async () => {
    const config: GithubAppConfig = {
      kind: 'github-app',
      appId: '77',
      privateKey: KEY,
      api: 'http://forge.example.com',
      workflows: false,
    };
    const asked = mintInstallationToken(config, PEM, { repo: 'acme/shop', writes: false });
    await assert.rejects(asked, /would get a secret in clear; hint: use https/);
  });
});
