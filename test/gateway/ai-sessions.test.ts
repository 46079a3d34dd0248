// Recorded sessions with the real program, over HTTP: signatures by keys that ssh-keygen made, secrets, crashes, retention.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, suite, test } from 'node:test';
import { ensureSessionsKey } from '../../src/adapters/keys/sessions-key.ts';
import { openStore } from '../../src/adapters/store/store.ts';
import { hookEvidence } from '../../src/domain/attribution/sessions/commit-evidence.ts';
import { sessionKey } from '../../src/domain/attribution/sessions/session-event.ts';
import { sshSignatureBlob } from '../../src/protocol/ssh-signature.ts';
import { runProgram } from '../cli/program.ts';
import { sampleSecret } from '../support/sample-secret.ts';
import { must, openWorld, run, type World } from '../support/world.ts';

const COMMIT = 'c'.repeat(40);
const BLOB = 'b'.repeat(40);
const LINES = ['export function priceOf(basket) {', '  return basket.positions.reduce(sumOfPrices, 0);', '}'];

interface Sent {
  readonly status: number;
  readonly text: string;
}

function batch(conversation: string, events: readonly object[], more: object = {}): string {
  return JSON.stringify({ version: 1, codingAgent: 'claude-code', conversation, repo: 'acme/shop', events, ...more });
}

const prompt = (id: string, text: string) => ({
  ...{ id, at: 1_700_000_000_000, kind: 'prompt', prompt: text },
  digest: createHash('sha256').update(text).digest('hex'),
});
const edit = (id: string, lines: readonly string[]) => ({
  ...{ id, at: 1_700_000_065_000, kind: 'edit', path: 'src/price.ts', tool: 'Edit', added: [{ start: 4, lines }] },
});
const commit = (id: string) => ({
  ...{ id, at: 1_700_000_070_000, kind: 'commit', commit: COMMIT },
  files: [{ path: 'src/price.ts', blob: BLOB, ranges: [[4, 6]] }],
});

const keyOf = (conversation: string) => sessionKey({ codingAgent: 'claude-code', conversation });

async function send(world: World, name: string, conversation: string, body: string, signature?: string): Promise<Sent> {
  const response = await fetch(`${world.http}/api/v1/ai/sessions/${keyOf(conversation)}/events`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${name}:${world.token(name)}`).toString('base64')}`,
      'content-type': 'application/json',
      ...(signature !== undefined && { 'sallyport-signature': signature }),
    },
    body,
  });
  return { status: response.status, text: await response.text() };
}

let files = 0;

async function sign(world: World, name: string, body: string, namespace = 'sallyport-session'): Promise<string> {
  const file = join(world.directory, `to-sign-${++files}`);
  await writeFile(file, body);
  const key = join(world.directory, 'home', name);
  await must(run('ssh-keygen', ['-q', '-Y', 'sign', '-f', key, '-n', namespace, file], {}, world.directory));
  return sshSignatureBlob(readFileSync(`${file}.sig`, 'utf8'))?.toString('base64') ?? '';
}

suite('a gateway that records sessions', () => {
  let world: World;
  before(async () => {
    world = await openWorld({ program: true });
  });
  after(() => world.close());

  describe('a signature', () => {
    const said = ({ status, text }: Sent) => [status, (JSON.parse(text) as { signature?: string }).signature];

    test('by a key of one’s own counts, and makes records of commits evidence of the first rank', async () => {
      const body = batch('signed', [prompt('a0', 'Make it so.'), commit('c')]);
      assert.deepEqual(said(await send(world, 'alice', 'signed', body, await sign(world, 'alice', body))), [
        202,
        'signed',
      ]);
      const unsigned = batch('unsigned', [commit('c')]);
      assert.deepEqual(said(await send(world, 'alice', 'unsigned', unsigned)), [202, 'unsigned']);
      await world.stop();
      const store = await openStore({
        file: join(world.dataDir, 'sallyport.db'),
        auditDir: join(world.dataDir, 'audit'),
        clock: { now: () => Date.now() },
        sessionsKey: ensureSessionsKey(join(world.directory, 'keys')),
        readOnly: true,
      });
      const records = await store.sessions.commitRecords(['alice'], [COMMIT]);
      await store.close();
      await world.start();
      const added = { commit: COMMIT, path: 'src/price.ts', blob: BLOB, totalLines: 9, added: [{ start: 4, end: 6 }] };
      const evidence = hookEvidence(records, [
        { ...added, lines: LINES.map((line) => Buffer.from(line)), isGenerated: false },
      ]);
      assert.deepEqual(
        evidence.map(({ tier, verifier, claim }) => [tier, verifier, claim.session]),
        [
          ['E5', 'verified', 'signed'],
          ['E3', 'consistent', 'unsigned'],
        ],
      );
    });

    test('by somebody else’s key counts for nothing', async () => {
      const body = batch('foreign', [commit('c')]);
      assert.deepEqual(said(await send(world, 'alice', 'foreign', body, await sign(world, 'bob', body))), [
        202,
        'unknown-key',
      ]);
    });

    test('by a key that was revoked counts for nothing', async () => {
      const body = batch('revoked', [commit('c')]);
      const signature = await sign(world, 'carol', body);
      assert.deepEqual(said(await send(world, 'carol', 'revoked', body, signature)), [202, 'signed']);
      const { status } = await world.api('root', 'DELETE', '/api/v1/keys/key-carol');
      assert.equal(status, 204);
      const later = batch('revoked', [commit('d')]);
      const answer = await send(world, 'carol', 'revoked', later, await sign(world, 'carol', later));
      assert.deepEqual(said(answer), [202, 'unknown-key']);
    });

    test('of other bytes, for something else, or that is none: refused, and nothing is recorded', async () => {
      const body = batch('refused', [commit('c')]);
      const good = await sign(world, 'alice', body);
      for (const signature of [
        await sign(world, 'alice', `${body} `),
        await sign(world, 'alice', body, 'git'),
        `${good.slice(0, -4)}AAAA`,
        good.slice(0, 40),
        '',
        'not base64!',
        'A'.repeat(30_000),
      ]) {
        const { status } = await send(world, 'alice', 'refused', body, signature);
        assert.equal(status, 422, signature.slice(0, 20));
      }
      assert.equal((await world.api('alice', 'GET', `/api/v1/ai/sessions/alice/${keyOf('refused')}`)).status, 404);
    });
  });

  test('is killed after its answer: all is there, and what is sent again is known', async () => {
    const body = batch('crash', [prompt('a0', 'Make it so.'), edit('e', LINES), commit('c')]);
    assert.match((await send(world, 'alice', 'crash', body)).text, /"accepted":3,"known":0/);
    await world.kill();
    await world.start();
    assert.match((await send(world, 'alice', 'crash', body)).text, /"accepted":0,"known":3/);
    const shown = await world.api('alice', 'GET', `/api/v1/ai/sessions/alice/${keyOf('crash')}`);
    const { events } = shown.body as { events: { kind: string }[] };
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['prompt', 'edit', 'commit'],
    );
  });

  test('shows and replays on the command line', async () => {
    const more = { model: 'opus-4.6', human: 'Alice <alice@example.com>' };
    await send(
      world,
      'alice',
      'shown',
      batch('shown', [prompt('a0', 'Make it\n\u001b[2Jso.'), edit('e', LINES), commit('c')], more),
    );
    const as = (name: string, ...args: readonly string[]) =>
      runProgram(['ai', ...args], {
        cwd: world.directory,
        env: { SALLYPORT_URL: world.http, SALLYPORT_TOKEN: world.token(name) },
      });
    const key = keyOf('shown');
    const [head, row] = (await as('alice', 'ls', '--repo', 'acme/shop', '--since', '1h')).stdout.split('\n');
    assert.match(head ?? '', /^SESSION +CODING AGENT +MODEL +REPO +LAST +PROMPTS +EDITS +COMMITS$/);
    assert.match(row ?? '', new RegExp(`^alice/${key} +claude-code +opus-4\\.6 +acme/shop +\\S+Z +1 +1 +1$`));
    const shown = (await as('alice', 'show', key)).stdout;
    assert.match(shown, /^ {2}agent {3}claude-code opus-4\.6$/m);
    assert.match(shown, /^ {4}Make it\n {4}\\x1b\[2Jso\.$/m);
    assert.match(shown, /^ {2}Edit src\/price\.ts, 3 lines$/m);
    assert.ok(!shown.includes('priceOf'));
    const replayed = (await as('root', 'show', `alice/${key}`, '--replay')).stdout;
    assert.match(replayed, /^\[0:00\] prompt a0\n> Make it$/m);
    assert.match(
      replayed,
      /^\[1:05\] Edit src\/price\.ts\n {2}@@ from line 4\n {2}\+export function priceOf\(basket\) \{$/m,
    );
    assert.match(
      replayed,
      new RegExp(`^\\[1:10\\] commit ${COMMIT}, not signed\\n {2}src/price\\.ts: lines 4-6$`, 'm'),
    );
    const json = JSON.parse((await as('alice', 'show', `alice/${key}`, '--json')).stdout);
    assert.deepEqual([json.session.key, json.events.length], [key, 3]);
    const refused = await as('bob', 'show', `alice/${key}`);
    assert.deepEqual([refused.code, /no such thing/.test(refused.stderr)], [1, true]);
    assert.equal((await as('alice', 'show', 'yesterday')).code, 2);
    const trail = (await world.api('root', 'GET', '/api/v1/audit?type=ai.session-read')).body as {
      actor: string;
      body: object;
    }[];
    assert.deepEqual(
      trail.map(({ actor, body }) => [actor, (body as { session: string }).session]),
      [['root', key]],
    );
  });
});

test('a secret that was said to a coding agent is nowhere, in no answer and in no file', async () => {
  const log: string[] = [];
  const destination = { write: (line: string) => void log.push(line) };
  const world = await openWorld({ log: { level: 'debug', destination } });
  try {
    const secrets = ['github-personal-access-token', 'aws-access-key-id'].map((rule) => sampleSecret(rule, 'canary'));
    // What the gateway's own agent holds; known to no rule.
    const held = `up-${'x'.repeat(12)}`;
    const answers: string[] = [];
    for (const [i, secret] of [...secrets, held].entries()) {
      const lines = [
        `const key = '${secret}';`,
        `# ${secret}`,
        'export function harmless(code) {',
        '  return code;',
        '}',
      ];
      const events = [
        prompt('a0', `log in with ${secret}, please`),
        { ...edit('e', lines), path: `x/${secret}`, tool: secret },
      ];
      const more = { human: secret, model: secret, toolVersion: secret };
      const body = batch(`canary-${i}`, events, more);
      answers.push((await send(world, 'alice', `canary-${i}`, body)).text);
      answers.push((await send(world, 'alice', `canary-${i}`, body, await sign(world, 'bob', 'x'))).text);
      answers.push((await send(world, 'alice', 'canary', batch('canary', [prompt(secret, 'x')], {}))).text);
      for (const name of ['alice', 'root']) {
        const shown = await world.api(name, 'GET', `/api/v1/ai/sessions/alice/${keyOf(`canary-${i}`)}`);
        assert.equal(shown.status, 200);
        answers.push(JSON.stringify(shown.body));
      }
    }
    for (const path of ['/api/v1/ai/sessions', '/api/v1/audit?limit=1000']) {
      answers.push(JSON.stringify((await world.api('root', 'GET', path)).body));
    }
    await world.stop();
    assert.ok(answers.join('').includes('harmless'));
    for (const secret of [...secrets, held]) {
      assert.ok(!answers.join('\n').includes(secret), 'an answer');
      assert.ok(!log.join('\n').includes(secret), 'the log');
      for (const name of readdirSync(world.dataDir, { recursive: true, encoding: 'utf8' })) {
        const file = join(world.dataDir, name);
        if (statSync(file).isFile()) assert.ok(!readFileSync(file).includes(secret), name);
      }
    }
  } finally {
    await world.close();
  }
});

test('what is recorded is kept for as long as the configuration says', async () => {
  let days = 0;
  const world = await openWorld({
    clock: { now: () => Date.now() + days * 86_400_000 },
    gateway: '\nai: { sessions: { retention: 10d } }\n',
  });
  try {
    const body = batch('kept', [prompt('a0', 'Make it so.'), edit('e', LINES)]);
    const isThere = async () =>
      (await world.api('alice', 'GET', `/api/v1/ai/sessions/alice/${keyOf('kept')}`)).status === 200;
    await send(world, 'alice', 'kept', body);
    for (const [passed, expected] of [
      [9, true],
      [11, false],
    ] as const) {
      days = passed;
      // Twice: what a start removes is removed when it has stopped again.
      for (let i = 0; i < 2; i++) {
        await world.stop();
        await world.start();
      }
      assert.equal(await isThere(), expected, `after ${days} days`);
    }
    const removed = (await world.api('root', 'GET', '/api/v1/audit?type=ai.sessions-removed')).body as {
      body: object;
    }[];
    assert.equal(removed.length, 1);
  } finally {
    await world.close();
  }
});
