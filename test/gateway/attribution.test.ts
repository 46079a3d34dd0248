// Who wrote a push, through the doors and over the API: by its commits, by notes that come behind it, by what was recorded
// before it, and after a rebase.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { sessionKey } from '../../src/domain/attribution/sessions/session-event.ts';
import { attributionJson, blameJson } from '../../src/gateway/api/attribution-json.ts';
import { type PushJson, pushJson } from '../../src/gateway/api/push-json.ts';
import { must, openWorld, type World } from '../support/world.ts';

const POLICY = `version: 1
rules:
  - name: machine-written payment code
    when: { paths: ["src/payments/**"], ai: { lines: ">=1" } }
    then: hold
    approvals: [{ group: security, count: 1 }]
`;
const TRAILER = 'Co-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>';
const answered = z.object({ revision: z.int(), cause: z.string(), attribution: attributionJson });

let world: World;
before(async () => {
  world = await openWorld({ policy: POLICY });
});
after(() => world.close());

async function newest(): Promise<PushJson> {
  const { body } = await world.api('carol', 'GET', '/api/v1/pushes?limit=1');
  return z.array(pushJson).parse(body)[0] ?? assert.fail();
}

async function attributionOf(id: number) {
  const { body } = await world.api('carol', 'GET', `/api/v1/pushes/${id}/attribution`);
  return answered.parse(body);
}

async function push(cwd: string, ref: string): Promise<string> {
  return (await must(world.git('alice', ['push', 'origin', ref], { cwd }))).stderr;
}

const lines = (count: number, what: string) =>
  Array.from({ length: count }, (_, at) => `export const ${what}${at} = compute${at}(${at * 7}, '${what}');\n`).join(
    '',
  );

describe('who wrote a push', () => {
  test('a declared commit is said in the terminal, the push and its blame', async () => {
    const cwd = await world.clone('http', 'alice');
    const oid = await world.commit(cwd, 'alice', { 'src/tool.ts': lines(3, 'tool') }, `feat: a tool\n\n${TRAILER}\n`);
    const told = await push(cwd, 'HEAD:refs/heads/declared');
    assert.match(told, /\+3 lines: at least 3 declared \(claude-code with Claude Opus 4\.6\)/);
    const { id, attribution } = await newest();
    assert.equal(attribution.lines.declared, 3);
    assert.deepEqual(attribution.codingAgents, ['claude-code']);
    assert.deepEqual(attribution.tiers, { 'claude-code': 'E2' });
    const { body } = await world.api('alice', 'GET', `/api/v1/pushes/${id}/blame?path=src/tool.ts`);
    const blamed = blameJson.parse(body).lines.filter(({ commit }) => commit === oid);
    assert.deepEqual(
      blamed.map(({ state, tier, codingAgents }) => [state, tier, codingAgents]),
      Array.from({ length: 3 }, () => ['declared', 'E2', ['claude-code']]),
    );
  });

  test('a person who says nothing is told nothing, and stays unknown', async () => {
    const cwd = await world.clone('http', 'alice');
    await world.commit(cwd, 'alice', { 'src/own.ts': lines(2, 'own') }, 'feat: by hand\n');
    assert.doesNotMatch(await push(cwd, 'HEAD:refs/heads/by-hand'), /lines:/);
    const { attribution } = await newest();
    assert.deepEqual([attribution.lines.unknown, attribution.isKnown], [2, true]);
  });

  test('a rule about machine-written lines holds them, and lets others pass', async () => {
    const cwd = await world.clone('http', 'alice');
    await world.commit(cwd, 'alice', { 'src/payments/a.ts': lines(2, 'pay') }, 'feat: pay\n');
    await push(cwd, 'HEAD:refs/heads/payments');
    await world.commit(cwd, 'alice', { 'src/payments/b.ts': lines(2, 'bill') }, `feat: bill\n\n${TRAILER}\n`);
    const refused = await world.git('alice', ['push', 'origin', 'HEAD:refs/heads/payments'], { cwd });
    assert.match(refused.stderr, /held for approval/);
    const { verdict } = await newest();
    assert.deepEqual(verdict?.reasons[0]?.paths, ['src/payments/b.ts']);
  });

  test('a note that comes behind the branch is an answer beside the first', async () => {
    const cwd = await world.clone('ssh', 'alice');
    const oid = await world.commit(cwd, 'alice', { 'src/noted.ts': lines(4, 'noted') }, 'feat: noted\n');
    await push(cwd, 'HEAD:refs/heads/noted');
    const { id } = await newest();
    assert.equal((await attributionOf(id)).attribution.lines.unknown, 4);
    const session = sessionKey({ codingAgent: 'claude', conversation: 'c1' });
    const agent = { agent_id: { tool: 'claude', id: 'c1', model: 'claude-opus-4-6' } };
    const metadata = {
      schema_version: 'authorship/3.0.0',
      base_commit_sha: oid,
      prompts: {},
      sessions: { [session]: agent },
    };
    const note = `src/noted.ts\n  ${session} 1-3\n---\n${JSON.stringify(metadata)}`;
    await must(world.git('alice', ['notes', '--ref=ai', 'add', '-F', '-', oid], { cwd, input: note }));
    await push(cwd, 'refs/notes/ai');
    const late = await until(async () => {
      const found = await attributionOf(id);
      return found.cause === 'notes' ? found : undefined;
    });
    assert.deepEqual([late.attribution.lines.ai, late.attribution.lines.unknown], [3, 1]);
    assert.equal(late.attribution.codingAgents[0]?.tier, 'E3');
  });

  test('what a session recorded before the push is found in it, also after a rebase', async () => {
    const cwd = await world.clone('http', 'alice');
    const text = lines(6, 'recorded');
    const conversation = 'conversation-1';
    const key = sessionKey({ codingAgent: 'claude-code', conversation });
    const id = createHash('sha256').update('one').digest('hex');
    const added = [{ start: 1, lines: text.trimEnd().split('\n') }];
    const edit = { id, at: 1, kind: 'edit', path: 'src/recorded.ts', tool: 'Write', added };
    const batch = { version: 1, codingAgent: 'claude-code', conversation, repo: 'acme/shop', events: [edit] };
    const sent = await world.api('alice', 'POST', `/api/v1/ai/sessions/${key}/events`, batch);
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    await world.commit(cwd, 'alice', { 'src/recorded.ts': text }, 'feat: recorded\n');
    assert.match(await push(cwd, 'HEAD:refs/heads/recorded'), /6 by machines \(claude-code/);
    assert.equal((await newest()).attribution.tiers['claude-code'], 'E3');
    await must(world.git('alice', ['commit', '--amend', '-q', '-m', 'feat: recorded, reworded'], { cwd }));
    await push(cwd, 'HEAD:refs/heads/reworded');
    assert.equal((await newest()).attribution.lines.ai, 6);
  });

  test('the same is there for other tools', async () => {
    const pushes = z.array(pushJson).parse((await world.api('carol', 'GET', '/api/v1/pushes')).body);
    const id = pushes.find(({ attribution }) => attribution.lines.ai > 0)?.id ?? assert.fail();
    for (const format of ['git-ai', 'agent-trace', 'in-toto']) {
      const { status, body } = await world.api('carol', 'GET', `/api/v1/pushes/${id}/attribution/${format}`);
      assert.equal(status, 200, format);
      assert.match(JSON.stringify(body), /claude/, format);
    }
  });
});

/** Asks again until there is an answer; the test's own time limit ends it. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
  }
}
