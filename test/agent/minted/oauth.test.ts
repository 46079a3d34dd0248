import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readSecret, SecretError, writeSecret } from '../../../src/adapters/config/secret.ts';
import { createCredentials } from '../../../src/agent/credentials.ts';
import type { CredentialConfig, OauthConfig, SecretSource } from '../../../src/domain/credential-config.ts';
import { type Answer, startTokenServer, type TokenServer } from './token-server.ts';

const CLIENT_SECRET = ['client', 'canary', '31aa'].join('-');
const FIRST = ['refresh', 'canary', '0'].join('-');
const SECRETS: Readonly<Record<string, string>> = { CLIENT_SECRET, REFRESH: FIRST };
const env = (name: string): SecretSource => ({ kind: 'env', name });

interface Played {
  readonly server: TokenServer;
  readonly config: OauthConfig;
  readonly directory: string;
  /** Forms that were sent, oldest first. */
  forms(): readonly Readonly<Record<string, string>>[];
}

/** An OAuth server whose refresh tokens count once: each answer holds the next one; a used one is refused. */
async function withServer(run: (played: Played) => Promise<void>, change?: () => Answer): Promise<void> {
  let made = 0;
  const server = await startTokenServer(({ body }) => {
    if (change !== undefined) return change();
    const form = new URLSearchParams(body);
    const isClient = form.get('client_id') === 'gate' && form.get('client_secret') === CLIENT_SECRET;
    if (!isClient) return { status: 401, json: { error: 'invalid_client' } };
    if (form.get('grant_type') === 'client_credentials') {
      return { status: 200, json: { access_token: `access-${++made}`, expires_in: 7200 } };
    }
    if (form.get('refresh_token') !== FIRST.replace(/0$/, `${made}`)) {
      return { status: 400, json: { error: 'invalid_grant', error_description: form.get('refresh_token') } };
    }
    made += 1;
    const next = FIRST.replace(/0$/, `${made}`);
    return { status: 200, json: { access_token: `access-${made}`, expires_in: 7200, refresh_token: next } };
  });
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-oauth-'));
  const config: OauthConfig = {
    kind: 'oauth',
    tokenUrl: `${server.url}/oauth/token`,
    clientId: 'gate',
    clientSecret: env('CLIENT_SECRET'),
    username: 'oauth2',
  };
  const forms = () => server.asked.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  try {
    await run({ server, config, directory, forms });
  } finally {
    rmSync(directory, { recursive: true });
    await server.close();
  }
}

function make(config: CredentialConfig, directory = '/', known: string[] = []) {
  const read = async (source: SecretSource) =>
    source.kind === 'env' ? (SECRETS[source.name] ?? '') : readSecret(source, join(directory, 'sallyport.yaml'));
  return createCredentials({ main: config }, read, undefined, { add: (text) => known.push(text) }, writeSecret);
}

async function passwordOf(credentials: ReturnType<typeof make>): Promise<string> {
  const credential = await credentials.load('main');
  assert.equal(credential.kind, 'authorization');
  const value = credential.kind === 'authorization' ? credential.value.reveal() : '';
  return Buffer.from(value.replace(/^Basic /, ''), 'base64').toString();
}

describe('an OAuth server', () => {
  test('gives the client itself a token, asked for once', () =>
    withServer(async ({ config, forms }) => {
      const credentials = make({ ...config, scope: 'write_repository' });
      const all = await Promise.all([passwordOf(credentials), passwordOf(credentials), passwordOf(credentials)]);
      assert.deepEqual(new Set(all), new Set(['oauth2:access-1']));
      assert.deepEqual(forms(), [
        {
          grant_type: 'client_credentials',
          client_id: 'gate',
          client_secret: CLIENT_SECRET,
          scope: 'write_repository',
        },
      ]);
    }));

  test('is asked anew once a token was refused', () =>
    withServer(async ({ config }) => {
      const credentials = make(config);
      assert.equal(await passwordOf(credentials), 'oauth2:access-1');
      credentials.forget('main');
      assert.equal(await passwordOf(credentials), 'oauth2:access-2');
    }));

  test('replaces the refresh token: the next one is in its file, for nobody else to read, before a token is used', () =>
    withServer(async ({ config, directory }) => {
      const path = join(directory, 'refresh');
      writeFileSync(path, `${FIRST}\n`, { mode: 0o600 });
      const known: string[] = [];
      const credentials = make({ ...config, refreshToken: { kind: 'file', path } }, directory, known);
      for (const round of [1, 2, 3]) {
        assert.equal(await passwordOf(credentials), `oauth2:access-${round}`);
        assert.equal(readFileSync(path, 'utf8'), `${FIRST.replace(/0$/, `${round}`)}\n`);
        assert.equal(statSync(path).mode & 0o777, 0o600);
        credentials.forget('main');
      }
      const another = make({ ...config, refreshToken: { kind: 'file', path } }, directory);
      assert.equal(await passwordOf(another), 'oauth2:access-4');
      for (const text of [CLIENT_SECRET, FIRST, FIRST.replace(/0$/, '3'), 'access-3']) {
        assert.ok(known.includes(text), 'a secret was not made known');
      }
    }));

  test('replaces one that cannot be written: it is kept until the agent ends', () =>
    withServer(async ({ config, forms }) => {
      const credentials = make({ ...config, refreshToken: env('REFRESH') });
      for (const round of [1, 2, 3]) {
        assert.equal(await passwordOf(credentials), `oauth2:access-${round}`);
        credentials.forget('main');
      }
      assert.deepEqual(
        forms().map((form) => form['refresh_token']),
        ['0', '1', '2'].map((end) => FIRST.replace(/0$/, end)),
      );
    }));

  test('is asked with a refresh token that the operator has put in place since', () =>
    withServer(async ({ config, directory, forms }) => {
      const path = join(directory, 'refresh');
      writeFileSync(path, 'ended');
      const credentials = make({ ...config, refreshToken: { kind: 'file', path } }, directory);
      await assert.rejects(credentials.load('main'));
      writeFileSync(path, FIRST);
      assert.equal(await passwordOf(credentials), 'oauth2:access-1');
      assert.deepEqual(
        forms().map((form) => form['refresh_token']),
        ['ended', FIRST],
      );
    }));

  const REFUSED: readonly (readonly [string, Answer, RegExp])[] = [
    [
      'a refresh token that ended',
      { status: 400, json: { error: 'invalid_grant', error_description: FIRST } },
      /status 400, invalid_grant\); hint: the refresh token has ended; get a new one$/,
    ],
    [
      'a client it does not know',
      { status: 401, json: { error: 'invalid_client' } },
      /status 401, invalid_client\); hint: check clientId and clientSecret$/,
    ],
    ['words of its own', { status: 400, json: { error: `no ${FIRST}` } }, /status 400\); hint: check clientId/],
    ['a redirect', { status: 307, headers: { Location: '/elsewhere' } }, /status 307/],
    ['a token that would be two header fields', { status: 200, json: { access_token: 'a\r\nX: b' } }, /status 200/],
    ['no token', { status: 200, json: {} }, /status 200/],
    ['a list', { status: 200, json: ['access_token'] }, /status 200/],
    ['an endless answer', { status: 200, json: { access_token: 'x'.repeat(300_000) } }, /broke off|no answer/],
  ];
  for (const [title, answer, expected] of REFUSED) {
    test(`answering with ${title} is told without any secret`, () =>
      withServer(
        async ({ config, server }) => {
          const credentials = make({ ...config, refreshToken: env('REFRESH') });
          await assert.rejects(credentials.load('main'), (error: Error) => {
            assert.match(error.message, /^credential main: /);
            assert.match(error.message, expected);
            for (const text of [CLIENT_SECRET, FIRST]) assert.ok(!error.message.includes(text));
            return true;
          });
          assert.equal(server.asked.length, 1);
        },
        () => answer,
      ));
  }
});

describe('a secret that is replaced', () => {
  test('is never written where others could read it, whatever was there', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-write-'));
    try {
      const path = join(directory, 'token');
      writeFileSync(path, 'old');
      chmodSync(path, 0o644);
      await writeSecret({ kind: 'file', path }, 'new');
      assert.equal(readFileSync(path, 'utf8'), 'new\n');
      assert.equal(statSync(path).mode & 0o777, 0o600);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  const NOWHERE: readonly (readonly [string, SecretSource])[] = [
    ['a variable', env('X')],
    ['a command', { kind: 'command', argv: ['vault'] }],
    ['a directory that is not there', { kind: 'file', path: '/nonexistent/token' }],
  ];
  for (const [title, source] of NOWHERE) {
    test(`cannot be written to ${title}, which is told without its text`, async () => {
      await assert.rejects(
        writeSecret(source, FIRST),
        (error: Error) => error instanceof SecretError && !error.message.includes(FIRST),
      );
    });
  }
});
