// The API behind a real socket: how callers authenticate, what limits them, event streams, and that no token is ever
// repeated to anybody.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createAttemptLimit } from '../../../src/gateway/api/attempt-limit.ts';
import { type Answer, openQueue, type Queue } from './queue.ts';

let queue: Queue;
let server: Server;
let port: number;

before(async () => {
  queue = await openQueue({ events: { poll: 20 }, limit: createAttemptLimit({ burst: 1000, refill: 1 }) });
  server = createServer(queue.api.handler);
  port = await listen(server);
});
after(async () => {
  await queue.close();
  server.closeAllConnections();
  server.close();
});

function listen(one: Server): Promise<number> {
  return new Promise((resolve) => one.listen(0, '127.0.0.1', () => resolve((one.address() as AddressInfo).port)));
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** `headers` as pairs, so that one can be sent twice. */
function get(path: string, headers: readonly string[] = [], to = port): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request({ port: to, path, headers: ['host', 'x', ...headers] }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    sent.on('error', reject).end();
  });
}

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

test('load balancers may ask for health with HEAD', async () => {
  for (const path of ['/healthz', '/readyz']) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'HEAD' });
    assert.deepEqual([answer.status, await answer.text()], [200, ''], path);
  }
});

test('Bearer, and Basic with any user name, authenticate; nothing else does', async () => {
  const token = queue.token('bob');
  const cases: readonly [title: string, path: string, headers: readonly string[], status: number][] = [
    ['bearer', '/api/v1/whoami', ['authorization', `Bearer ${token}`], 200],
    ['scheme in another case', '/api/v1/whoami', ['authorization', `bEARER ${token}`], 200],
    ['basic', '/api/v1/whoami', ['authorization', basic('anything', token)], 200],
    ['basic without a user name', '/api/v1/whoami', ['authorization', basic('', token)], 200],
    ['the token as user name', '/api/v1/whoami', ['authorization', basic(token, '')], 401],
    ['nothing', '/api/v1/whoami', [], 401],
    ['another scheme', '/api/v1/whoami', ['authorization', `Token ${token}`], 401],
    [
      'the same header twice',
      '/api/v1/whoami',
      ['authorization', `Bearer ${token}`, 'authorization', `Bearer ${token}`],
      400,
    ],
    [
      'two headers in other cases',
      '/api/v1/whoami',
      ['Authorization', 'Bearer x', 'AUTHORIZATION', `Bearer ${token}`],
      400,
    ],
    ['a cookie', '/api/v1/whoami', ['cookie', `token=${token}; authorization=Bearer ${token}`], 401],
    ['a query parameter', `/api/v1/whoami?access_token=${token}`, [], 401],
    [
      'a header of a proxy',
      '/api/v1/whoami',
      ['x-forwarded-user', 'root', 'x-remote-user', 'root', 'x-webauth-user', 'root'],
      401,
    ],
  ];
  for (const [title, path, headers, status] of cases) {
    const answer = await get(path, headers);
    assert.equal(answer.status, status, title);
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
    if (status === 401) assert.match(String(answer.headers['www-authenticate']), /^Bearer /);
  }
});

test('too many failed logins from one address are turned away, then let in again', async () => {
  const limited = await openQueue({ limit: createAttemptLimit({ burst: 3, refill: 10_000 }) });
  const door = createServer(limited.api.handler);
  const at = await listen(door);
  try {
    const good = ['authorization', `Bearer ${limited.token('bob')}`];
    const bad = ['authorization', 'Bearer wrong'];
    for (const expected of [401, 401, 401, 429]) assert.equal((await get('/api/v1/whoami', bad, at)).status, expected);
    const blocked = await get('/api/v1/whoami', good, at);
    assert.equal(blocked.status, 429);
    assert.equal(blocked.headers['retry-after'], '10');
    limited.skew += 10_000;
    assert.equal((await get('/api/v1/whoami', good, at)).status, 200);
    assert.equal((await get('/healthz', [], at)).status, 200);
  } finally {
    door.closeAllConnections();
    door.close();
    await limited.close();
  }
});

interface Stream {
  readonly status: number;
  /** The next event; fails after a while. */
  next(): Promise<{ readonly id: number; readonly type: string; readonly data: Record<string, unknown> }>;
  /** Resolves when the server ends the stream. */
  readonly ended: Promise<void>;
  stop(): void;
}

function listenTo(path: string, headers: readonly string[]): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, path, headers: ['host', 'x', ...headers] }, (answer) => {
      const events: string[] = [];
      let rest = '';
      let wake = () => {};
      answer.setEncoding('utf8').on('data', (part: string) => {
        const blocks = (rest + part).split('\n\n');
        rest = blocks.pop() ?? '';
        events.push(...blocks.filter((block) => !block.startsWith(':')));
        wake();
      });
      answer.on('error', () => {});
      const ended = new Promise<void>((done) => answer.on('close', () => done()));
      resolve({
        status: answer.statusCode ?? 0,
        ended,
        stop: () => sent.destroy(),
        async next() {
          const deadline = AbortSignal.timeout(5000);
          while (events.length === 0) {
            await new Promise<void>((go, fail) => {
              wake = go;
              deadline.addEventListener('abort', () => fail(new Error('no event came')), { once: true });
            });
          }
          const fields = new Map(
            (events.shift() ?? '').split('\n').map((line) => line.split(/: (.*)/s) as [string, string]),
          );
          return {
            id: Number(fields.get('id')),
            type: fields.get('event') ?? '',
            data: JSON.parse(fields.get('data') ?? ''),
          };
        },
      });
    });
    sent.on('error', reject).end();
  });
}

const bearer = (name: 'alice' | 'bob' | 'mallory' | 'erin') => ['authorization', `Bearer ${queue.token(name)}`];

test('events come as they happen, only those one may see, details only for auditors', async () => {
  const [bob, erin] = await Promise.all([
    listenTo('/api/v1/events', bearer('bob')),
    listenTo('/api/v1/events', bearer('erin')),
  ]);
  assert.equal(bob.status, 200);
  await queue.push({ repo: 'other/x' });
  const push = await queue.push();
  const first = await bob.next();
  assert.deepEqual(
    [first.type, first.data['pushId'], first.data['repo'], first.data['body']],
    ['push.received', push.id, 'acme/shop', undefined],
  );
  assert.equal((await bob.next()).type, 'push.held');
  const seen = await erin.next();
  assert.deepEqual([seen.data['repo'], typeof seen.data['body']], ['other/x', 'object']);
  bob.stop();
  erin.stop();
});

test('a stream goes on after Last-Event-ID without a gap', async () => {
  const stream = await listenTo('/api/v1/events', bearer('bob'));
  const push = await queue.push();
  const received = await stream.next();
  stream.stop();
  await queue.review.approve(await queue.principal('bob'), push.id, '');
  const resumed = await listenTo('/api/v1/events', [...bearer('bob'), 'last-event-id', String(received.id)]);
  const types = [];
  for (let count = 0; count < 3; count++) types.push((await resumed.next()).type);
  assert.deepEqual(types, ['push.held', 'push.approved', 'push.released']);
  resumed.stop();
  assert.equal((await get('/api/v1/events', [...bearer('bob'), 'last-event-id', 'x'])).status, 400);
});

test('a stream can be of one push, and one person has at most 20', async () => {
  const push = await queue.push();
  const other = await queue.push();
  const stream = await listenTo(`/api/v1/events?after=-1&push=${other.id}`, bearer('alice'));
  assert.deepEqual((await stream.next()).data['pushId'], other.id);
  assert.notEqual(push.id, other.id);
  stream.stop();
  const streams = await Promise.all(Array.from({ length: 21 }, () => listenTo('/api/v1/events', bearer('mallory'))));
  assert.deepEqual(
    streams.map(({ status }) => status).filter((status) => status !== 200),
    [429],
  );
  for (const one of streams) one.stop();
  assert.equal((await get('/api/v1/events')).status, 401);
});

test('no token appears in an answer, an error, the log or the trail', async () => {
  const token = queue.token('bob');
  const garbled = `${token.slice(0, -1)}x`;
  const answers = [
    await get('/api/v1/whoami', ['authorization', `Bearer ${token}`]),
    await get(`/api/v1/pushes?state=${token}`, ['authorization', `Bearer ${token}`]),
    await get(`/api/v1/pushes/${token}`, ['authorization', `Bearer ${token}`]),
    await get(`/${token}`, ['authorization', basic(token, token)]),
    await get('/api/v1/whoami', ['authorization', `Bearer ${garbled}`]),
    await get('/api/v1/whoami', ['authorization', `Bearer ${token}`, 'authorization', `Bearer ${token}`]),
    await get('/api/v1/tokens', ['authorization', `Bearer ${queue.token('alice')}`]),
    await get('/metrics'),
  ];
  const put = await queue.ask('bob', 'POST', '/pushes/1/approve', { comment: 5, [token]: token });
  const trail = JSON.stringify(await queue.store.trail.search({}));
  const everything = [
    ...answers.map(({ text, headers }) => text + JSON.stringify(headers)),
    put.text,
    queue.logged.join(''),
    trail,
  ].join('\n');
  for (const secret of [token, garbled, queue.token('alice')]) {
    assert.equal(everything.includes(secret), false);
    assert.equal(everything.includes(Buffer.from(`x:${secret}`).toString('base64')), false);
  }
});

test('an unexpected error becomes an incident id outside, and its text stays in the log', async () => {
  const broken = await openQueue();
  const push = await broken.push();
  await writeFile(join(broken.directory, 'recordings', `${push.id}`, 'inputs.json.gz'), 'not what was written');
  const answer = await broken.ask('bob', 'GET', `/pushes/${push.id}/explain`);
  assertIncident(broken, answer, 500, 'the log of the gateway says more about this incident');
  await broken.close();
});

test('a store that is gone is said to be gone, and the rest stays in the log', async () => {
  const broken = await openQueue();
  const push = await broken.push();
  await broken.store.close();
  const answer = await broken.ask('bob', 'GET', `/pushes/${push.id}`);
  assertIncident(broken, answer, 503, 'the store cannot be used now; hint: try again later, or tell an administrator');
  assert.equal((await broken.api.inject({ method: 'GET', url: '/readyz' })).statusCode, 503);
  await broken.close();
});

function assertIncident(queue: Queue, answer: Answer, status: number, text: string): void {
  assert.equal(answer.status, status);
  const { incident, detail } = answer.body as { incident: string; detail: string };
  assert.match(incident, /^[0-9a-f-]{36}$/);
  assert.equal(detail, text);
  assert.equal(
    queue.logged.some((line) => line.includes(incident) && line.includes('"err"')),
    true,
  );
}
