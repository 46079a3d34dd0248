// What doctor says of credentials, by their kind.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkUpstream, withAgent } from '../../src/cli/upstream-checks.ts';
import type { CredentialConfig } from '../../src/domain/credential-config.ts';
import { startTokenServer, type TokenServer } from '../agent/minted/token-server.ts';

const CANARY = ['doctor', 'canary', '9d'].join('-');

describe('doctor says of a credential', () => {
  let directory: string;
  let server: TokenServer;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-doctor-'));
    server = await startTokenServer(({ body }) =>
      body.includes(CANARY)
        ? { status: 200, json: { access_token: 'access', expires_in: 60 } }
        : { status: 400, json: { error: 'invalid_grant' } },
    );
    for (const [name, text, mode] of [
      ['refresh', CANARY, 0o600],
      ['ended', 'ended', 0o600],
      ['open', CANARY, 0o644],
    ] as const) {
      writeFileSync(join(directory, name), text, { mode });
    }
  });
  after(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  const file = (name: string) => ({ kind: 'file', path: join(directory, name) }) as const;
  const printed = { kind: 'command', argv: ['/bin/echo', CANARY] } as const;
  const helper = (lines: string): CredentialConfig => ({ kind: 'command', argv: ['/bin/sh', '-c', lines] });
  const oauth = (refreshToken: Extract<CredentialConfig, { kind: 'oauth' }>['refreshToken']): CredentialConfig => ({
    kind: 'oauth',
    tokenUrl: `${server.url}/token`,
    clientId: 'gate',
    username: 'oauth2',
    ...(refreshToken && { refreshToken }),
  });

  const ROWS: readonly (readonly [string, () => CredentialConfig, RegExp])[] = [
    [
      'that a helper gives one',
      () => helper('echo username=u; echo password=p'),
      /^ok upstream main: .*\nok credential main: command$/,
    ],
    [
      'that a helper gives none',
      () => helper('exit 1'),
      /^fault upstream main: credential main: \/bin\/sh get failed \(exit 1\)$/m,
    ],
    [
      'that an OAuth server gives a token',
      () => oauth(file('refresh')),
      /^ok upstream main: .*\nok credential main: oauth$/,
    ],
    ['that a refresh token has ended', () => oauth(file('ended')), /^fault upstream main: .*invalid_grant.*$/m],
    [
      'that a refresh token can be read by others',
      () => oauth(file('open')),
      /^fault credential main: .*can be read by others$/m,
    ],
    [
      'that a refresh token cannot be replaced',
      () => oauth(printed),
      /^warning credential main: output of \/bin\/echo cannot be written/m,
    ],
    [
      "that an app's key is not there",
      () => ({ kind: 'github-app', appId: '1', privateKey: file('none'), api: server.url, workflows: false }),
      /^fault credential main: file .*none cannot be read \(ENOENT\)$/m,
    ],
  ];
  for (const [title, credential, expected] of ROWS) {
    test(title, async () => {
      const upstream = { name: 'main', url: `${server.url}/{path}`, credential: 'main', hostKeys: [] };
      const own = { file: join(directory, 'f.yaml'), upstreams: [upstream], credentials: { main: credential() } };
      const checks = await withAgent(own, (agent) => checkUpstream(own, upstream, agent));
      const lines = checks.map(({ status, name, detail }) => `${status} ${name}: ${detail}`).join('\n');
      assert.match(lines, expected);
      assert.ok(!lines.includes(CANARY));
    });
  }
});
