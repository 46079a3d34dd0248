// What only an http upstream can do wrong. Hostile answers are written byte by byte on a raw socket; real git is in
// upstreams.test.ts.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { type Agent, type AgentOptions, createAgent } from '../../src/agent/agent.ts';
import type { AgentLog } from '../../src/agent/log.ts';
import type { UpstreamAnswer } from '../../src/domain/ports.ts';
import { encodePkt, FLUSH } from '../../src/protocol/pkt-line.ts';
import { startGitHttpServer } from '../support/upstream/http-server.ts';
import { makeUpstreamRepo } from '../support/upstream/upstream-repo.ts';

const CANARY = ['canary', 'password', '77ab'].join('-');
const ADDRESS = { upstream: 'main', repo: 'acme/shop', path: 'acme/shop.git' };
const OID = '1'.repeat(40);
const ADVERTISEMENT = Buffer.concat([encodePkt(`${OID} refs/heads/main\0report-status\n`), FLUSH]);
const ANNOUNCED = Buffer.concat([encodePkt('# service=git-receive-pack\n'), FLUSH, ADVERTISEMENT]);

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Everything the agent says to its operator, as text. */
function recordingLog(): { readonly log: AgentLog; readonly lines: string[] } {
  const lines: string[] = [];
  const write = (fields: unknown, message: string) => lines.push(`${message} ${inspect(fields, { depth: 9 })}`);
  return { lines, log: { debug: write, info: write, warn: write, error: write } };
}

function makeAgent(url: string, more: Partial<AgentOptions> & { readonly ca?: string } = {}): Agent {
  return createAgent({
    upstreams: [
      { name: 'main', url: `${url}/{path}`, credential: 'main', ...(more.ca !== undefined && { ca: more.ca }) },
    ],
    credentials: { main: { kind: 'basic', username: 'bot', password: { kind: 'env', name: 'X' } } },
    readSecret: async () => CANARY,
    ...more,
  });
}

/** A server that answers every request with these bytes; the request's text is kept. */
async function withRawServer(
  answer: (socket: Socket, request: string) => void,
  run: (agent: Agent, requests: string[], lines: string[]) => Promise<void>,
  limits: AgentOptions['limits'] = {},
): Promise<void> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (chunk) => {
      const isWhole = text.includes('\r\n\r\n');
      text += chunk.toString('latin1');
      if (isWhole || !text.includes('\r\n\r\n')) return;
      requests.push(text);
      answer(socket, text);
    });
  });
  const port = await listen(server);
  const { log, lines } = recordingLog();
  const agent = makeAgent(`http://127.0.0.1:${port}`, { log, limits: { connectTimeout: 2000, ...limits } });
  try {
    await run(agent, requests, lines);
  } finally {
    await agent.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

const head = (status: string, fields: Record<string, string> = {}) =>
  `HTTP/1.1 ${status}\r\n${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

const TYPE = 'application/x-git-receive-pack-advertisement';

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

const advertise = (agent: Agent) => agent.advertise('git-receive-pack', { address: ADDRESS });
const push = (agent: Agent, bytes = Buffer.alloc(100)) =>
  agent.receivePack({ address: ADDRESS, body: Readable.from([bytes], { objectMode: false }), length: bytes.length });

describe('a request', () => {
  test('holds our own headers and credential, and nothing else', async () => {
    const answer = Buffer.concat([
      Buffer.from(head('200 OK', { 'Content-Type': TYPE, 'Content-Length': `${ANNOUNCED.length}` })),
      ANNOUNCED,
    ]);
    await withRawServer(
      (socket) => socket.write(answer),
      async (agent, requests) => {
        const request = { address: ADDRESS, gitProtocol: 'version=1' };
        assert.deepEqual((await drain(await agent.advertise('git-receive-pack', request))).bytes, ADVERTISEMENT);
        const [line, ...fields] = (requests[0] ?? '').trimEnd().split('\r\n');
        assert.equal(line, 'GET /acme/shop.git/info/refs?service=git-receive-pack HTTP/1.1');
        assert.deepEqual(fields.map((field) => field.replace(/127.*/, 'HOST')).sort(), [
          'Accept-Encoding: identity',
          'Accept: */*',
          `Authorization: Basic ${Buffer.from(`bot:${CANARY}`).toString('base64')}`,
          'Connection: keep-alive',
          'Git-Protocol: version=1',
          'Host: HOST',
          'User-Agent: git/2.0 (sallyport)',
        ]);
      },
    );
  });

  for (const value of ['version=2\r\nX-Evil: 1', 'x'.repeat(5000), 'version=3', '']) {
    test(`holds no Git-Protocol of ${JSON.stringify(value.slice(0, 30))}`, async () => {
      await withRawServer(
        (socket) => socket.end(head('404 Not Found', { 'Content-Length': '0' })),
        async (agent, requests) => {
          await agent.advertise('git-receive-pack', { address: ADDRESS, gitProtocol: value });
          assert.ok(!/git-protocol|evil/i.test(requests[0] ?? ''));
        },
      );
    });
  }

  test('that pushes has a Content-Length, and a large fetch is chunked', async () => {
    await withRawServer(
      (socket) => socket.end(head('500 Oops', { 'Content-Length': '0' })),
      async (agent, requests) => {
        await push(agent);
        const small = Readable.from([Buffer.alloc(5000)], { objectMode: false });
        await agent.uploadPack({ address: ADDRESS, body: small });
        const large = Readable.from([Buffer.alloc(900_000), Buffer.alloc(900_000)], { objectMode: false });
        await agent.uploadPack({ address: ADDRESS, body: large });
        assert.match(requests[0] ?? '', /Content-Length: 100\r\n/);
        assert.match(requests[1] ?? '', /Content-Length: 5000\r\n/);
        assert.match(requests[2] ?? '', /Transfer-Encoding: chunked\r\n/);
      },
    );
  });
});

describe('an answer other than the one asked for', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['401 Unauthorized', 'not-found', 'not-found'],
    ['403 Forbidden', 'not-found', 'not-found'],
    ['404 Not Found', 'not-found', 'not-found'],
    ['410 Gone', 'not-found', 'not-found'],
    ['203 Non-Authoritative Information', 'not-found', 'not-found'],
    ['301 Moved Permanently', 'not-found', 'not-found'],
    ['302 Found', 'not-found', 'not-found'],
    ['307 Temporary Redirect', 'not-found', 'not-found'],
    ['304 Not Modified', 'not-found', 'not-found'],
    ['500 Internal Server Error', 'unavailable false', 'unavailable true'],
    ['502 Bad Gateway', 'unavailable false', 'unavailable true'],
    ['429 Too Many Requests', 'unavailable false', 'unavailable true'],
    ['204 No Content', 'unavailable false', 'unavailable true'],
    ['206 Partial Content', 'unavailable false', 'unavailable true'],
  ];
  const short = (answer: UpstreamAnswer) =>
    answer.outcome === 'unavailable' ? `${answer.outcome} ${answer.sent}` : answer.outcome;
  for (const [status, get, post] of cases) {
    test(`${status} is ${get} before a push, ${post} in one`, async () => {
      await withRawServer(
        (socket) => socket.end(`${head(status, { 'Content-Length': '4' })}page`),
        async (agent) => {
          assert.equal(short(await advertise(agent)), get);
          assert.equal(short(await push(agent)), post);
        },
      );
    });
  }

  for (const [what, fields] of [
    ['a web page', { 'Content-Type': 'text/html' }],
    ['no type', {}],
    ['the type with a parameter', { 'Content-Type': `${TYPE}; charset=utf-8` }],
    ["the other service's type", { 'Content-Type': 'application/x-git-upload-pack-advertisement' }],
    ['compression nobody asked for', { 'Content-Type': TYPE, 'Content-Encoding': 'gzip' }],
  ] as const) {
    test(`200 with ${what} is unavailable`, async () => {
      await withRawServer(
        (socket) => {
          socket.write(head('200 OK', { ...fields, 'Content-Length': `${ANNOUNCED.length}` }));
          socket.end(ANNOUNCED);
        },
        async (agent) => assert.equal((await advertise(agent)).outcome, 'unavailable'),
      );
    });
  }

  for (const [what, bytes] of [
    ['announces another service', Buffer.concat([encodePkt('# service=git-upload-pack\n'), FLUSH, ADVERTISEMENT])],
    ['is no pkt-line', Buffer.from('<html>please log in</html>')],
    ['is empty', Buffer.alloc(0)],
  ] as const) {
    test(`an advertisement that ${what} is unavailable`, async () => {
      await withRawServer(
        (socket) => {
          socket.write(head('200 OK', { 'Content-Type': TYPE, 'Content-Length': `${bytes.length}` }));
          socket.end(bytes);
        },
        async (agent) => assert.equal((await advertise(agent)).outcome, 'unavailable'),
      );
    });
  }

  for (const [what, bytes] of [
    ['ends before its flush', ANNOUNCED.subarray(0, -4)],
    ['has bytes after its flush', Buffer.concat([ANNOUNCED, Buffer.from('0004')])],
  ] as const) {
    test(`an advertisement that ${what} never reads as whole`, async () => {
      await withRawServer(
        (socket) => {
          socket.write(head('200 OK', { 'Content-Type': TYPE, 'Content-Length': `${bytes.length}` }));
          socket.end(bytes);
        },
        async (agent) => {
          const answer = await advertise(agent);
          if (answer.outcome === 'ok') assert.ok((await drain(answer)).error instanceof Error);
          else assert.equal(answer.outcome, 'unavailable');
        },
      );
    });
  }

  for (const [what, bytes] of [
    [
      'a cut Content-Length body',
      Buffer.concat([Buffer.from(head('200 OK', { 'Content-Type': TYPE, 'Content-Length': '5000' })), ANNOUNCED]),
    ],
    [
      'a cut chunked body',
      Buffer.concat([
        Buffer.from(head('200 OK', { 'Content-Type': TYPE, 'Transfer-Encoding': 'chunked' })),
        Buffer.from(`${ANNOUNCED.length.toString(16)}\r\n`),
        ANNOUNCED,
        Buffer.from('\r\n'),
      ]),
    ],
  ] as const) {
    test(`${what} never reads as whole, though its advertisement is`, async () => {
      await withRawServer(
        (socket) => socket.end(bytes),
        async (agent) => assert.ok((await drain(await advertise(agent))).error instanceof Error),
      );
    });
  }

  test('no answer at all is unavailable, and a push that was sent says so', async () => {
    await withRawServer(
      (socket) => socket.end(),
      async (agent) => {
        assert.equal(short(await advertise(agent)), 'unavailable false');
        assert.equal(short(await push(agent)), 'unavailable true');
      },
    );
  });

  test('silence is unavailable', async () => {
    await withRawServer(
      () => {},
      async (agent) => {
        assert.equal(short(await advertise(agent)), 'unavailable false');
        assert.equal(short(await push(agent)), 'unavailable true');
      },
      { advertiseTimeout: 100, idleTimeout: 100 },
    );
  });

  test('silence in the middle of an answer breaks the body', async () => {
    const type = 'application/x-git-receive-pack-result';
    await withRawServer(
      (socket) => socket.write(`${head('200 OK', { 'Content-Type': type, 'Content-Length': '5000' })}0`),
      async (agent) => {
        const got = await drain(await push(agent));
        assert.equal(got.bytes.toString(), '0');
        assert.match(got.error?.message ?? '', /silent/);
      },
      { idleTimeout: 100 },
    );
  });

  test('an endless advertisement is cut off at the limit', async () => {
    const line = encodePkt(`${OID} refs/heads/${'x'.repeat(60_000)}\n`);
    await withRawServer(
      (socket) => {
        socket.write(head('200 OK', { 'Content-Type': TYPE, Connection: 'close' }));
        const more = () => {
          while (!socket.destroyed && socket.write(line));
        };
        socket.on('drain', more);
        more();
      },
      async (agent) => {
        const got = await drain(await advertise(agent));
        assert.match(got.error?.message ?? '', /longer than 4194304 bytes/);
        assert.ok(got.bytes.length <= 4 * 1024 * 1024);
      },
      { maxAdvertisementBytes: 4 * 1024 * 1024 },
    );
  });

  test('answer headers without end are refused', async () => {
    await withRawServer(
      (socket) => socket.write(`HTTP/1.1 200 OK\r\n${'X-Filler: y\r\n'.repeat(5000)}`),
      async (agent) => assert.equal((await advertise(agent)).outcome, 'unavailable'),
    );
  });
});

describe('a redirect', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`${status} is not followed: its target hears nothing`, async () => {
      const heard: string[] = [];
      const target = createHttpServer((request: IncomingMessage, response) => {
        heard.push(request.url ?? '');
        response.end();
      });
      const port = await listen(target);
      try {
        await withRawServer(
          (socket) => {
            const location = `http://127.0.0.1:${port}/acme/shop.git/info/refs?service=git-receive-pack`;
            socket.end(head(`${status} Moved`, { Location: location, 'Content-Length': '0' }));
          },
          async (agent) => {
            assert.deepEqual(await advertise(agent), { outcome: 'not-found' });
            assert.deepEqual(await push(agent), { outcome: 'not-found' });
            assert.deepEqual(heard, []);
          },
        );
      } finally {
        target.closeAllConnections();
        await new Promise((resolve) => target.close(resolve));
      }
    });
  }
});

describe('a kept-alive connection', () => {
  test('that the server has closed meanwhile does not fail the next advertisement', async () => {
    let served = 0;
    await withRawServer(
      (socket) => {
        served += 1;
        const length = `${ANNOUNCED.length}`;
        socket.write(
          Buffer.concat([Buffer.from(head('200 OK', { 'Content-Type': TYPE, 'Content-Length': length })), ANNOUNCED]),
        );
        // The second request on this connection meets a reset.
        socket.on('data', () => socket.resetAndDestroy());
      },
      async (agent) => {
        for (let n = 0; n < 3; n++) assert.deepEqual((await drain(await advertise(agent))).bytes, ADVERTISEMENT);
        assert.equal(served, 3);
      },
    );
  });

  test('is never a reason to send a push twice', async () => {
    let posts = 0;
    await withRawServer(
      (socket, request) => {
        if (request.startsWith('POST')) posts += 1;
        const length = `${ANNOUNCED.length}`;
        socket.write(
          Buffer.concat([Buffer.from(head('200 OK', { 'Content-Type': TYPE, 'Content-Length': length })), ANNOUNCED]),
        );
        socket.on('data', (chunk) => {
          if (!chunk.toString('latin1').startsWith('POST')) return;
          posts += 1;
          socket.resetAndDestroy();
        });
      },
      async (agent) => {
        await drain(await advertise(agent));
        const answer = await push(agent);
        assert.deepEqual([answer.outcome, 'sent' in answer && answer.sent], ['unavailable', true]);
        assert.equal(posts, 1);
      },
    );
  });
});

describe('the credential', () => {
  test('appears in no log line, no detail and no error, whatever the upstream echoes', async () => {
    const pair = Buffer.from(`bot:${CANARY}`).toString('base64');
    const answers: readonly string[] = [
      head(`500 ${CANARY}`, { 'X-Echo': `Basic ${pair}`, 'Content-Length': '0' }),
      head('401 Unauthorized', { 'WWW-Authenticate': `Basic realm="${pair}"`, 'Content-Length': '0' }),
      head('302 Found', { Location: `http://bot:${CANARY}@127.0.0.1:1/`, 'Content-Length': '0' }),
      head('200 OK', { 'Content-Type': `text/${CANARY}`, 'Content-Length': '0' }),
      head('200 OK', { 'Content-Type': TYPE, 'Content-Encoding': pair, 'Content-Length': '0' }),
      `${head('200 OK', { 'Content-Type': TYPE, Connection: 'close' })}${encodePkt(`ERR token ${CANARY}\n`)}`,
      `${CANARY} nonsense\r\n\r\n`,
    ];
    let at = 0;
    await withRawServer(
      (socket) => socket.end(answers[at] ?? ''),
      async (agent, requests, lines) => {
        const seen: string[] = [];
        for (at = 0; at < answers.length; at++) {
          for (const ask of [advertise, push]) {
            const answer = await ask(agent).catch((error: Error) => error);
            seen.push(inspect(answer, { depth: 9 }));
          }
        }
        assert.ok(
          requests.every((request) => request.includes(pair)),
          'the credential was sent',
        );
        assert.ok(lines.length >= answers.length, 'there are log lines to look at');
        for (const text of [...seen, ...lines]) {
          assert.ok(!text.includes(CANARY) && !text.includes(pair), text);
        }
      },
    );
  });

  test('that the upstream refuses is not-found, and is read again for the next request', async () => {
    const root = mkdtempSync(join(tmpdir(), 'sallyport-http-'));
    await makeUpstreamRepo({ root, name: 'acme/shop' });
    const server = await startGitHttpServer({ root, auth: { username: 'bot', password: CANARY } });
    let password = 'wrong-password';
    const agent = makeAgent(server.url, { readSecret: async () => password });
    try {
      assert.deepEqual(await advertise(agent), { outcome: 'not-found' });
      password = CANARY;
      assert.equal((await drain(await advertise(agent))).error, undefined);
    } finally {
      await agent.close();
      await server.close();
      rmSync(root, { recursive: true });
    }
  });

  test('that cannot be read opens no connection, and the place is named', async () => {
    const requests: string[] = [];
    const server = createHttpServer((request) => {
      requests.push(request.url ?? '');
    });
    const port = await listen(server);
    const agent = makeAgent(`http://127.0.0.1:${port}`, {
      readSecret: async () => {
        throw new Error('environment variable X is not set');
      },
    });
    const answer = await advertise(agent);
    assert.deepEqual(answer, {
      outcome: 'unavailable',
      detail: 'credential main cannot be read: environment variable X is not set',
      sent: false,
    });
    assert.deepEqual(await agent.check('main'), {
      ok: false,
      text: 'credential main cannot be read: environment variable X is not set',
    });
    assert.deepEqual(requests, []);
    await agent.close();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('https', () => {
  test('verifies the certificate, and sends nothing to a server it does not trust', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-https-'));
    const key = join(directory, 'key.pem');
    const cert = join(directory, 'cert.pem');
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    const heard: string[] = [];
    const server = createHttpsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
      heard.push(request.headers.authorization ?? '');
      response.writeHead(200, { 'Content-Type': TYPE });
      response.end(ANNOUNCED);
    });
    const port = await listen(server);
    const trusting = makeAgent(`https://127.0.0.1:${port}`, { ca: cert });
    const wary = makeAgent(`https://127.0.0.1:${port}`);
    try {
      assert.equal((await advertise(wary)).outcome, 'unavailable');
      assert.equal((await wary.check('main')).ok, false);
      assert.deepEqual(heard, []);
      for (let n = 0; n < 2; n++) assert.deepEqual((await drain(await advertise(trusting))).bytes, ADVERTISEMENT);
      assert.equal((await trusting.check('main')).ok, true);
      assert.equal(heard.length, 2);
    } finally {
      await trusting.close();
      await wary.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true });
    }
  });

  test('a ca file that is missing is found at start', () => {
    assert.throws(() => makeAgent('https://127.0.0.1', { ca: '/nonexistent/ca.pem' }), /ca file .* cannot be read/);
  });
});

describe('a configuration that cannot be right is refused at start', () => {
  const base = { credentials: {}, readSecret: async () => CANARY };
  for (const [what, options] of [
    [
      'two upstreams of one name',
      {
        upstreams: [
          { name: 'a', url: 'http://x/{path}' },
          { name: 'a', url: 'http://y/{path}' },
        ],
      },
    ],
    ['a credential nobody defined', { upstreams: [{ name: 'a', url: 'http://x/{path}', credential: 'b' }] }],
    [
      'an ssh key for http',
      {
        upstreams: [{ name: 'a', url: 'http://x/{path}', credential: 'k' }],
        credentials: { k: { kind: 'ssh-key', username: 'git', privateKey: { kind: 'env', name: 'X' } } },
      },
    ],
    [
      'a password for ssh',
      {
        upstreams: [{ name: 'a', url: 'ssh://x/{path}', credential: 'k' }],
        credentials: { k: { kind: 'basic', username: 'git', password: { kind: 'env', name: 'X' } } },
      },
    ],
  ] as const) {
    test(what, () => {
      assert.throws(() => createAgent({ ...base, ...options }), { name: 'TargetError' });
    });
  }
});
