// What only an ssh upstream can do wrong. Hostile servers are scripted on ssh2's server; real git is in upstreams.test.ts.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import ssh2, { type ServerChannel } from 'ssh2';
import { type Agent, type AgentOptions, createAgent } from '../../src/agent/agent.ts';
import type { AgentLog } from '../../src/agent/log.ts';
import type { UpstreamTarget } from '../../src/agent/target.ts';
import type { UpstreamAnswer } from '../../src/domain/ports.ts';
import { encodePkt, FLUSH } from '../../src/protocol/pkt-line.ts';
import { sshKeyFingerprint } from '../../src/protocol/ssh-key.ts';
import { makeSshKeyPair } from '../support/upstream/ssh-key-pair.ts';
import { startGitSshServer } from '../support/upstream/ssh-server.ts';
import { startOpenSshd, whyNoSshd } from '../support/upstream/sshd.ts';
import { makeUpstreamRepo } from '../support/upstream/upstream-repo.ts';

const OID = '1'.repeat(40);
const ADVERTISEMENT = Buffer.concat([encodePkt(`${OID} refs/heads/main\0report-status\n`), FLUSH]);
const ADDRESS = { upstream: 'main', repo: 'acme/shop', path: 'acme/shop.git' };
const clientKey = makeSshKeyPair();

let root: string;
let tip: string;
before(async () => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-ssh-'));
  tip = (await makeUpstreamRepo({ root, name: 'acme/shop' })).refs['refs/heads/main'] as string;
});
after(() => rmSync(root, { recursive: true }));

interface Recorded {
  readonly agent: Agent;
  readonly lines: string[];
}

function makeAgent(target: Omit<UpstreamTarget, 'name'>, more: Partial<AgentOptions> = {}): Recorded {
  const lines: string[] = [];
  const write = (fields: unknown, message: string) => lines.push(`${message} ${inspect(fields, { depth: 9 })}`);
  const log: AgentLog = { debug: write, info: write, warn: write, error: write };
  const agent = createAgent({
    upstreams: [{ name: 'main', credential: 'key', ...target }],
    credentials: { key: { kind: 'ssh-key', username: 'git', privateKey: { kind: 'file', path: 'key' } } },
    readSecret: async () => clientKey.private,
    log,
    ...more,
    limits: { connectTimeout: 5000, ...more.limits },
  });
  return { agent, lines };
}

type Script = (channel: ServerChannel, command: string, env: Readonly<Record<string, string>>) => void;

/** A server that takes every login and does what the script says. */
async function withScript(
  script: Script,
  run: (recorded: Recorded, sockets: ReadonlySet<Socket>) => Promise<void>,
  limits: AgentOptions['limits'] = {},
): Promise<void> {
  const hostKey = makeSshKeyPair();
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (context) => context.accept());
    client.on('session', (accept) => {
      const session = accept();
      const env: Record<string, string> = {};
      session.on('env', (_accept, _reject, info) => {
        env[info.key] = info.val;
      });
      session.on('exec', (acceptExec, _reject, info) => script(acceptExec(), info.command, env));
    });
  });
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    server.injectSocket(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const recorded = makeAgent({ url: `ssh://git@127.0.0.1:${port}/{path}`, hostKeys: [hostKey.public] }, { limits });
  try {
    await run(recorded, sockets);
  } finally {
    await recorded.agent.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => listener.close(resolve));
  }
}

function finish(channel: ServerChannel, status: number, stderr = ''): void {
  if (stderr !== '') channel.stderr.write(stderr);
  channel.exit(status);
  channel.end();
}

const stream = (...chunks: Buffer[]) => Readable.from(chunks, { objectMode: false });
const advertise = (agent: Agent) => agent.advertise('git-receive-pack', { address: ADDRESS });
const push = (agent: Agent, bytes = Buffer.alloc(100)) =>
  agent.receivePack({ address: ADDRESS, body: stream(bytes), length: bytes.length });
const fetchV0 = (oid: string) => Buffer.concat([encodePkt(`want ${oid} side-band-64k\n`), FLUSH, encodePkt('done\n')]);

async function drain(answer: UpstreamAnswer): Promise<{ readonly bytes: Buffer; readonly error?: Error }> {
  assert.equal(answer.outcome, 'ok', JSON.stringify(answer));
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of answer.body) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks) };
  } catch (error) {
    return { bytes: Buffer.concat(chunks), error: error as Error };
  }
}

describe('the host key', () => {
  test('that is not pinned is refused, with its fingerprint and the line to pin it', async () => {
    const server = await startGitSshServer({ root });
    const { agent } = makeAgent({ url: `${server.url}/{path}` });
    const answer = await advertise(agent);
    assert.equal(answer.outcome, 'unavailable');
    const detail = 'detail' in answer ? answer.detail : '';
    const blob = Buffer.from(server.hostKey.split(' ')[1] as string, 'base64');
    assert.ok(detail.includes(sshKeyFingerprint(blob)), detail);
    assert.ok(detail.includes(server.hostKey), detail);
    assert.match(detail, /hint: .*hostKeys of upstream main/);
    assert.deepEqual(await agent.check('main'), { ok: false, text: detail });
    await agent.close();
    await server.close();
  });

  test('that is pinned by the line that the refusal shows is accepted', async () => {
    const server = await startGitSshServer({ root });
    const { agent: first } = makeAgent({ url: `${server.url}/{path}` });
    const { text } = await first.check('main');
    const line = /\((ssh-ed25519 [A-Za-z0-9+/=]+)\)/.exec(text)?.[1] as string;
    const { agent } = makeAgent({ url: `${server.url}/{path}`, hostKeys: [line] });
    assert.equal((await drain(await advertise(agent))).error, undefined);
    await first.close();
    await agent.close();
    await server.close();
  });

  test('that has changed is refused, and our credential is not shown to the new server', async () => {
    const old = await startGitSshServer({ root });
    const impostor = makeSshKeyPair();
    const server = await startGitSshServer({ root, hostKey: impostor.private });
    let asked = 0;
    const { agent } = makeAgent(
      { url: `${server.url}/{path}`, hostKeys: [old.hostKey] },
      {
        readSecret: async () => {
          asked += 1;
          return clientKey.private;
        },
      },
    );
    const answer = await advertise(agent);
    assert.equal(answer.outcome, 'unavailable');
    assert.match('detail' in answer ? answer.detail : '', /not pinned: SHA256:.*expected SHA256:.*in between/);
    assert.ok(asked <= 1);
    await agent.close();
    await old.close();
    await server.close();
  });

  test('may be pinned by known_hosts, which is read again for each connection', async () => {
    const server = await startGitSshServer({ root });
    const path = join(root, 'known_hosts');
    writeFileSync(path, '# nothing yet\n');
    const { agent } = makeAgent({ url: `${server.url}/{path}`, knownHosts: path });
    assert.equal((await advertise(agent)).outcome, 'unavailable');
    writeFileSync(path, `[127.0.0.1]:${server.port} ${server.hostKey}\n`);
    assert.equal((await advertise(agent)).outcome, 'ok');
    await agent.close();
    await server.close();
  });
});

describe('the login', () => {
  test('with a key that the upstream does not know is not-found, and the log says why', async () => {
    const other = makeSshKeyPair();
    const server = await startGitSshServer({ root, authorizedKeys: [other.public] });
    const { agent, lines } = makeAgent({ url: `${server.url}/{path}`, hostKeys: [server.hostKey] });
    assert.deepEqual(await advertise(agent), { outcome: 'not-found' });
    assert.ok(lines.some((line) => /refused our login/.test(line) && /does not accept credential key/.test(line)));
    await agent.close();
    await server.close();
  });

  for (const [what, args] of [
    ['ed25519', ['-t', 'ed25519']],
    ['rsa', ['-t', 'rsa', '-b', '3072']],
    ['ecdsa', ['-t', 'ecdsa']],
    ['ed25519 with a passphrase', ['-t', 'ed25519', '-N', 'open sesame']],
    ['rsa in PEM', ['-t', 'rsa', '-b', '3072', '-m', 'PEM']],
  ] as const) {
    test(`works with a key of kind ${what} against OpenSSH`, { skip: whyNoSshd() }, async () => {
      const path = join(root, `key-${what.replaceAll(' ', '-')}`);
      execFileSync('ssh-keygen', ['-q', '-N', '', ...args, '-f', path]);
      const sshd = await startOpenSshd({ root, authorizedKeys: [readFileSync(`${path}.pub`, 'utf8')] });
      const { agent } = makeAgent(
        { url: `${sshd.url}/{path}`, hostKeys: [sshd.hostKey] },
        {
          credentials: {
            key: {
              kind: 'ssh-key',
              username: 'git',
              privateKey: { kind: 'file', path },
              passphrase: { kind: 'env', name: 'PASSPHRASE' },
            },
          },
          readSecret: async (source) => (source.kind === 'file' ? readFileSync(path, 'utf8') : 'open sesame'),
        },
      );
      assert.equal((await drain(await advertise(agent))).error, undefined);
      await agent.close();
      await sshd.close();
    });
  }

  test('with something that is no key is unavailable, and the text is not quoted', async () => {
    const canary = ['not', 'a', 'key', '55'].join('-');
    const server = await startGitSshServer({ root });
    const { agent, lines } = makeAgent(
      { url: `${server.url}/{path}`, hostKeys: [server.hostKey] },
      { readSecret: async () => canary },
    );
    const answer = await advertise(agent);
    assert.equal(answer.outcome, 'unavailable');
    assert.match('detail' in answer ? answer.detail : '', /credential key cannot be read as a private key; hint/);
    for (const text of [JSON.stringify(answer), ...lines]) assert.ok(!text.includes(canary), text);
    assert.equal(server.relay.connections, 0);
    await agent.close();
    await server.close();
  });
});

describe('connections', () => {
  test('are shared: one for many requests, one after the other', async () => {
    const server = await startGitSshServer({ root });
    const { agent } = makeAgent({ url: `${server.url}/{path}`, hostKeys: [server.hostKey] });
    for (let n = 0; n < 10; n++) assert.equal((await drain(await advertise(agent))).error, undefined);
    assert.equal(server.relay.connections, 1);
    await agent.close();
    await server.close();
  });

  test('that were lost meanwhile are replaced unnoticed', async () => {
    const server = await startGitSshServer({ root });
    const { agent } = makeAgent({ url: `${server.url}/{path}`, hostKeys: [server.hostKey] });
    for (let n = 0; n < 3; n++) {
      assert.equal((await drain(await advertise(agent))).error, undefined);
      server.relay.cutAfterUp(0);
      server.relay.cutAfterUp(1);
    }
    await agent.close();
    await server.close();
  });

  test('are closed when nobody needs them', async () => {
    await withScript(
      (channel) => {
        channel.write(ADVERTISEMENT);
        channel.on('end', () => finish(channel, 0));
        channel.resume();
      },
      async ({ agent }, sockets) => {
        await drain(await advertise(agent));
        assert.equal(sockets.size, 1);
        const [socket] = sockets;
        await new Promise((resolve) => socket?.once('close', resolve));
      },
      { sshIdle: 50 },
    );
  });

  test('find out how many sessions the server allows', { skip: whyNoSshd() }, async () => {
    const sshd = await startOpenSshd({ root, authorizedKeys: [clientKey.public], maxSessions: 2 });
    const { agent } = makeAgent({ url: `${sshd.url}/{path}`, hostKeys: [sshd.hostKey] });
    const fetches = Array.from({ length: 12 }, async () => {
      const answer = await agent.uploadPack({ address: ADDRESS, body: stream(fetchV0(tip)) });
      return (await drain(answer)).error;
    });
    assert.deepEqual(await Promise.all(fetches), Array(12).fill(undefined));
    await agent.close();
    await sshd.close();
  });

  test('wait for room when every session is in use, and give up in time', async () => {
    await withScript(
      () => {},
      async ({ agent }) => {
        const first = advertise(agent);
        const second = await advertise(agent);
        assert.equal(second.outcome, 'unavailable');
        assert.match('detail' in second ? second.detail : '', /is busy/);
        assert.equal((await first).outcome, 'unavailable');
      },
      { sshConnections: 1, sshChannels: 1, connectTimeout: 500, advertiseTimeout: 1500 },
    );
  });

  test('end at once when the agent closes, and running requests break off', async () => {
    await withScript(
      (channel) => channel.write(ADVERTISEMENT.subarray(0, 60)),
      async ({ agent }, sockets) => {
        const answer = advertise(agent);
        while (sockets.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        await agent.close();
        assert.equal((await answer).outcome, 'unavailable');
        assert.equal((await advertise(agent)).outcome, 'unavailable');
      },
    );
  });
});

describe('the protocol version', () => {
  test('is refused by a plain sshd, so a v2 request fails by name instead of hanging', {
    skip: whyNoSshd(),
  }, async () => {
    const sshd = await startOpenSshd({ root, authorizedKeys: [clientKey.public], acceptProtocol: false });
    const { agent } = makeAgent({ url: `${sshd.url}/{path}`, hostKeys: [sshd.hostKey] });
    const v2 = { address: ADDRESS, gitProtocol: 'version=2' };
    const { bytes } = await drain(await agent.advertise('git-upload-pack', v2));
    assert.ok(!bytes.toString().includes('version 2'), 'the advertisement tells the client that it is v0');
    const command = Buffer.concat([encodePkt('command=ls-refs\n'), FLUSH]);
    const answer = await agent.uploadPack({ ...v2, body: stream(command) });
    assert.equal(answer.outcome, 'unavailable');
    assert.match('detail' in answer ? answer.detail : '', /speaks protocol v0, the request is v2/);
    const fallback = await drain(await agent.uploadPack({ ...v2, body: stream(fetchV0(tip)) }));
    assert.equal(fallback.error, undefined);
    assert.match(fallback.bytes.toString('latin1'), /^0008NAK/);
    await agent.close();
    await sshd.close();
  });

  test('of a v0 request does not fit a server that speaks v2', async () => {
    const server = await startGitSshServer({ root });
    const { agent } = makeAgent({ url: `${server.url}/{path}`, hostKeys: [server.hostKey] });
    const request = { address: ADDRESS, gitProtocol: 'version=2', body: stream(fetchV0(tip)) };
    const answer = await agent.uploadPack(request);
    assert.match('detail' in answer ? answer.detail : '', /speaks protocol v2, the request is v0/);
    await agent.close();
    await server.close();
  });

  test('travels as GIT_PROTOCOL, and the path as one quoted word', async () => {
    const seen: unknown[] = [];
    await withScript(
      (channel, command, env) => {
        seen.push(command, env);
        channel.write(ADVERTISEMENT);
        finish(channel, 0);
      },
      async ({ agent }) => {
        await drain(await agent.advertise('git-upload-pack', { address: ADDRESS, gitProtocol: 'version=1' }));
        assert.deepEqual(seen, ["git-upload-pack '/acme/shop.git'", { GIT_PROTOCOL: 'version=1' }]);
      },
    );
  });
});

describe('a server that does not advertise', () => {
  const cases: readonly (readonly [string, number, string, string])[] = [
    ['GitHub', 1, 'ERROR: Repository not found.\nfatal: Could not read from remote repository.', 'not-found'],
    [
      'GitLab',
      1,
      "remote: ERROR: The project you were looking for could not be found or you don't have permission to view it.",
      'not-found',
    ],
    ['Gitea', 1, 'Gitea: Cannot find repository: acme/shop', 'not-found'],
    ['Bitbucket', 1, 'repository access denied. access via a deployment key is read-only.', 'not-found'],
    ['Gerrit', 1, "fatal: 'acme/shop': not found", 'not-found'],
    ['git itself', 128, "fatal: '/acme/shop.git' does not appear to be a git repository", 'not-found'],
    ['a shell without git', 127, 'sh: 1: git-receive-pack: command missing', 'unavailable'],
    ['nothing', 0, '', 'unavailable'],
    ['a full disk', 128, 'fatal: write error: No space left on device', 'unavailable'],
  ];
  for (const [who, status, stderr, outcome] of cases) {
    test(`with the words of ${who} is ${outcome}`, async () => {
      await withScript(
        (channel) => finish(channel, status, stderr === '' ? '' : `${stderr}\n`),
        async ({ agent }) => {
          assert.equal((await advertise(agent)).outcome, outcome);
          const pushed = await push(agent);
          assert.deepEqual([pushed.outcome, 'sent' in pushed ? pushed.sent : false], [outcome, false]);
        },
      );
    });
  }

  test('but sends ERR is not-found or unavailable by its words', async () => {
    for (const [words, outcome] of [
      ['access denied or repository not exported', 'not-found'],
      ['server is down for maintenance', 'unavailable'],
    ] as const) {
      await withScript(
        (channel) => {
          channel.write(encodePkt(`ERR ${words}\n`));
          finish(channel, 128);
        },
        async ({ agent }) => assert.equal((await advertise(agent)).outcome, outcome),
      );
    }
  });

  test('but a greeting of the shell is unavailable', async () => {
    await withScript(
      (channel) => {
        channel.write('Welcome to this server!\n');
        finish(channel, 0);
      },
      async ({ agent }) => assert.equal((await advertise(agent)).outcome, 'unavailable'),
    );
  });

  test('and says nothing is unavailable in time', async () => {
    await withScript(
      () => {},
      async ({ agent }) => assert.equal((await advertise(agent)).outcome, 'unavailable'),
      { advertiseTimeout: 100 },
    );
  });

  test('to its end never reads as whole', async () => {
    await withScript(
      (channel) => {
        channel.write(ADVERTISEMENT.subarray(0, -4));
        finish(channel, 0);
      },
      async ({ agent }) => {
        const answer = await advertise(agent);
        if (answer.outcome === 'ok') assert.ok((await drain(answer)).error instanceof Error);
        else assert.equal(answer.outcome, 'unavailable');
      },
    );
  });

  test('but endlessly is cut off at the limit', async () => {
    const line = encodePkt(`${OID} refs/heads/${'x'.repeat(60_000)}\n`);
    await withScript(
      (channel) => {
        const more = () => {
          while (channel.writable && channel.write(line));
        };
        channel.on('drain', more);
        more();
      },
      async ({ agent }) => {
        const got = await drain(await advertise(agent));
        assert.match(got.error?.message ?? '', /longer than/);
      },
      { maxAdvertisementBytes: 4 * 1024 * 1024 },
    );
  });
});

describe('an answer', () => {
  /** Advertises, reads the request, and then does what it is told. */
  const afterRequest =
    (then: (channel: ServerChannel) => void): Script =>
    (channel) => {
      channel.write(ADVERTISEMENT);
      channel.on('end', () => then(channel));
      channel.resume();
    };

  for (const status of [1, 128, 255]) {
    test(`of a push whose server exits with ${status} never reads as whole, but is all there`, async () => {
      await withScript(
        afterRequest((channel) => {
          channel.write('000eunpack ok\n0000');
          finish(channel, status, 'oops\n');
        }),
        async ({ agent }) => {
          const got = await drain(await push(agent));
          assert.equal(got.bytes.toString(), '000eunpack ok\n0000');
          assert.match(got.error?.message ?? '', new RegExp(`exited with status ${status} \\(oops\\)`));
        },
      );
    });
  }

  test('whose server is killed by a signal never reads as whole', async () => {
    await withScript(
      afterRequest((channel) => {
        channel.write('0008NAK\n');
        channel.exit('KILL');
        channel.end();
      }),
      async ({ agent }) => {
        const round = Buffer.concat([encodePkt(`want ${OID} side-band-64k\n`), FLUSH]);
        const got = await drain(await agent.uploadPack({ address: ADDRESS, body: stream(round) }));
        assert.match(got.error?.message ?? '', /killed by SIGKILL/);
      },
    );
  });

  test('whose server closes the session without an exit status never reads as whole', async () => {
    await withScript(
      afterRequest((channel) => {
        channel.write('000eunpack ok\n0000');
        channel.end();
      }),
      async ({ agent }) => assert.ok((await drain(await push(agent))).error instanceof Error),
    );
  });

  test('of a fetch with done whose server exits with 128 never reads as whole', async () => {
    await withScript(
      afterRequest((channel) => {
        channel.write('0008NAK\n0009\u0001PACK');
        finish(channel, 128);
      }),
      async ({ agent }) => {
        const answer = await agent.uploadPack({ address: ADDRESS, body: stream(fetchV0(OID)) });
        assert.ok((await drain(answer)).error instanceof Error);
      },
    );
  });

  test('comes with any amount of stderr, of which little is kept', async () => {
    await withScript(
      afterRequest((channel) => {
        let left = 200;
        const more = () => {
          if (left-- > 0) channel.stderr.write(Buffer.alloc(100_000, 'x'), more);
          else finish(channel, 1);
        };
        more();
      }),
      async ({ agent, lines }) => {
        const got = await drain(await push(agent));
        assert.ok((got.error?.message.length ?? 0) < 1000);
        assert.ok(lines.every((line) => line.length < 2000));
      },
    );
  });

  test('has no control characters of the upstream in its messages', async () => {
    await withScript(
      afterRequest((channel) => finish(channel, 1, '\u001b[31mred\u001b[0m\u202e\n')),
      async ({ agent, lines }) => {
        const got = await drain(await push(agent));
        for (const text of [got.error?.message ?? '', ...lines]) {
          assert.ok(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.test(text), JSON.stringify(text));
        }
      },
    );
  });

  test('that comes in breach of the window costs the server its connection, not us our memory', async () => {
    let written = 0;
    await withScript(
      (channel) => {
        channel.write(ADVERTISEMENT);
        channel.on('end', () => {
          // ssh2 would keep to the window: we take that away from it.
          (channel as unknown as { outgoing: { window: number } }).outgoing.window = 2 ** 31;
          const more = () => {
            if (written > 256 * 1024 * 1024 || !channel.writable) return;
            written += 1024 * 1024;
            // An odd size: ssh2's client drops what comes when its window is exactly 0, and only then.
            channel.write(Buffer.alloc(1024 * 1024 - 1));
            setImmediate(more);
          };
          more();
        });
        channel.resume();
      },
      async ({ agent, lines }, sockets) => {
        const before = process.memoryUsage().arrayBuffers;
        const [answer] = await Promise.all([agent.uploadPack({ address: ADDRESS, body: stream(fetchV0(OID)) })]);
        const [socket] = sockets;
        await new Promise((resolve) => socket?.once('close', resolve));
        assert.ok(lines.some((line) => /more than its ssh window allows/.test(line)));
        assert.ok(answer.outcome === 'ok' && answer.body.readableLength < 1024 * 1024);
        // The server's own unsent megabytes are part of this process, too.
        assert.ok(process.memoryUsage().arrayBuffers - before < 300 * 1024 * 1024);
        assert.ok((await drain(answer)).error instanceof Error);
      },
    );
  });

  test('given up by its reader frees the session even when the server does not close it', async () => {
    await withScript(
      (channel) => {
        channel.write(ADVERTISEMENT);
        channel.resume();
      },
      async ({ agent }) => {
        const answer = await push(agent);
        assert.equal(answer.outcome, 'ok');
        answer.body.destroy();
        assert.equal((await advertise(agent)).outcome, 'ok');
      },
    );
  });
});
