// What an http upstream does with a credential that was made for it and may be taken back at any time.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { type Agent, createAgent } from '../../../src/agent/agent.ts';
import type { CredentialConfig } from '../../../src/domain/credential-config.ts';
import { encodePkt, FLUSH } from '../../../src/protocol/pkt-line.ts';

const ADDRESS = { upstream: 'main', repo: 'acme/shop', path: 'acme/shop.git' };
const ANNOUNCED = Buffer.concat([
  encodePkt('# service=git-receive-pack\n'),
  FLUSH,
  encodePkt(`${'1'.repeat(40)} refs/heads/main\0report-status\n`),
  FLUSH,
]);
const CANARY = ['minted', 'canary', 'e1'].join('-');

const root = mkdtempSync(join(tmpdir(), 'sallyport-minted-'));
after(() => rmSync(root, { recursive: true }));
let helpers = 0;

interface Played {
  readonly agent: Agent;
  /** `METHOD password length`, as the upstream got them. */
  readonly heard: readonly string[];
  readonly lines: readonly string[];
  readonly known: readonly string[];
  /** What the helper was asked. */
  asked(): readonly string[];
  /** The one password that is taken from now on. */
  take(password: string): void;
}

type Refuse = (response: ServerResponse) => void;

const unauthorized: Refuse = (response) => response.writeHead(401).end();

/** An upstream that takes one password, in front of it an agent whose helper gives `canary-1`, `canary-2`, … */
async function play(run: (played: Played) => Promise<void>, refuse = unauthorized, kind = 'command'): Promise<void> {
  const log = join(root, `helper-${helpers++}.log`);
  const helper = `cat >/dev/null; echo $1 >> '${log}'; N=$(grep -c get '${log}'); echo username=bot; echo "password=${CANARY}-$N"`;
  writeFileSync(`${log}.sh`, helper);
  const heard: string[] = [];
  const lines: string[] = [];
  const known: string[] = [];
  let good = '';
  const server = createServer(async (request, response) => {
    let bytes = 0;
    for await (const chunk of request) bytes += chunk.length;
    const [, pair = ''] = (request.headers.authorization ?? '').split(' ');
    const password = Buffer.from(pair, 'base64').toString().replace('bot:', '');
    heard.push(`${request.method} ${password} ${bytes}`);
    if (password !== good) return refuse(response);
    const isPush = request.method === 'POST';
    const type = isPush ? 'application/x-git-receive-pack-result' : 'application/x-git-receive-pack-advertisement';
    response.writeHead(200, { 'Content-Type': type }).end(isPush ? FLUSH : ANNOUNCED);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const configs: Readonly<Record<string, CredentialConfig>> = {
    command: { kind: 'command', argv: ['/bin/sh', `${log}.sh`] },
    basic: { kind: 'basic', username: 'bot', password: { kind: 'env', name: 'X' } },
  };
  const write = (fields: unknown, message: string) => lines.push(`${message} ${inspect(fields, { depth: 9 })}`);
  const agent = createAgent({
    upstreams: [
      { name: 'main', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/{path}`, credential: kind },
    ],
    credentials: configs,
    readSecret: async () => `${CANARY}-1`,
    held: { add: (text) => known.push(text) },
    log: { debug: write, info: write, warn: write, error: write },
  });
  const take = (password: string) => {
    good = password;
  };
  try {
    await run({ agent, heard, lines, known, take, asked: () => readFileSync(log, 'utf8').trim().split('\n') });
    for (const line of lines) assert.ok(!line.includes(CANARY), line);
  } finally {
    await agent.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function advertise(agent: Agent): Promise<string> {
  const answer = await agent.advertise('git-receive-pack', { address: ADDRESS });
  if (answer.outcome === 'ok') answer.body.resume();
  return answer.outcome;
}

async function push(agent: Agent): Promise<string> {
  const body = Readable.from([Buffer.alloc(1000)], { objectMode: false });
  const answer = await agent.receivePack({ address: ADDRESS, body, length: 1000 });
  if (answer.outcome === 'ok') answer.body.resume();
  return answer.outcome;
}

describe('a credential that was made', () => {
  test('and taken back since leads to a new one, and the advertisement succeeds', () =>
    play(async ({ agent, heard, known, asked, take }) => {
      take(`${CANARY}-1`);
      assert.equal(await advertise(agent), 'ok');
      take(`${CANARY}-2`);
      assert.equal(await advertise(agent), 'ok');
      assert.deepEqual(heard, [`GET ${CANARY}-1 0`, `GET ${CANARY}-1 0`, `GET ${CANARY}-2 0`]);
      assert.deepEqual(asked(), ['get', 'erase', 'get']);
      for (const text of [`${CANARY}-1`, `${CANARY}-2`]) assert.ok(known.includes(text), 'it was not made known');
    }));

  test('is made anew once for a request, not for as long as it is refused', () =>
    play(async ({ agent, heard }) => {
      assert.equal(await advertise(agent), 'not-found');
      assert.deepEqual(heard, [`GET ${CANARY}-1 0`, `GET ${CANARY}-2 0`]);
    }));

  test('and is refused for a push is not made anew for it: a push is never sent twice', () =>
    play(async ({ agent, heard, take }) => {
      take(`${CANARY}-1`);
      assert.equal(await advertise(agent), 'ok');
      take(`${CANARY}-2`);
      assert.equal(await push(agent), 'not-found');
      assert.deepEqual(
        heard.filter((line) => line.startsWith('POST')),
        [`POST ${CANARY}-1 1000`],
      );
      assert.equal(await push(agent), 'ok');
      assert.deepEqual(heard.at(-1), `POST ${CANARY}-2 1000`);
    }));

  test('and lacks a right is no reason to make another one at once', () =>
    play(
      async ({ agent, heard }) => {
        assert.equal(await advertise(agent), 'not-found');
        assert.equal(heard.length, 1);
      },
      (response) => response.writeHead(403).end(),
    ));

  test('does not follow a redirect', () =>
    play(
      async ({ agent, heard, asked }) => {
        assert.equal(await advertise(agent), 'not-found');
        assert.equal(await push(agent), 'not-found');
        assert.deepEqual(heard, [`GET ${CANARY}-1 0`, `POST ${CANARY}-1 1000`]);
        assert.deepEqual(asked(), ['get']);
      },
      (response) => response.writeHead(307, { Location: '/elsewhere.git' }).end(),
    ));

  test('unlike one that is written down, which is shown once', () =>
    play(
      async ({ agent, heard }) => {
        assert.equal(await advertise(agent), 'not-found');
        assert.equal(heard.length, 1);
      },
      unauthorized,
      'basic',
    ));
});
