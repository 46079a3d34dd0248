// A key that only an ssh-agent holds, with OpenSSH's own agent.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { createAgent } from '../../src/agent/agent.ts';
import type { AgentLog } from '../../src/agent/log.ts';
import { startGitSshServer } from '../support/upstream/ssh-server.ts';
import { makeUpstreamRepo } from '../support/upstream/upstream-repo.ts';

const ADDRESS = { upstream: 'main', repo: 'acme/shop', path: 'acme/shop.git' };
const skip = spawnSync('ssh-agent', ['-h']).error === undefined ? false : 'ssh-agent is not installed';

interface HeldKey {
  readonly public: string;
  readonly fingerprint: string;
}

let root: string;
let socket: string;
let held: ChildProcess | undefined;
const keys: Record<string, HeldKey> = {};

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-held-'));
  await makeUpstreamRepo({ root, name: 'acme/shop' });
  if (skip !== false) return;
  socket = join(root, 'agent.sock');
  held = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  // It says where it listens once it does.
  if (held.stdout !== null) await once(held.stdout, 'data');
  for (const [name, args] of [
    ['other', ['-t', 'ed25519']],
    ['ed25519', ['-t', 'ed25519']],
    ['rsa', ['-t', 'rsa', '-b', '2048']],
  ] as const) {
    const file = join(root, name);
    execFileSync('ssh-keygen', ['-q', '-N', '', ...args, '-f', file]);
    execFileSync('ssh-add', ['-q', file], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
    rmSync(file);
    const [, fingerprint = ''] = execFileSync('ssh-keygen', ['-l', '-f', `${file}.pub`], { encoding: 'utf8' }).split(
      ' ',
    );
    keys[name] = { public: readFileSync(`${file}.pub`, 'utf8'), fingerprint };
  }
});
after(async () => {
  if (held !== undefined) {
    const ended = once(held, 'exit');
    held.kill();
    await ended;
  }
  rmSync(root, { recursive: true });
});

const keyOf = (name: string): HeldKey => keys[name] ?? assert.fail(`no key ${name}`);

interface Tried {
  readonly outcome: string;
  readonly lines: readonly string[];
  /** Fingerprints that the server was shown, and whether it took them. */
  readonly logins: readonly (readonly [string | undefined, boolean])[];
}

/** Asks a server that these keys may log in to, with the named key of the agent at that socket. */
async function tryWith(allowed: readonly string[], key: string, from: string | undefined): Promise<Tried> {
  const logins: [string | undefined, boolean][] = [];
  const server = await startGitSshServer({
    root,
    authorizedKeys: allowed.map((name) => keyOf(name).public),
    onLogin: ({ fingerprint, isAllowed }) => logins.push([fingerprint, isAllowed]),
  });
  const lines: string[] = [];
  const write = (fields: unknown, message: string) => lines.push(`${message} ${inspect(fields)}`);
  const log: AgentLog = { debug: write, info: write, warn: write, error: write };
  const agent = createAgent({
    upstreams: [{ name: 'main', url: `${server.url}/{path}`, hostKeys: [server.hostKey], credential: 'held' }],
    credentials: {
      held: { kind: 'ssh-agent', username: 'git', key, ...(from !== undefined && { socket: from }) },
    },
    readSecret: async () => assert.fail('nothing is read'),
    log,
  });
  try {
    const answer = await agent.advertise('git-receive-pack', { address: ADDRESS });
    if (answer.outcome === 'ok') answer.body.resume();
    return { outcome: answer.outcome, lines, logins };
  } finally {
    await agent.close();
    await server.close();
  }
}

describe('a key of an ssh-agent', { skip }, () => {
  for (const name of ['ed25519', 'rsa']) {
    test(`logs in, and is the only one that is shown: ${name}`, async () => {
      const { fingerprint } = keyOf(name);
      const { outcome, logins } = await tryWith(['other', 'ed25519', 'rsa'], fingerprint, socket);
      assert.equal(outcome, 'ok');
      assert.deepEqual(new Set(logins.map(([shown]) => shown)), new Set([fingerprint]));
    });
  }

  test('is not replaced by another one that the upstream would take', async () => {
    const { outcome, logins } = await tryWith(['other'], keyOf('ed25519').fingerprint, socket);
    assert.equal(outcome, 'not-found');
    assert.ok(logins.every(([, isAllowed]) => !isAllowed));
  });

  test('that the agent does not hold logs in nowhere', async () => {
    const { outcome, logins, lines } = await tryWith(['other'], `SHA256:${'A'.repeat(43)}`, socket);
    assert.equal(outcome, 'not-found');
    assert.ok(logins.every(([, isAllowed]) => !isAllowed));
    assert.ok(lines.some((line) => /does not accept credential held/.test(line)));
  });

  test('is none when nobody listens at the socket', async () => {
    const { outcome, logins } = await tryWith(['other'], keyOf('other').fingerprint, join(root, 'nobody.sock'));
    assert.notEqual(outcome, 'ok');
    assert.ok(logins.every(([, isAllowed]) => !isAllowed));
  });
});
