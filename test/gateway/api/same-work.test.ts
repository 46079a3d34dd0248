// What is not there and what is not for you: the same bytes for the same reads of the store.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sessionKey } from '../../../src/domain/attribution/sessions/session-event.ts';
import { openQueue, type Queue } from './queue.ts';

let queue: Queue;
const reads = new Map<string, number>();
const facts = { codingAgent: 'claude-code', conversation: 'c-1' };

/** Counts every call of a port, in place: the API holds the very object. */
function count(name: string, port: object): void {
  for (const [key, member] of Object.entries(port)) {
    if (typeof member !== 'function' || key.startsWith('touch')) continue;
    const counted = (...args: readonly unknown[]): unknown => {
      reads.set(`${name}.${key}`, (reads.get(`${name}.${key}`) ?? 0) + 1);
      return Reflect.apply(member, port, args);
    };
    Object.assign(port, { [key]: counted });
  }
}

before(async () => {
  queue = await openQueue();
  await queue.store.sessions.record(
    {
      principal: 'alice',
      key: sessionKey(facts),
      facts: { ...facts, repo: 'acme/shop' },
      events: [{ kind: 'prompt', id: 'p1', at: 1, prompt: 'write it', digest: 'a'.repeat(64) }],
    },
    { type: 'ai.session-recorded', actor: 'alice', body: {} },
  );
  const { pushes, sessions, exceptions, grants, directory } = queue.store;
  for (const [name, port] of Object.entries({ pushes, sessions, exceptions, grants, directory })) count(name, port);
});
after(() => queue.close());

async function asked(method: 'GET' | 'POST' | 'DELETE', path: string) {
  reads.clear();
  const { status, text } = await queue.ask('mallory', method, path, method === 'POST' ? {} : undefined);
  return { status, text, reads: [...reads].toSorted() };
}

test('pushes, whatever is asked of them', async () => {
  const { id } = await queue.push();
  for (const [method, tail] of [
    ['GET', ''],
    ['GET', '/diff'],
    ['GET', '/explain'],
    ['GET', '/attribution'],
    ['GET', '/blame?path=a'],
    ['POST', '/approve'],
    ['POST', '/reject'],
    ['POST', '/withdraw'],
    ['POST', '/review'],
  ] as const) {
    const hidden = await asked(method, `/pushes/${id}${tail}`);
    assert.equal(hidden.status, 404);
    assert.ok(hidden.reads.some(([name]) => name === 'pushes.find'));
    assert.deepEqual(await asked(method, `/pushes/424242${tail}`), hidden, `${method} ${tail}`);
  }
});

test('sessions, users, grants, tokens', async () => {
  const made = await queue.ask('alice', 'POST', '/grants', { principal: 'copilot', repos: ['**'], for: '1h' });
  const { id } = made.body as { id: string };
  const token = await queue.issue('alice', ['git']);
  for (const [method, hidden, missing] of [
    ['GET', `/ai/sessions/alice/${sessionKey(facts)}`, `/ai/sessions/nobody/${sessionKey(facts)}`],
    ['GET', '/users/alice', '/users/nobody'],
    ['POST', '/users/alice/disable', '/users/nobody/disable'],
    ['POST', `/grants/${id}/give`, '/grants/grant-none/give'],
    ['DELETE', `/grants/${id}`, '/grants/grant-none'],
    ['DELETE', `/tokens/${token.id}`, '/tokens/tok-none'],
  ] as const) {
    const one = await asked(method, hidden);
    assert.ok([403, 404].includes(one.status), hidden);
    assert.deepEqual(await asked(method, missing), one, hidden);
  }
});
