// What was recorded on its way: masked before it is written, kept while nobody can be reached, taken by a real gateway, and
// the notes beside the branch.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { batchesOf } from '../../../src/cli/hook/send/batches.ts';
import { repoOf } from '../../../src/cli/hook/send/facts.ts';
import { enqueue, type QueuedEvent, queuedFiles, trimQueue } from '../../../src/cli/hook/send/queue.ts';
import { batchJson, sessionJson, sessionPageJson } from '../../../src/gateway/api/ai-session-json.ts';
import { npmToken } from '../../domain/secrets/support/tokens.ts';
import { must, openWorld, run, type World } from '../../support/world.ts';
import { HookLab, inLab } from './hook-lab.ts';

const PROGRAM = join(import.meta.dirname, '../../../src/cli/sallyport.mjs');
const AGENT = 'claude-code';
const TEXT = 'const one = 1;\n';

describe('before anything is written', () => {
  test('secrets in prompts and code are masked, in every file', () =>
    inLab(async (lab) => {
      lab.begin();
      const [asked, wrote] = [npmToken('asked'), npmToken('wrote')];
      lab.prompt = `use the token ${asked} to publish`;
      lab.hook(AGENT, 'prompt');
      lab.edit(AGENT, 'publish.ts', `const token = '${wrote}';\n`);
      lab.hook(AGENT, 'before-shell');
      lab.write('.npmrc', `//registry.example/:_authToken=${wrote}\n`);
      lab.hook(AGENT, 'after-shell');
      const events = await lab.queued();
      assert.deepEqual(
        events.map(({ event }) => event.kind),
        ['session-start', 'prompt', 'edit', 'edit'],
      );
      assert.match(JSON.stringify(events), /npm_…/);
      for (const place of [join(lab.top, '.git/sallyport'), lab.home]) {
        for (const name of readdirSync(place, { recursive: true, encoding: 'utf8' })) {
          // Compiled modules come and go there.
          if (name.startsWith('.cache') || !statSync(join(place, name)).isFile()) continue;
          const content = readFileSync(join(place, name), 'latin1');
          for (const secret of [asked, wrote]) assert.ok(!content.includes(secret.slice(4, -4)), name);
        }
      }
    }));
});

describe('the queue', () => {
  const event = (id: number, lines = 1): QueuedEvent => ({
    facts: { codingAgent: 'claude-code', conversation: 'c' },
    event: {
      ...{ id: id.toString(16), at: id, kind: 'edit', path: 'a.ts', tool: 'Edit' },
      added: Array.from({ length: lines }, (_, at) => ({ start: at * 2 + 1, lines: ['x'.repeat(300)] })),
    },
  });

  test('gives back what was put in, by when it happened, and drops the oldest when it is full', () =>
    inLab((lab) => {
      const queue = join(lab.root, 'queue');
      for (const at of [5, 1, 3, 2, 4]) enqueue(queue, [event(at)]);
      assert.equal(trimQueue(queue, { files: 3, bytes: 1e6 }), 2);
      assert.deepEqual(
        [...queuedFiles(queue)].map(({ entries }) => entries[0]?.event.at),
        [3, 4, 5],
      );
      writeFileSync([...queuedFiles(queue)].map(({ name }) => join(queue, name))[0] as string, '{"entr');
      assert.deepEqual(
        [...queuedFiles(queue)].map(({ entries }) => entries.length),
        [0, 1, 1],
      );
    }));

  test('is sent in requests that the gateway takes, however much there is', () => {
    const entries = Array.from({ length: 2_300 }, (_, at) => event(at + 1, at % 500 === 0 ? 1_900 : 3));
    const batches = batchesOf(entries);
    let [last, count] = [0, 0];
    for (const { body, events } of batches) {
      assert.ok(body.length <= 4 * 1024 * 1024);
      const parsed = batchJson.parse(JSON.parse(body.toString('utf8')));
      assert.equal(parsed.events.length, events);
      for (const { at } of parsed.events) {
        assert.ok(at > last);
        last = at;
      }
      count += events;
    }
    assert.equal(count, 2_300);
  });

  test('names the repository as the gateway does', () => {
    const rows: readonly (readonly [string, string | undefined])[] = [
      ['https://gate.example/acme/shop.git', 'acme/shop'],
      ['http://alice:t@127.0.0.1:8080/acme/shop', 'acme/shop'],
      ['ssh://git@gate.example:2222/acme/shop.git', 'acme/shop'],
      ['git@gate.example:acme/shop.git', 'acme/shop'],
      ['/srv/git/shop.git', undefined],
      ['../shop', undefined],
    ];
    for (const [url, repo] of rows) assert.equal(repoOf(url), repo, url);
  });
});

describe('with a gateway', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  /** A developer's clone of a repository of its own, with hooks, that knows the gateway. */
  async function working(): Promise<HookLab> {
    const lab = new HookLab({ SALLYPORT_URL: world.http, SALLYPORT_TOKEN: world.token('alice') });
    const repo = await world.newRepo();
    // Not as the lab runs git: the gateway of this process answers.
    await must(world.git('alice', ['clone', '-q', world.url('http', 'alice', repo.path), lab.top], { env: lab.env }));
    lab.sallyport('hook', 'install', '--coding-agent', AGENT);
    return lab;
  }

  /** In a session of its own. */
  function worked(lab: HookLab, session: string, path: string, text = TEXT): string {
    const changes = { session_id: session };
    lab.hook(AGENT, 'session-start', changes);
    lab.hook(AGENT, 'prompt', changes);
    lab.edit(AGENT, path, text, changes);
    lab.git('add', '-A');
    return lab.commit();
  }

  /** Git runs while the gateway of this process answers it. */
  const push = (lab: HookLab, ...args: readonly string[]) =>
    world.git('alice', ['push', 'origin', ...args], { cwd: lab.top, env: lab.env });

  async function sessionsOf(conversation: string) {
    const { body } = await world.api('alice', 'GET', '/api/v1/ai/sessions?limit=500');
    return (body as readonly unknown[])
      .map((one) => sessionJson.parse(one))
      .filter((one) => one.conversation === conversation);
  }

  async function eventsOf(key: string) {
    const { body } = await world.api('alice', 'GET', `/api/v1/ai/sessions/alice/${key}?limit=500`);
    return sessionPageJson.parse(body);
  }

  test('a session, a commit and a push: the gateway has the prompt and the code, the remote the note', async () => {
    const lab = await working();
    try {
      const commit = worked(lab, 'whole-way', 'src/new.ts');
      const pushed = await push(lab, 'HEAD:main');
      assert.equal(pushed.code, 0, pushed.stderr);
      const [session] = await sessionsOf('whole-way');
      assert.deepEqual(
        [session?.codingAgent, session?.model, session?.human, session?.prompts, session?.edits, session?.commits],
        ['claude-code', 'claude-opus-4-6', 'Dev <dev@example.com>', 1, 1, 1],
      );
      assert.match(session?.repos[0] ?? '', /^acme\/shop-\d+$/);
      const { events } = await eventsOf(session?.key ?? '');
      const prompt = events.find((event) => event.kind === 'prompt');
      const edit = events.find((event) => event.kind === 'edit');
      const made = events.find((event) => event.kind === 'commit');
      assert.equal(prompt?.prompt, 'add the total');
      assert.deepEqual(
        [edit?.path, edit?.added, edit?.promptId],
        ['src/new.ts', [{ start: 1, lines: ['const one = 1;'] }], prompt?.id],
      );
      assert.deepEqual([made?.commit, made?.files[0]?.ranges], [commit, [[1, 1]]]);
      assert.ok(events.every(({ signedBy }) => signedBy === undefined));
      const remote = await must(push(lab, '--dry-run', 'HEAD:main')).then(() => lab.git('rev-parse', 'refs/notes/ai'));
      const listed = await must(world.git('alice', ['ls-remote', 'origin', 'refs/notes/ai'], { cwd: lab.top }));
      assert.equal(listed.stdout.split('\t')[0], remote);
      const status = JSON.parse(lab.sallyport('hook', 'status', '--json').stdout);
      assert.deepEqual(
        [status.recorder.waiting, status.recorder.dropped, status.recorder.lastError],
        [0, 0, undefined],
      );
    } finally {
      lab.close();
    }
  });

  test('a signing key of the developer’s signs what is sent', async () => {
    const lab = await working();
    try {
      const key = join(lab.root, 'key');
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
      lab.git('config', 'sallyport.signingKey', key);
      const added = await world.api('alice', 'POST', '/api/v1/keys', { key: readFileSync(`${key}.pub`, 'utf8') });
      assert.ok(added.status < 300, JSON.stringify(added.body));
      worked(lab, 'signed', 'src/signed.ts');
      assert.equal((await push(lab, 'HEAD:main')).code, 0);
      const [session] = await sessionsOf('signed');
      const { events } = await eventsOf(session?.key ?? '');
      assert.ok(
        events.length > 0 && events.every(({ signedBy }) => signedBy?.startsWith('SHA256:')),
        JSON.stringify(events),
      );
    } finally {
      lab.close();
    }
  });

  test('what could not be sent waits, says so, and is sent once, later', async () => {
    const lab = await working();
    try {
      lab.env['SALLYPORT_URL'] = 'http://127.0.0.1:9';
      worked(lab, 'offline', 'src/offline.ts');
      const waiting = (await lab.queued()).length;
      assert.equal(waiting, 4);
      const failed = lab.sallyport('hook', 'flush');
      assert.deepEqual([failed.code, /does not answer/.test(failed.stderr)], [1, true], failed.stderr);
      assert.match(
        lab.sallyport('hook', 'status').stdout,
        /last failure: the gateway at http:\/\/127\.0\.0\.1:9 does not answer/,
      );
      assert.equal((await lab.queued()).length, waiting);
      assert.deepEqual(await sessionsOf('offline'), []);
      lab.env['SALLYPORT_URL'] = world.http;
      lab.env['SALLYPORT_TOKEN'] = 'slp_wrong';
      await flushed(lab);
      assert.equal((await lab.queued()).length, waiting);
      lab.env['SALLYPORT_TOKEN'] = world.token('alice');
      await flushed(lab);
      assert.deepEqual(await lab.queued(), []);
      const [session] = await sessionsOf('offline');
      assert.deepEqual([session?.prompts, session?.edits, session?.commits], [1, 1, 1]);
    } finally {
      lab.close();
    }
  });

  test('without variables, git’s own credential for the gateway is used', async () => {
    const lab = await working();
    try {
      delete lab.env['SALLYPORT_URL'];
      delete lab.env['SALLYPORT_TOKEN'];
      const helper = join(lab.root, 'helper');
      writeFileSync(
        helper,
        `#!/bin/sh\n[ "$1" = get ] && echo username=alice && echo password=${world.token('alice')}\n`,
        { mode: 0o755 },
      );
      lab.git('config', 'sallyport.url', world.http);
      lab.git('config', 'credential.helper', helper);
      worked(lab, 'credential', 'src/credential.ts');
      await flushed(lab);
      assert.equal((await sessionsOf('credential')).length, 1);
    } finally {
      lab.close();
    }
  });

  test('notes of two clones are joined, by commit', async () => {
    const [one, other] = [await working(), await working()];
    try {
      other.git('remote', 'set-url', 'origin', one.git('remote', 'get-url', 'origin'));
      const first = worked(one, 'clone-one', 'src/one.ts');
      assert.equal((await push(one, 'HEAD:main')).code, 0);
      const second = worked(other, 'clone-two', 'src/two.ts');
      assert.equal((await push(other, 'HEAD:refs/heads/two')).code, 0);
      assert.deepEqual([other.lines(first), other.lines(second)], [{ 'src/one.ts': ['1'] }, { 'src/two.ts': ['1'] }]);
      const listed = await must(world.git('alice', ['ls-remote', 'origin', 'refs/notes/ai'], { cwd: one.top }));
      assert.equal(listed.stdout.split('\t')[0], other.git('rev-parse', 'refs/notes/ai'));
    } finally {
      one.close();
      other.close();
    }
  });

  test('a push of nothing but a branch goes on when notes and records cannot', async () => {
    const lab = await working();
    try {
      worked(lab, 'unlucky', 'src/unlucky.ts');
      lab.env['SALLYPORT_URL'] = 'http://127.0.0.1:9';
      mkdirSync(join(lab.top, '.git/refs/notes/ai-remote/origin.lock'), { recursive: true });
      const pushed = await push(lab, 'HEAD:main');
      assert.equal(pushed.code, 0, pushed.stderr);
    } finally {
      lab.close();
    }
  });

  /** Not waited for in the way that stops everything: the gateway of this process answers. */
  async function flushed(lab: HookLab) {
    return run(process.execPath, [PROGRAM, 'hook', 'flush'], lab.env, lab.top);
  }
});
