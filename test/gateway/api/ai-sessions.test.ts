// Sessions of coding agents over the real store: what is taken from recorders, and who reads it again.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sessionKey } from '../../../src/domain/attribution/sessions/session-event.ts';
import { recordedJson, sessionJson, sessionPageJson } from '../../../src/gateway/api/ai-session-json.ts';
import { createRecordingLimit } from '../../../src/gateway/api/recording-limit.ts';
import { type Name, openQueue, type Queue } from './queue.ts';

const DIGEST = 'd'.repeat(64);
const OID = 'c'.repeat(40);

let queue: Queue;
before(async () => {
  queue = await openQueue();
});
after(() => queue.close());

let conversations = 0;

const prompt = (id: string, text = `prompt ${id}`) => ({ id, at: 1, kind: 'prompt', prompt: text, digest: DIGEST });
const edit = (id: string, more: object = {}) => ({
  ...{ id, at: 2, kind: 'edit', path: 'src/a.ts', tool: 'Edit', added: [{ start: 1, lines: ['const a = 1;'] }] },
  ...more,
});
const commit = (id: string, file: object = {}) => ({
  ...{ id, at: 3, kind: 'commit', commit: OID },
  files: [
    {
      path: 'src/a.ts',
      blob: OID,
      ranges: [
        [1, 4],
        [9, 9],
      ],
      ...file,
    },
  ],
});

/** A request of a recorder, in a conversation of its own unless one is named. */
function batch(events: readonly object[], more: Readonly<Record<string, unknown>> = {}) {
  const conversation = `conversation-${++conversations}`;
  return { version: 1, codingAgent: 'claude-code', conversation, repo: 'acme/shop', events, ...more };
}

type Batch = ReturnType<typeof batch>;

const keyOf = ({ codingAgent, conversation }: Pick<Batch, 'codingAgent' | 'conversation'>) =>
  sessionKey({ codingAgent, conversation });

const send = (name: Name | undefined, body: Batch, key = keyOf(body)) =>
  queue.ask(name, 'POST', `/ai/sessions/${key}/events`, body);

/** A session of this principal's; answers its path. */
async function recorded(
  name: Name,
  more: Readonly<Record<string, unknown>> = {},
  events: readonly object[] = [prompt('a')],
) {
  const body = batch(events, more);
  const answer = await send(name, body);
  assert.equal(answer.status, 202, answer.text);
  return { key: keyOf(body), path: `/ai/sessions/${name}/${keyOf(body)}` };
}

const reads = async (name: Name | undefined, path: string) => (await queue.ask(name, 'GET', path)).status;

async function listed(name: Name, query = ''): Promise<readonly string[]> {
  const answer = await queue.ask(name, 'GET', `/ai/sessions?limit=500${query}`);
  assert.equal(answer.status, 200, answer.text);
  return (answer.body as readonly unknown[]).map((one) => sessionJson.parse(one).key);
}

const trailOf = async (type: 'ai.session-recorded' | 'ai.session-read', session: string) =>
  (await queue.store.trail.search({ types: [type] })).filter(({ body }) => body['session'] === session);

describe('recording', () => {
  test('takes every kind of event, tells what it knew, and shows it again as it was', async () => {
    const events = [
      { id: '1', at: 0, kind: 'session-start' },
      prompt('2', 'Make it so.\nNow.'),
      edit('3', { promptId: '2', userModified: true }),
      commit('4', { promptId: '2' }),
      { id: '5', at: 4, kind: 'session-end' },
    ];
    const body = batch(events, { model: 'opus-4.6', toolVersion: '2.1', human: 'Alice <alice@example.com>' });
    const first = await send('alice', body);
    assert.deepEqual(
      [first.status, recordedJson.parse(first.body)],
      [202, { accepted: 5, known: 0, signature: 'unsigned' }],
    );
    const again = recordedJson.parse((await send('alice', { ...body, events: [...events, prompt('6')] })).body);
    assert.deepEqual([again.accepted, again.known], [1, 5]);

    const shown = await queue.ask('alice', 'GET', `/ai/sessions/alice/${keyOf(body)}`);
    const page = sessionPageJson.parse(shown.body);
    const { codingAgent, model, toolVersion, human, repos, prompts, edits, commits } = page.session;
    assert.deepEqual(
      { codingAgent, model, toolVersion, human, repos, prompts, edits, commits },
      {
        ...{ codingAgent: 'claude-code', model: 'opus-4.6', toolVersion: '2.1', human: 'Alice <alice@example.com>' },
        ...{ repos: ['acme/shop'], prompts: 2, edits: 1, commits: 1 },
      },
    );
    const given = page.events.map(({ position, receivedAt, repo, model: of, at, ...event }) => {
      assert.deepEqual([repo, of], ['acme/shop', 'opus-4.6']);
      assert.ok(position > 0 && Date.parse(receivedAt) > 0);
      return { ...event, at: Date.parse(at) };
    });
    assert.deepEqual(given, [...events, prompt('6')]);
  });

  test('is on the trail once, with the digests of prompts and no word of them', async () => {
    const body = batch([prompt('a', 'a very particular wish'), edit('b')]);
    await send('alice', body);
    await send('alice', { ...body, events: [prompt('c')] });
    const [entry, ...more] = await trailOf('ai.session-recorded', keyOf(body));
    assert.deepEqual(more, []);
    assert.deepEqual([entry?.actor, entry?.repo, entry?.body['promptDigests']], ['alice', 'acme/shop', [DIGEST]]);
    assert.ok(!JSON.stringify(entry).includes('particular'));
  });

  test('needs a login', async () => {
    assert.equal((await send(undefined, batch([]))).status, 401);
  });

  test('under a key that is not the one of the conversation is refused', async () => {
    const answer = await send('alice', batch([prompt('a')]), 's_00000000000000');
    assert.deepEqual([answer.status, /key is not the one/.test(answer.text)], [422, true]);
    assert.equal((await send('alice', batch([]), 's_00')).status, 404);
  });

  for (const [what, change] of [
    ['another version', { version: 2 }],
    ['a member that is not known', { secret: 'x' }],
    ['no conversation', { conversation: '' }],
    ['a coding agent with no name', { codingAgent: 'Claude Code' }],
    ['a repository that is none', { repo: 'a/../b' }],
    ['an event of no kind', { events: [{ id: 'a', at: 1, kind: 'thought' }] }],
    ['an id that is none', { events: [prompt('a b')] }],
    ['an id that says something', { events: [prompt('toolu_01')] }],
    ['a time that is none', { events: [{ ...prompt('a'), at: 1e17 }] }],
    ['a digest that is none', { events: [{ ...prompt('a'), digest: 'x' }] }],
    ['a line of two', { events: [edit('a', { added: [{ start: 1, lines: ['a\nb'] }] })] }],
    ['no lines', { events: [edit('a', { added: [{ start: 1, lines: [] }] })] }],
    ['line zero', { events: [edit('a', { added: [{ start: 0, lines: ['a'] }] })] }],
    ['a path that is none', { events: [edit('a', { path: 'a\0b' })] }],
    [
      'ranges that overlap',
      {
        events: [
          commit('a', {
            ranges: [
              [1, 3],
              [3, 4],
            ],
          }),
        ],
      },
    ],
    ['a range that runs back', { events: [commit('a', { ranges: [[3, 1]] })] }],
    ['an object id that is none', { events: [commit('a', { blob: 'main' })] }],
    ['too many events', { events: Array.from({ length: 1_001 }, (_, i) => prompt(`${i}`)) }],
    [
      'too many pieces',
      {
        events: Array.from({ length: 6 }, (_, i) =>
          edit(`${i}`, { added: Array(1_900).fill({ start: 1, lines: ['a'] }) }),
        ),
      },
    ],
  ] as const) {
    test(`of ${what}: 422, and the value is not repeated`, async () => {
      const answer = await send('alice', batch([], change), 's_00000000000000');
      assert.equal(answer.status, 422, answer.text);
      assert.ok(!answer.text.includes('secret":"x'));
    });
  }

  test('takes four MiB and no more', async () => {
    const of = (length: number) =>
      batch([prompt('a'), edit('b', { added: [{ start: 1, lines: ['x'.repeat(length)] }] })]);
    const overhead = JSON.stringify(of(0)).length;
    assert.equal((await send('alice', of(4 * 2 ** 20 - overhead))).status, 202);
    const answer = await send('alice', of(4 * 2 ** 20 - overhead + 1));
    assert.deepEqual([answer.status, /at most 4194304 bytes/.test(answer.text)], [413, true]);
    const elsewhere = await queue.ask('alice', 'POST', '/tokens', { user: 'x'.repeat(70_000) });
    assert.match(elsewhere.text, /at most 65536 bytes/);
  });

  test('of hostile JSON is refused', async () => {
    for (const body of ['{', '['.repeat(100_000), '{"__proto__": {"version": 1}}', '"x"', 'null', '\ufeff{}']) {
      const { statusCode } = await queue.api.inject({
        method: 'POST',
        url: '/api/v1/ai/sessions/s_00000000000000/events',
        headers: { authorization: `Bearer ${queue.token('alice')}` },
        body,
      });
      assert.ok(statusCode === 400 || statusCode === 422, `${statusCode} for ${body.slice(0, 20)}`);
    }
  });

  test('of too much in a short time is put off, for this principal alone', async () => {
    const limit = createRecordingLimit({ burst: 20_000, refill: 1_000 });
    assert.equal(limit.take('alice', 15_000, 0), 0);
    assert.equal(limit.take('alice', 15_000, 0), 10_000);
    assert.equal(limit.take('bob', 15_000, 0), 0);
    assert.equal(limit.take('alice', 1, 0), 0, 'a small one still fits');
    assert.ok(limit.take('alice', 1, 0) > 0, 'and costs more than its bytes');
    assert.equal(limit.take('alice', 15_000, 15_000), 0);
  });
});

describe('reading', () => {
  test('one’s own is on no record', async () => {
    const { path, key } = await recorded('alice');
    assert.equal(await reads('alice', path), 200);
    assert.deepEqual(await trailOf('ai.session-read', key), []);
  });

  for (const [who, may, as] of [
    ['sam', true, 'auditor'],
    ['erin', true, 'auditor'],
    ['root', true, 'auditor'],
    ['bob', false],
    ['carol', false],
    ['halfroot', false],
    ['copilot', false],
    ['mallory', false],
  ] as const) {
    test(`${who} ${may ? 'reads alice’s, on the record' : 'does not read alice’s, and is not told that it is there'}`, async () => {
      const { path, key } = await recorded('alice');
      assert.equal(await reads(who, path), may ? 200 : 404);
      assert.equal((await listed(who)).includes(key), may);
      const seen = (await trailOf('ai.session-read', key)).map(({ actor, repo, body }) => [
        actor,
        repo,
        body['of'],
        body['as'],
      ]);
      assert.deepEqual(seen, may ? [[who, 'acme/shop', 'alice', as]] : []);
    });
  }

  test('needs a login', async () => {
    const { path } = await recorded('alice');
    assert.equal(await reads(undefined, path), 401);
    assert.equal(await reads(undefined, '/ai/sessions'), 401);
  });

  test('an agent’s is its sponsor’s right, on the record', async () => {
    const { path, key } = await recorded('copilot', { repo: 'elsewhere/x' });
    assert.deepEqual(
      [await reads('copilot', path), await reads('alice', path), await reads('bob', path)],
      [200, 200, 404],
    );
    assert.ok((await listed('alice')).includes(key));
    assert.deepEqual(
      (await trailOf('ai.session-read', key)).map(({ actor, body }) => [actor, body['as']]),
      [['alice', 'sponsor']],
    );
  });

  test('what is of no repository, or of another one, is not for who audits one', async () => {
    const none = await recorded('alice', { repo: undefined });
    const other = await recorded('alice', { repo: 'other/x' });
    for (const { path, key } of [none, other]) {
      assert.deepEqual([await reads('sam', path), await reads('erin', path)], [404, 200]);
      assert.ok(!(await listed('sam')).includes(key));
    }
  });

  test('of a session in two repositories, an auditor of one sees what is of that one', async () => {
    const body = batch([prompt('a', 'here')]);
    await send('alice', body);
    await send('alice', { ...body, repo: 'other/x', events: [prompt('b', 'there')] });
    const path = `/ai/sessions/alice/${keyOf(body)}`;
    const seen = async (name: Name) => {
      const { session, events } = sessionPageJson.parse((await queue.ask(name, 'GET', path)).body);
      return [session.repos, events.map((event) => event.id)];
    };
    assert.deepEqual(await seen('sam'), [['acme/shop'], ['a']]);
    assert.deepEqual(await seen('erin'), [
      ['acme/shop', 'other/x'],
      ['a', 'b'],
    ]);
    assert.ok((await listed('sam', '&repo=acme/shop')).includes(keyOf(body)));
    assert.deepEqual(await listed('sam', '&repo=other/x'), []);
  });

  test('comes in pages, to the end', async () => {
    const { path } = await recorded(
      'alice',
      {},
      ['a', 'b', 'c', 'd', 'e'].map((id) => prompt(id)),
    );
    const seen: string[] = [];
    let next: number | undefined = 0;
    while (next !== undefined) {
      const page = sessionPageJson.parse((await queue.ask('alice', 'GET', `${path}?limit=2&after=${next}`)).body);
      seen.push(...page.events.map(({ id }) => id));
      next = page.next;
    }
    assert.deepEqual(seen, ['a', 'b', 'c', 'd', 'e']);
  });

  test('what is no session: 404', async () => {
    for (const path of [
      'alice/s_00000000000000',
      'nobody/s_00000000000000',
      'alice/x',
      `${'x'.repeat(99)}/s_00000000000000`,
    ]) {
      assert.equal(await reads('root', `/ai/sessions/${path}`), 404, path);
    }
  });

  test('lists by person, repository and time', async () => {
    const { key } = await recorded('bob', { repo: 'acme/rare' });
    assert.deepEqual(await listed('bob', '&principal=bob&repo=acme/rare'), [key]);
    assert.deepEqual(await listed('erin', '&repo=acme/rare'), [key]);
    assert.deepEqual(await listed('bob', '&principal=alice'), []);
    assert.ok((await listed('bob', '&since=1h')).includes(key));
    assert.deepEqual(await listed('bob', '&since=2999-01-01'), []);
    assert.equal((await queue.ask('bob', 'GET', '/ai/sessions?since=soon')).status, 400);
  });

  test('all three are in the OpenAPI document', async () => {
    const document = JSON.parse((await queue.api.inject({ method: 'GET', url: '/api/openapi.json' })).payload);
    assert.ok(document.paths['/api/v1/ai/sessions'].get);
    assert.ok(document.paths['/api/v1/ai/sessions/{principal}/{key}'].get);
    assert.ok(document.paths['/api/v1/ai/sessions/{key}/events'].post.requestBody);
  });
});
