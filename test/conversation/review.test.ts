// Who may do what to a held push, over the real store: the one place with these rules.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ReviewResult } from '../../src/conversation/review.ts';
import { approvalBinding } from '../../src/domain/push/binding.ts';
import { type Name, openQueue, type PushSpec, type Queue } from '../gateway/api/queue.ts';

let queue: Queue;
before(async () => {
  queue = await openQueue();
});
after(() => queue.close());

const say = (result: ReviewResult) =>
  result.outcome === 'done'
    ? `done: ${result.push.state}`
    : result.outcome === 'refused'
      ? `refused: ${result.reason}`
      : result.outcome === 'conflict'
        ? `conflict: ${result.state}`
        : result.outcome;

const types = async (id: number) => (await queue.store.trail.search({ pushId: id })).map((entry) => entry.type);

test('an approval that meets the requirements releases the push, once, with its intent on the trail first', async () => {
  const push = await queue.push();
  const result = await queue.review.approve(await queue.principal('bob'), push.id, 'looks right');
  assert.equal(say(result), 'done: relaying');
  assert.deepEqual(
    queue.released.filter((id) => id === push.id),
    [push.id],
  );
  assert.deepEqual(await types(push.id), ['push.received', 'push.held', 'push.approved', 'push.released']);
  assert.equal(say(await queue.review.approve(await queue.principal('bob'), push.id, '')), 'conflict: relaying');
});

test('an approval is bound to exactly what was pushed', async () => {
  const push = await queue.push();
  await queue.review.approve(await queue.principal('bob'), push.id, '');
  const [approval] = (await queue.store.pushes.find(push.id))?.approvals ?? [];
  assert.equal(approval?.binding, approvalBinding(push));
  assert.notEqual(approval?.binding, approvalBinding({ ...push, policyDigest: 'b'.repeat(64) }));
});

test('a push waits until every requirement is met by different people', async () => {
  const push = await queue.push({
    requirements: [
      { group: 'sre', count: 1 },
      { group: 'security', count: 1 },
    ],
  });
  assert.equal(say(await queue.review.approve(await queue.principal('bob'), push.id, '')), 'done: held');
  assert.equal(say(await queue.review.approve(await queue.principal('bob'), push.id, 'again')), 'done: held');
  assert.equal(queue.released.includes(push.id), false);
  assert.equal(say(await queue.review.approve(await queue.principal('carol'), push.id, '')), 'done: relaying');
});

test('two people who approve at once release once', async () => {
  const push = await queue.push({ requirements: [{ group: 'sre', count: 1 }], by: 'carol' });
  const [bob, ben] = await Promise.all([queue.principal('bob'), queue.principal('ben')]);
  await Promise.all([queue.review.approve(bob, push.id, ''), queue.review.approve(ben, push.id, '')]);
  assert.deepEqual(
    queue.released.filter((id) => id === push.id),
    [push.id],
  );
});

const REFUSALS: readonly [title: string, spec: PushSpec, who: Name, expected: RegExp][] = [
  ['the pusher', { by: 'bob' }, 'bob', /^refused: you pushed this yourself/],
  [
    'the sponsor of the coding agent that pushed',
    { by: 'copilot', requirements: [{ group: 'dev', count: 1 }] },
    'alice',
    /^refused: the coding agent that pushed this acts for you/,
  ],
  ['an author of a commit', { authors: [{ name: 'B', email: 'bob@example.com' }] }, 'bob', /^refused: you wrote/],
  ['a coding agent', {}, 'copilot', /^refused: only people decide/],
  ['a service', {}, 'robot', /^refused: only people decide/],
  ['somebody of another group', {}, 'carol', /^refused: this push asks for sre/],
  [
    'a reader without the right to approve',
    { by: 'bob', requirements: [{ group: 'dev', count: 1 }] },
    'alice',
    /^refused: you may not approve in acme\/shop$/,
  ],
  ['anybody, when nobody knows who wrote it', { withoutInputs: true }, 'bob', /^refused: /],
  ['somebody who may not see it', {}, 'mallory', /^not-found$/],
  ['somebody without rights in that repository', { repo: 'other/x' }, 'bob', /^not-found$/],
];

for (const [title, spec, who, expected] of REFUSALS) {
  test(`${title} cannot approve`, async () => {
    const push = await queue.push(spec);
    const principal = await queue.principal(who);
    assert.match(say(await queue.review.approve(principal, push.id, 'please')), expected);
    const now = await queue.store.pushes.find(push.id);
    assert.equal(now?.state, 'held');
    assert.deepEqual(now?.approvals, []);
    assert.equal(queue.released.includes(push.id), false);
  });
}

test('an approval of somebody who was disabled meanwhile counts no longer', async () => {
  const push = await queue.push({
    requirements: [
      { group: 'sre', count: 1 },
      { group: 'security', count: 1 },
    ],
  });
  const entry = { type: 'admin.changed', body: {} } as const;
  await queue.store.directory.addUser({ name: 'dora', kind: 'human', groups: ['sre'], createdAt: 1 }, entry);
  const dora = {
    name: 'dora',
    kind: 'human',
    groups: ['sre'],
    credential: { kind: 'token', id: 't', scopes: ['api'] },
  } as const;
  assert.equal(say(await queue.review.approve(dora, push.id, '')), 'done: held');
  await queue.store.directory.disableUser('dora', 2, entry);
  assert.equal(say(await queue.review.approve(await queue.principal('carol'), push.id, '')), 'done: held');
  assert.equal(say(await queue.review.approve(dora, push.id, '')), 'refused: dora is no active member');
});

test('a rejection ends the push, needs a reason and is recorded as an act', async () => {
  const push = await queue.push();
  const bob = await queue.principal('bob');
  assert.match(say(await queue.review.reject(bob, push.id, ' \n')), /^refused: a rejection needs a reason/);
  const result = await queue.review.reject(bob, push.id, 'wrong region');
  assert.equal(say(result), 'done: rejected');
  assert.equal(result.outcome === 'done' && result.push.note, 'rejected by bob: wrong region');
  assert.deepEqual(
    (await queue.store.pushes.find(push.id))?.approvals.map(({ by, decision }) => [by, decision]),
    [['bob', 'reject']],
  );
  assert.equal(say(await queue.review.approve(await queue.principal('root'), push.id, '')), 'conflict: rejected');
  assert.equal(queue.released.includes(push.id), false);
});

test('the pusher and the sponsor withdraw, nobody else', async () => {
  const push = await queue.push({ by: 'copilot' });
  assert.match(
    say(await queue.review.withdraw(await queue.principal('bob'), push.id)),
    /^refused: only whoever pushed/,
  );
  assert.equal(say(await queue.review.withdraw(await queue.principal('mallory'), push.id)), 'not-found');
  assert.equal(say(await queue.review.withdraw(await queue.principal('alice'), push.id)), 'done: withdrawn');
  const own = await queue.push({ by: 'copilot' });
  assert.equal(say(await queue.review.withdraw(await queue.principal('copilot'), own.id)), 'done: withdrawn');
});

test('a hold that has expired takes no act, also before the sweep has ended it', async () => {
  const push = await queue.push({ expiresAt: Date.now() - 1 });
  assert.equal(say(await queue.review.approve(await queue.principal('bob'), push.id, '')), 'conflict: expired');
});

test('a comment longer than 4096 characters is refused', async () => {
  const push = await queue.push();
  assert.match(
    say(await queue.review.approve(await queue.principal('bob'), push.id, 'x'.repeat(4097))),
    /^refused: a comment/,
  );
});

for (const decision of ['approve', 'reject'] as const) {
  test(`what a crash left after a recorded ${decision}, settle finishes`, async () => {
    const push = await queue.push();
    const approval = {
      by: 'bob',
      at: Date.now(),
      decision,
      comment: 'c',
      groups: ['sre'],
      binding: approvalBinding(push),
    };
    await queue.store.pushes.decide(push.id, approval, {
      type: 'push.approved',
      actor: 'bob',
      pushId: push.id,
      body: {},
    });
    const settled = await queue.review.settle(push.id);
    assert.equal(settled?.state, decision === 'approve' ? 'relaying' : 'rejected');
    assert.equal(queue.released.includes(push.id), decision === 'approve');
  });
}

test('an approval that is bound to another content releases nothing', async () => {
  const push = await queue.push();
  const stale = approvalBinding({ ...push, request: { sha256: 'c'.repeat(64), bytes: 10 } });
  const approval = {
    by: 'bob',
    at: Date.now(),
    decision: 'approve',
    comment: '',
    groups: ['sre'],
    binding: stale,
  } as const;
  await queue.store.pushes.decide(push.id, approval, {
    type: 'push.approved',
    actor: 'bob',
    pushId: push.id,
    body: {},
  });
  assert.equal((await queue.review.settle(push.id))?.state, 'held');
});

test('what is held for the group admin by name, its members decide on; nothing else', async () => {
  const own = await openQueue({
    access: [{ repos: ['**'], groups: ['dev'], may: ['read', 'push'] }],
    people: { ada: { groups: ['admin'] } },
  });
  try {
    const ada = await own.principal('ada');
    const forAdmins = await own.push({ by: 'alice', requirements: [{ group: 'admin', count: 1 }] });
    assert.match(say(await own.review.approve(ada, forAdmins.id, '')), /^done/);
    const forOthers = await own.push({ by: 'alice', requirements: [{ group: 'sre', count: 1 }] });
    assert.match(say(await own.review.approve(ada, forOthers.id, '')), /^not-found/);
  } finally {
    await own.close();
  }
});
