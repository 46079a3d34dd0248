import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { readSecret } from '../../src/adapters/config/secret.ts';
import { CredentialError, createCredentials, Secret, type SecretSource } from '../../src/agent/credentials.ts';

const CANARY = ['canary', 'secret', '1f0e'].join('-');
const ENV: SecretSource = { kind: 'env', name: 'X' };
const COMMAND: SecretSource = { kind: 'command', argv: ['vault'] };

const headerOf = async (credential: Promise<{ readonly kind: string; readonly value?: Secret }>) =>
  (await credential).value?.reveal();

describe('credentials', () => {
  test('basic becomes a whole Authorization value', async () => {
    const credentials = createCredentials(
      { main: { kind: 'basic', username: 'bot', password: ENV } },
      async () => 'pw:with:colons',
    );
    assert.equal(
      await headerOf(credentials.load('main')),
      `Basic ${Buffer.from('bot:pw:with:colons').toString('base64')}`,
    );
  });

  test('bearer becomes a whole Authorization value', async () => {
    const credentials = createCredentials({ main: { kind: 'bearer', token: ENV } }, async () => CANARY);
    assert.equal(await headerOf(credentials.load('main')), `Bearer ${CANARY}`);
  });

  for (const token of ['two words', 'line\nX-Evil: 1', 'trailing ', 'é']) {
    test(`a bearer token such as ${JSON.stringify(token)} is refused, since it could add a header`, async () => {
      const credentials = createCredentials({ main: { kind: 'bearer', token: ENV } }, async () => token);
      await assert.rejects(credentials.load('main'), (error: Error) => {
        assert.ok(error instanceof CredentialError);
        return !error.message.includes(token);
      });
    });
  }

  test('a name that is not configured, or lives on the prototype, is none', async () => {
    const credentials = createCredentials({}, async () => CANARY);
    assert.equal(credentials.kindOf('toString'), undefined);
    await assert.rejects(credentials.load('constructor'), CredentialError);
  });

  test('a rotated file counts from the next load on', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-credentials-'));
    try {
      const path = join(directory, 'token');
      const read = (source: SecretSource) => readSecret(source, join(directory, 'sallyport.yaml'));
      const credentials = createCredentials({ main: { kind: 'bearer', token: { kind: 'file', path } } }, read);
      writeFileSync(path, 'first\n');
      assert.equal(await headerOf(credentials.load('main')), 'Bearer first');
      writeFileSync(path, 'second\n');
      assert.equal(await headerOf(credentials.load('main')), 'Bearer second');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('a command is asked once a minute, and again once its answer was refused', async () => {
    let asked = 0;
    let now = 0;
    const credentials = createCredentials(
      { main: { kind: 'bearer', token: COMMAND } },
      async () => `token-${++asked}`,
      () => now,
    );
    assert.equal(await headerOf(credentials.load('main')), 'Bearer token-1');
    now = 59_000;
    assert.equal(await headerOf(credentials.load('main')), 'Bearer token-1');
    credentials.forget('main');
    assert.equal(await headerOf(credentials.load('main')), 'Bearer token-2');
    now += 61_000;
    assert.equal(await headerOf(credentials.load('main')), 'Bearer token-3');
  });

  test('a command that fails is asked again at once', async () => {
    let asked = 0;
    const credentials = createCredentials({ main: { kind: 'bearer', token: COMMAND } }, async () => {
      if (++asked === 1) throw new Error('vault is sealed');
      return 'later';
    });
    await assert.rejects(credentials.load('main'), /credential main cannot be read: vault is sealed/);
    assert.equal(await headerOf(credentials.load('main')), 'Bearer later');
  });

  test('no way of printing a secret shows it', () => {
    const secret = new Secret(CANARY);
    const printed = [
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 9, showHidden: true }),
      String(secret),
    ];
    for (const text of printed) assert.ok(!text.includes(CANARY), text);
    assert.equal(secret.reveal(), CANARY);
  });

  test('what an upstream quotes of a loaded secret is redacted, in both spellings and after rotation', async () => {
    let password = CANARY;
    const credentials = createCredentials(
      { main: { kind: 'basic', username: 'bot', password: ENV } },
      async () => password,
    );
    await credentials.load('main');
    password = 'rotated-secret';
    await credentials.load('main');
    const pair = Buffer.from(`bot:${CANARY}`).toString('base64');
    const said = credentials.redact(`bad header Basic ${pair}, password ${CANARY} or rotated-secret`);
    assert.equal(said, 'bad header Basic [redacted], password [redacted] or [redacted]');
  });

  test('every secret that is read is made known, those of variables and files before anybody needs them', async () => {
    const known: string[] = [];
    const texts: Record<string, string> = { env: CANARY, file: 'key of a file', command: 'from a vault' };
    const credentials = createCredentials(
      {
        basic: { kind: 'basic', username: 'bot', password: ENV },
        key: { kind: 'ssh-key', username: 'git', privateKey: { kind: 'file', path: '/k' } },
        gone: { kind: 'bearer', token: { kind: 'file', path: '/gone' } },
        vault: { kind: 'bearer', token: COMMAND },
      },
      async (source) => {
        if (source.kind === 'file' && source.path === '/gone') throw new Error('no such file');
        return texts[source.kind] ?? '';
      },
      undefined,
      { add: (text) => known.push(text) },
    );
    await credentials.learn();
    assert.deepEqual(
      known.toSorted(),
      [Buffer.from(`bot:${CANARY}`).toString('base64'), CANARY, 'key of a file'].toSorted(),
    );
  });
});
