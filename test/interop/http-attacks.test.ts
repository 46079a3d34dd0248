// The HTTP door against requests that are framed, spelt, compressed or authenticated in ways that two programs could
// read differently. Each is answered and nothing of it reaches the upstream.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { constants, deflateSync, gzipSync } from 'node:zlib';
import { gitEnvironment } from '../../src/demo-upstream/git-process.ts';
import { encodePkt, FLUSH } from '../../src/protocol/pkt-line.ts';
import { openWorld, type World } from '../support/world.ts';
import {
  authorization,
  CAPABILITIES,
  command,
  type HttpAnswer,
  packOf,
  postHead,
  pushRequest,
  rawHttp,
  readReport,
  ZERO,
} from './receive-pack-client.ts';

let world: World;
let next: string;
/** A push that would land, if it were sent in one piece to the right place. */
let body: Buffer;

before(async () => {
  world = await openWorld({ gateway: '  limits: { maxPackBytes: 4MiB }' });
  const work = await world.clone('http', 'alice');
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: work, env: gitEnvironment({}) })
      .toString('utf8')
      .trim();
  const main = git('rev-parse', 'HEAD');
  next = await world.commit(work, 'alice', { 'src/new.txt': 'new\n' });
  body = pushRequest([[ZERO, next, 'refs/heads/smuggled']], packOf(work, [next], [main]));
});
after(() => world.close());

/** Nothing moves and no push request goes upstream. */
async function untouched(run: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
  const refs = await world.upstreamRefs();
  const asked = world.upstreamRequests.length;
  const answer = await run();
  assert.deepEqual(await world.upstreamRefs(), refs);
  const posts = world.upstreamRequests.slice(asked).filter(({ path }) => path.endsWith('/git-receive-pack'));
  assert.deepEqual(posts, [], 'a push reached the upstream');
  return answer;
}

function chunk(bytes: Buffer, extension = ''): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}${extension}\r\n`), bytes, Buffer.from('\r\n')]);
}

const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const head = (...headers: string[]) => Buffer.from(postHead(world, 'alice', headers));

describe('16: framing', () => {
  interface Framing {
    readonly title: string;
    readonly bytes: () => Buffer;
  }
  const FRAMINGS: readonly Framing[] = [
    {
      title: 'a length and chunks',
      bytes: () =>
        Buffer.concat([head(`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked'), chunk(body), LAST_CHUNK]),
    },
    {
      title: 'chunks and a length',
      bytes: () =>
        Buffer.concat([head('Transfer-Encoding: chunked', `Content-Length: ${body.length}`), chunk(body), LAST_CHUNK]),
    },
    {
      title: 'two lengths',
      bytes: () => Buffer.concat([head(`Content-Length: ${body.length}`, 'Content-Length: 4'), body]),
    },
    {
      title: 'the same length twice',
      bytes: () => Buffer.concat([head(`Content-Length: ${body.length}`, `Content-Length: ${body.length}`), body]),
    },
    {
      title: 'a length that is a list',
      bytes: () => Buffer.concat([head(`Content-Length: ${body.length}, ${body.length}`), body]),
    },
    { title: 'a negative length', bytes: () => Buffer.concat([head('Content-Length: -1'), body]) },
    { title: 'a length with a sign', bytes: () => Buffer.concat([head(`Content-Length: +${body.length}`), body]) },
    {
      title: 'a length in hex',
      bytes: () => Buffer.concat([head(`Content-Length: 0x${body.length.toString(16)}`), body]),
    },
    {
      title: 'chunks under another name',
      bytes: () => Buffer.concat([head('Transfer-Encoding: xchunked'), chunk(body), LAST_CHUNK]),
    },
    {
      title: 'chunks twice',
      bytes: () => Buffer.concat([head('Transfer-Encoding: chunked, chunked'), chunk(body), LAST_CHUNK]),
    },
    {
      title: 'chunks that are not last',
      bytes: () => Buffer.concat([head('Transfer-Encoding: chunked, identity'), chunk(body), LAST_CHUNK]),
    },
    {
      title: 'a folded header',
      bytes: () => Buffer.concat([head('Transfer-Encoding:\r\n chunked'), chunk(body), LAST_CHUNK]),
    },
    {
      title: 'a space before the colon',
      bytes: () => Buffer.concat([head(`Content-Length : ${body.length}`), body]),
    },
    {
      title: 'headers that end in line feeds alone',
      bytes: () =>
        Buffer.concat([
          Buffer.from(head(`Content-Length: ${body.length}`).toString('latin1').replaceAll('\r\n', '\n')),
          body,
        ]),
    },
    {
      title: 'a chunk size with a sign',
      bytes: () => Buffer.concat([head('Transfer-Encoding: chunked'), Buffer.from('-1\r\n'), body, LAST_CHUNK]),
    },
    {
      title: 'a chunk that is longer than it says',
      bytes: () =>
        Buffer.concat([
          head('Transfer-Encoding: chunked'),
          Buffer.from('4\r\n'),
          body,
          Buffer.from('\r\n'),
          LAST_CHUNK,
        ]),
    },
    {
      title: 'a NUL in a header',
      bytes: () => Buffer.concat([head(`Content-Length: ${body.length}`, 'X-Note: a\0b'), body]),
    },
  ];
  for (const { title, bytes } of FRAMINGS) {
    test(`${title}: 400, and the connection is over`, async () => {
      const answer = await untouched(() => rawHttp(world, bytes()));
      assert.equal(answer.status, 400, answer.head);
      assert.match(answer.head, /^connection: close$/im);
    });
  }

  test('two hosts are one too many', async () => {
    const bytes = Buffer.concat([head(`Content-Length: ${body.length}`, 'Host: elsewhere.example'), body]);
    assert.equal((await untouched(() => rawHttp(world, bytes))).status, 400);
  });

  test('a second request behind a refused one is not read', async () => {
    const bytes = Buffer.concat([
      head('Content-Length: 4', 'Content-Length: 5'),
      FLUSH,
      head(`Content-Length: ${body.length}`),
      body,
    ]);
    const answer = await untouched(() => rawHttp(world, bytes));
    assert.equal(answer.status, 400);
  });

  test('a body that ends before its length is no push', async () => {
    const answer = await untouched(async () => {
      const sending = rawHttp(
        world,
        Buffer.concat([head(`Content-Length: ${body.length}`, 'Connection: close'), body.subarray(0, -10)]),
        {
          end: true,
        },
      );
      return sending;
    });
    assert.notEqual(answer.status, 200);
  });

  test('chunks with extensions carry the same push as without', async () => {
    const parts = [body.subarray(0, 7), body.subarray(7, 60), body.subarray(60)];
    const sent = Buffer.concat([
      head('Transfer-Encoding: chunked'),
      ...parts.map((part) => chunk(part, ';a=b')),
      LAST_CHUNK,
    ]);
    const answer = await rawHttp(world, Buffer.from(sent));
    // Node's parser takes a few of them; whatever is taken is the body, and nothing else is.
    assert.equal(answer.status, 200);
    assert.deepEqual(readReport(answer.body).report, ['unpack ok', 'ok refs/heads/smuggled']);
  });
});

describe('15: compression', () => {
  const compressed = (encoding: string, bytes: Buffer) =>
    Buffer.concat([head(`Content-Encoding: ${encoding}`, `Content-Length: ${bytes.length}`), bytes]);

  for (const [title, make, status] of [
    ['deflate', () => compressed('deflate', deflateSync(body)), 415],
    ['two layers', () => compressed('gzip, gzip', gzipSync(gzipSync(body))), 415],
    ['an encoding nobody knows', () => compressed('br', body), 415],
    ['plain bytes said to be gzip', () => compressed('gzip', body), 400],
  ] as const) {
    test(`${title}: ${status}`, async () => {
      const answer = await untouched(() => rawHttp(world, make()));
      assert.equal(answer.status, status, answer.body.toString());
    });
  }

  test('gzip that is cut off is a malformed push', async () => {
    const answer = await untouched(() => rawHttp(world, compressed('gzip', gzipSync(body).subarray(0, -20))));
    const { report } = readReport(answer.body);
    assert.deepEqual(report, ['unpack ok', 'ng refs/heads/smuggled refused: malformed push']);
  });

  test('a bomb ends at the limit, and the door stays open for others', async () => {
    // 40 MB of one pack-to-be in 40 kB: ten times what a pack may have.
    const bomb = gzipSync(
      Buffer.concat([command(ZERO, next, 'refs/heads/bomb', CAPABILITIES), FLUSH, Buffer.alloc(40 << 20)]),
      {
        level: constants.Z_BEST_COMPRESSION,
      },
    );
    assert.ok(bomb.length < 100_000);
    const before = process.memoryUsage.rss();
    const answer = await untouched(() => rawHttp(world, compressed('gzip', bomb)));
    assert.ok(answer.status === 200 || answer.status === 400, `${answer.status}`);
    for (const line of readReport(answer.status === 200 ? answer.body : Buffer.alloc(0)).report)
      assert.doesNotMatch(line, /^ok /);
    assert.ok(process.memoryUsage.rss() - before < 150 << 20);
    assert.equal((await rawHttp(world, `GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).status, 200);
  });

  test('a bomb of commands ends at the limit', async () => {
    const line = command(ZERO, next, 'refs/heads/bomb', CAPABILITIES);
    const bomb = gzipSync(Buffer.concat(Array.from({ length: 100_000 }, () => line)));
    const answer = await untouched(() => rawHttp(world, compressed('gzip', bomb)));
    assert.equal(answer.status, 400);
    assert.match(answer.body.toString(), /malformed push/);
  });

  test('one layer of gzip is a push like any other', async () => {
    const again = Buffer.from(body.toString('latin1').replace('refs/heads/smuggled', 'refs/heads/squeezed'), 'latin1');
    const answer = await rawHttp(world, compressed('x-gzip', gzipSync(again)));
    assert.deepEqual(readReport(answer.body).report, ['unpack ok', 'ok refs/heads/squeezed']);
    const relayed = world.upstreamRequests.findLast(({ path }) => path.endsWith('/git-receive-pack'));
    assert.equal(relayed?.headers['content-encoding'], undefined);
  });
});

describe('17, 18: paths and queries', () => {
  const get = (target: string, name = 'alice') =>
    rawHttp(
      world,
      `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization(world, name)}\r\nConnection: close\r\n\r\n`,
    );

  for (const spelling of [
    '/acme/../acme/shop.git',
    '/acme/./shop.git',
    '/./acme/shop.git',
    '//acme/shop.git',
    '/acme//shop.git',
    '/acme/shop.git//',
    '/acme/shop.git/.git',
    '/acme/shop.git.git',
    '/acme/shop.GIT',
    '/acme/shop.git.',
    '/acme/shop.git%20',
    '/acme/shop.git;x',
    '/acme%2fshop.git',
    '/acme%2Fshop.git',
    '/acme%5Cshop.git',
    '/acme\\shop.git',
    '/%2e%2e/acme/shop.git',
    '/acme/%2e%2e/acme/shop.git',
    '/acme/%252e%252e/shop.git',
    '/acme/shop.git%00',
    '/acme/shop.git%0a',
    '/acme/shop.git%',
    '/acme/sh%c3%b6p.git',
    '/~alice/shop.git',
    '/-x/shop.git',
    '/acme/-x.git',
    '/.git',
    'http://elsewhere.example/acme/shop.git',
    'acme/shop.git',
  ]) {
    test(`${spelling} names no repository`, async () => {
      const asked = world.upstreamRequests.length;
      const answers = [await get(`${spelling}/info/refs?service=git-upload-pack`)];
      answers.push(
        await untouched(() =>
          rawHttp(
            world,
            Buffer.concat([
              Buffer.from(postHead(world, 'alice', [`Content-Length: ${body.length}`, 'Connection: close'], spelling)),
              body,
            ]),
          ),
        ),
      );
      for (const { status } of answers) assert.ok(status === 400 || status === 404, `${status}`);
      assert.equal(world.upstreamRequests.length, asked, 'the upstream was asked');
    });
  }

  for (const spelling of ['/acme/shop.git', '/acme/shop', '/acme/shop.git/', '/acme/shop/', '/%61cme/sh%6Fp.git']) {
    test(`${spelling} names the repository`, async () => {
      const answer = await get(`${spelling}/info/refs?service=git-upload-pack`);
      assert.equal(answer.status, 200);
      assert.equal(world.upstreamRequests.at(-1)?.path, '/acme/shop.git/info/refs?service=git-upload-pack');
    });
  }

  for (const [query, status] of [
    ['', 403],
    ['?', 400],
    ['?service=', 403],
    ['?service=git-upload-archive', 403],
    ['?service=git-upload-pack&service=git-receive-pack', 400],
    ['?service=git-receive-pack;service=git-upload-pack', 400],
    ['?Service=git-upload-pack', 400],
    ['?service=git%2Dupload-pack', 400],
    ['?service=git-upload-pack&x=1', 400],
    ['?x=1&service=git-upload-pack', 400],
    ['?service=git-upload-pack#', 400],
    ['?service=../git-upload-pack', 400],
  ] as const) {
    test(`info/refs${query} is refused with ${status}`, async () => {
      const asked = world.upstreamRequests.length;
      assert.equal((await get(`/acme/shop.git/info/refs${query}`)).status, status);
      assert.equal(world.upstreamRequests.length, asked);
    });
  }

  test('no query turns a push into something that needs less', async () => {
    for (const query of ['?service=git-upload-pack', '?', '?x']) {
      const request = postHead(world, 'mallory', [`Content-Length: ${body.length}`, 'Connection: close']);
      const answer = await untouched(() =>
        rawHttp(
          world,
          Buffer.concat([Buffer.from(request.replace('git-receive-pack HTTP', `git-receive-pack${query} HTTP`)), body]),
        ),
      );
      assert.ok(answer.status === 400 || answer.status === 404, `${answer.status}`);
    }
  });

  for (const path of ['HEAD', 'objects/info/packs', 'objects/info/alternates', 'objects/00/0123456789', 'info/refs']) {
    test(`the dumb protocol is not served: ${path}`, async () => {
      assert.equal((await get(`/acme/shop.git/${path}`)).status, 403);
    });
  }

  for (const [method, path, status] of [
    ['PUT', 'git-receive-pack', 405],
    ['GET', 'git-receive-pack', 405],
    ['POST', 'info/refs?service=git-receive-pack', 405],
    ['POST', 'git-upload-archive', 403],
  ] as const) {
    test(`${method} ${path} is refused with ${status}`, async () => {
      const answer = await untouched(() =>
        rawHttp(
          world,
          Buffer.concat([
            Buffer.from(
              `${method} /acme/shop.git/${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization(world, 'alice')}\r\nContent-Type: application/x-git-receive-pack-request\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
            ),
            body,
          ]),
        ),
      );
      assert.equal(answer.status, status);
    });
  }

  test('a push of another content type is refused', async () => {
    for (const type of [
      'application/x-git-upload-pack-request',
      'text/plain',
      'application/x-git-receive-pack-request; charset=x',
    ]) {
      const request = postHead(world, 'alice', [`Content-Length: ${body.length}`, 'Connection: close']);
      const changed = request.replace('application/x-git-receive-pack-request', type);
      const answer = await untouched(() => rawHttp(world, Buffer.concat([Buffer.from(changed), body])));
      assert.equal(answer.status, 415);
    }
  });
});

describe('61, 66: credentials', () => {
  const get = (target: string, ...headers: string[]) =>
    rawHttp(world, [`GET ${target} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n'));
  const refs = '/acme/shop.git/info/refs?service=git-receive-pack';

  test('two Authorization headers are one too many, even when both are good', async () => {
    const good = `Authorization: ${authorization(world, 'alice')}`;
    for (const other of [good, `authorization: Bearer ${world.token('bob')}`, 'Authorization: Basic eDp5']) {
      assert.equal((await get(refs, good, other)).status, 400);
      assert.equal((await get(refs, other, good)).status, 400);
    }
  });

  test('a token in the query logs nobody in', async () => {
    const token = world.token('alice');
    for (const query of [`&token=${token}`, `&access_token=${token}`, `&private_token=${token}`]) {
      const answer = await get(`${refs}${query}`);
      assert.ok(answer.status === 400 || answer.status === 401, `${answer.status}`);
    }
    assert.equal((await get(`/acme/shop.git/info/refs?token=${token}`)).status, 400);
  });

  test('a credential in the target, or in a header of its own, logs nobody in', async () => {
    const token = world.token('alice');
    const target = `http://alice:${token}@${new URL(world.http).host}${refs}`;
    assert.notEqual((await get(target)).status, 200);
    for (const header of [
      `Private-Token: ${token}`,
      `X-Api-Key: ${token}`,
      `Cookie: token=${token}`,
      `Proxy-Authorization: Bearer ${token}`,
    ]) {
      assert.equal((await get(refs, header)).status, 401);
    }
  });

  test('schemes and forms that are not understood log nobody in', async () => {
    const token = world.token('alice');
    for (const value of [
      token,
      `Token ${token}`,
      `Basic ${token}`,
      `Bearer: ${token}`,
      `Bearer\t${token}`,
      `Basic ${Buffer.from(token).toString('base64')}`,
      'Basic',
      'Bearer ',
    ]) {
      assert.equal((await get(refs, `Authorization: ${value}`)).status, 401, value.replace(token, '…'));
    }
  });

  test('a login is asked for before the body is read', async () => {
    const bare = postHead(world, 'alice', ['Content-Length: 1000000']).replace(/^Authorization: .*\r\n/m, '');
    const answer = await untouched(() => rawHttp(world, bare));
    assert.equal(answer.status, 401);
    assert.match(answer.head, /^www-authenticate: Basic realm=/im);
  });

  test('whoever asks "may I go on?" is asked to log in first', async () => {
    const bare = postHead(world, 'alice', [`Content-Length: ${body.length}`, 'Expect: 100-continue']);
    const answer = await untouched(() => rawHttp(world, bare.replace(/^Authorization: .*\r\n/m, '')));
    assert.equal(answer.status, 401);
  });

  test('whoever may push is told to go on, and not before', async () => {
    const again = Buffer.from(body.toString('latin1').replace('refs/heads/smuggled', 'refs/heads/asked-it'), 'latin1');
    const { hostname, port } = new URL(world.http);
    const answer = await new Promise<Buffer>((resolve, reject) => {
      const asking = request({
        host: hostname,
        port,
        method: 'POST',
        path: '/acme/shop.git/git-receive-pack',
        headers: {
          Authorization: authorization(world, 'alice'),
          'Content-Type': 'application/x-git-receive-pack-request',
          'Content-Length': again.length,
          Expect: '100-continue',
        },
      });
      asking.once('continue', () => asking.end(again));
      asking.once('error', reject);
      asking.once('response', (response) =>
        response.toArray().then((chunks) => resolve(Buffer.concat(chunks)), reject),
      );
      asking.flushHeaders();
    });
    assert.deepEqual(readReport(answer).report, ['unpack ok', 'ok refs/heads/asked-it']);
  });

  test('the probe of a large push is answered for those who may push, and for nobody else', async () => {
    const probe = (name: string, bytes: Buffer = FLUSH) =>
      untouched(() =>
        rawHttp(
          world,
          Buffer.concat([Buffer.from(postHead(world, name, ['Content-Length: 4', 'Connection: close'])), bytes]),
        ),
      );
    const good = await probe('alice');
    assert.equal(good.status, 200);
    assert.match(good.head, /^content-type: application\/x-git-receive-pack-result$/im);
    assert.equal((await probe('mallory')).status, 404);
    for (const other of ['zzzz', '0001', '0004', 'PACK']) {
      assert.equal((await probe('alice', Buffer.from(other))).status, 400, other);
    }
  });

  test('an upload-pack request that asks for more than was offered is refused', async () => {
    const ask = (lines: readonly (string | Buffer)[]) => {
      const bytes = Buffer.concat(lines.map((line) => (typeof line === 'string' ? encodePkt(`${line}\n`) : line)));
      const start = postHead(world, 'alice', [
        `Content-Length: ${bytes.length}`,
        'Git-Protocol: version=2',
        'Connection: close',
      ]).replaceAll('receive-pack', 'upload-pack');
      return rawHttp(world, Buffer.concat([Buffer.from(start), bytes]));
    };
    for (const lines of [
      ['command=bundle-uri', FLUSH],
      ['command=fetch', Buffer.from('0001'), `want ${next}`, 'packfile-uris https', 'done', FLUSH],
      ['command=fetch', 'promisor-remote=x', Buffer.from('0001'), `want ${next}`, 'done', FLUSH],
    ]) {
      const asked = world.upstreamRequests.length;
      assert.equal((await ask(lines)).status, 400);
      assert.equal(world.upstreamRequests.length, asked);
    }
  });
});
