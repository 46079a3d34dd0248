// Exceptions from the search for secrets, over the real store: what releasing a hold grants, who sees and revokes it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { approvalBinding } from '../../../src/domain/push/binding.ts';
import type { SecretException } from '../../../src/domain/push/exception.ts';
import type { Finding } from '../../../src/domain/push/finding.ts';
import type { Push } from '../../../src/domain/push/push.ts';
import { exceptionJson } from '../../../src/gateway/api/exception-json.ts';
import { pushJson } from '../../../src/gateway/api/push-json.ts';
import { type Name, NEW, openQueue, type PushSpec, type Queue } from './queue.ts';

const DAY = 24 * 3600 * 1000;
const REASON = 'a sample of the vendor’s documentation';

let queue: Queue;
before(async () => {
  queue = await openQueue();
});
after(() => queue.close());

function passDays(days: number): void {
  queue.skew += days * DAY;
}

let fingerprints = 0;
const freshFingerprint = () => (++fingerprints).toString(16).padStart(32, 'f');

function secret(fingerprint: string, more: Partial<Finding> = {}): Finding {
  const place = { commit: NEW, path: 'src/a.ts', line: 3, column: 12 };
  return {
    rule: 'github-token',
    severity: 'high',
    text: 'GitHub token',
    masked: 'ghp_…',
    fingerprint,
    ...place,
    ...more,
  };
}

/** A push of alice's that is held for one exception, asked of security. */
function asking(fingerprint: string, more: PushSpec = {}): Promise<Push> {
  return queue.push({
    reason: REASON,
    requirements: [{ group: 'security', count: 1 }],
    findings: [secret(fingerprint)],
    exceptions: { group: 'security', findings: [0], lifetime: 30 * DAY },
    ...more,
  });
}

async function act(who: Name, verb: 'approve' | 'reject' | 'withdraw', { id }: Push) {
  return (await queue.ask(who, 'POST', `/pushes/${id}/${verb}`, verb === 'withdraw' ? {} : { comment: 'seen' })).status;
}

/** Granted by carol. */
async function granted(more: PushSpec = {}): Promise<SecretException> {
  const push = await asking(freshFingerprint(), more);
  assert.equal(await act('carol', 'approve', push), 200);
  const [found] = await queue.store.exceptions.list({ limit: 1 });
  assert.equal(found?.push, push.id);
  return found as SecretException;
}

async function ids(who: Name, query = ''): Promise<readonly number[]> {
  const { body, text } = await queue.ask(who, 'GET', `/exceptions${query}`);
  assert.ok(Array.isArray(body), text);
  return body.map((one) => exceptionJson.parse(one).id);
}

describe('granting', () => {
  test('the approval that releases the push grants what it asked for, and the trail says so in the same entry', async () => {
    const fingerprint = freshFingerprint();
    const push = await asking(fingerprint);
    const waiting = pushJson.parse((await queue.ask('carol', 'GET', `/pushes/${push.id}`)).body);
    assert.equal(waiting.reason, REASON);
    assert.deepEqual([waiting.findings[0]?.fingerprint, waiting.findings[0]?.masked], [fingerprint, 'ghp_…']);
    assert.deepEqual(waiting.verdict?.reasons[0]?.exceptions, { group: 'security', findings: [0], lifetime: 30 * DAY });
    assert.deepEqual(waiting.exceptions, { covering: [], granted: [] });

    assert.equal(await act('carol', 'approve', push), 200);
    const [exception] = await queue.store.exceptions.list({ limit: 1 });
    const after = pushJson.parse((await queue.ask('alice', 'GET', `/pushes/${push.id}`)).body);
    assert.deepEqual(after.exceptions, { covering: [], granted: [{ id: exception?.id, fingerprint }] });
    const listed = exceptionJson.parse(((await queue.ask('carol', 'GET', '/exceptions?limit=1')).body as unknown[])[0]);
    const { createdAt, expiresAt, id, ...rest } = listed;
    assert.equal(Date.parse(expiresAt) - Date.parse(createdAt), 30 * DAY);
    assert.equal(id, exception?.id);
    assert.deepEqual(rest, {
      ...{ state: 'valid', repo: 'acme/shop', fingerprint, rule: 'github-token', masked: 'ghp_…' },
      ...{ groups: ['security'], grantedBy: ['carol'], requestedBy: 'alice', reason: REASON, push: push.id },
    });
    const [released] = await queue.store.trail.search({ pushId: push.id, types: ['push.released'] });
    const body = released?.body as { exceptions: readonly { fingerprint: string }[]; reason: string };
    assert.deepEqual(
      body.exceptions.map((one) => one.fingerprint),
      [fingerprint],
    );
    assert.equal(body.reason, REASON);
  });

  const REFUSED: readonly [title: string, spec: PushSpec, who: Name][] = [
    ['the pusher', { by: 'carol' }, 'carol'],
    ['the coding agent that pushed', { by: 'copilot' }, 'copilot'],
    ['the sponsor of the coding agent that pushed', { by: 'copilot' }, 'alice'],
    ['another coding agent', { requirements: [{ group: 'sre', count: 1 }] }, 'copilot'],
    ['somebody of another group', {}, 'bob'],
    ['an author of what is pushed', { authors: [{ name: 'Carol', email: 'carol@example.com' }] }, 'carol'],
  ];
  for (const [title, spec, who] of REFUSED) {
    test(`${title} grants nothing`, async () => {
      const fingerprint = freshFingerprint();
      const push = await asking(fingerprint, spec);
      assert.equal(await act(who, 'approve', push), 403);
      assert.equal((await queue.store.pushes.find(push.id))?.state, 'held');
      assert.deepEqual(await covering(fingerprint), []);
    });
  }

  for (const verb of ['reject', 'withdraw'] as const) {
    test(`to ${verb} grants nothing`, async () => {
      const fingerprint = freshFingerprint();
      const push = await asking(fingerprint);
      assert.equal(await act(verb === 'reject' ? 'carol' : 'alice', verb, push), 200);
      assert.deepEqual(await covering(fingerprint), []);
    });
  }

  test('the first of two approvals grants nothing yet; the second names those of the group that was asked', async () => {
    const fingerprint = freshFingerprint();
    const push = await asking(fingerprint, {
      requirements: [
        { group: 'security', count: 1 },
        { group: 'sre', count: 1 },
      ],
    });
    assert.equal(await act('carol', 'approve', push), 200);
    assert.deepEqual(await covering(fingerprint), []);
    assert.equal(await act('bob', 'approve', push), 200);
    assert.deepEqual(
      (await covering(fingerprint)).map(({ grantedBy }) => grantedBy),
      [['carol']],
    );
  });

  test('what a crash left between approval and release grants once', async () => {
    const push = await asking(freshFingerprint());
    const [by, groups, binding] = ['carol', ['security'], approvalBinding(push)];
    const approval = { by, at: Date.now(), decision: 'approve', comment: '', groups, binding } as const;
    await queue.store.pushes.decide(push.id, approval, { type: 'push.approved', actor: by, body: {} });
    await Promise.all([queue.review.settle(push.id), queue.review.settle(push.id)]);
    const own = (await queue.store.exceptions.list({})).filter((one) => one.push === push.id);
    assert.deepEqual(
      own.map(({ state, grantedBy }) => [state, grantedBy]),
      [['valid', ['carol']]],
    );
  });

  const covering = (fingerprint: string) =>
    queue.store.exceptions.covering({ upstream: 'main', repo: 'acme/shop' }, [fingerprint]);
});

describe('what waits relies on exceptions', () => {
  for (const [title, end] of [
    ['was revoked', (id: number) => queue.ask('carol', 'DELETE', `/exceptions/${id}`)],
    ['is over', async () => passDays(31)],
  ] as const) {
    test(`a push whose exception ${title} while it waited is not released, but rejected`, async () => {
      const { id, fingerprint } = await granted();
      const push = await queue.push({ findings: [secret(fingerprint, { exception: id })] });
      const seen = pushJson.parse((await queue.ask('bob', 'GET', `/pushes/${push.id}`)).body);
      assert.deepEqual(seen.exceptions, { covering: [id], granted: [] });
      await end(id);
      assert.equal(await act('bob', 'approve', push), 200);
      const ended = await queue.store.pushes.find(push.id);
      assert.equal(ended?.state, 'rejected');
      assert.equal(ended?.note, 'an exception for what was found in it holds no longer');
      assert.equal(queue.released.includes(push.id), false);
    });
  }

  test('a push whose exception holds is released', async () => {
    const { id, fingerprint } = await granted();
    const push = await queue.push({ findings: [secret(fingerprint, { exception: id })] });
    assert.equal(await act('bob', 'approve', push), 200);
    assert.equal((await queue.store.pushes.find(push.id))?.state, 'relaying');
  });
});

describe('GET /exceptions', () => {
  test('is for those who see the repository, and for whoever asked', async () => {
    const { id } = await granted();
    for (const who of ['alice', 'bob', 'carol', 'copilot', 'sam', 'root', 'halfroot'] as const) {
      assert.ok((await ids(who)).includes(id), who);
    }
    for (const who of ['mallory'] as const) assert.deepEqual(await ids(who), [], who);
    assert.equal((await queue.ask(undefined, 'GET', '/exceptions')).status, 401);
  });

  test('by repository and state, newest first, in pages', async () => {
    const [first, second] = [(await granted()).id, (await granted()).id];
    await queue.ask('carol', 'DELETE', `/exceptions/${first}`);
    assert.deepEqual(await ids('carol', '?limit=2'), [second, first]);
    assert.deepEqual(await ids('carol', `?limit=1&before=${second}`), [first]);
    assert.deepEqual(await ids('carol', '?state=revoked&limit=1'), [first]);
    assert.deepEqual(await ids('carol', '?state=valid,revoked&limit=2&repo=acme/shop'), [second, first]);
    assert.deepEqual(await ids('carol', '?repo=acme/other'), []);
    for (const wrong of ['?state=gone', '?limit=0', '?token=x']) {
      assert.equal((await queue.ask('carol', 'GET', `/exceptions${wrong}`)).status, 400, wrong);
    }
  });
});

describe('DELETE /exceptions', () => {
  const CASES: readonly [title: string, who: Name, status: number][] = [
    ['a member of the group that was asked', 'carol', 204],
    ['an admin', 'root', 204],
    ['an admin of the repository', 'halfroot', 204],
    ['a member of another group that may approve', 'bob', 403],
    ['whoever asked for it', 'alice', 403],
    ['a coding agent', 'copilot', 403],
    ['an auditor', 'erin', 403],
    ['somebody who may not know of it', 'mallory', 404],
  ];
  for (const [title, who, status] of CASES) {
    test(`${title}: ${status}`, async () => {
      const { id, fingerprint, push } = await granted();
      assert.equal((await queue.ask(who, 'DELETE', `/exceptions/${id}`)).status, status);
      const now = await queue.store.exceptions.find(id);
      const entries = await queue.store.trail.search({ types: ['exception.revoked'] });
      const own = entries.filter(({ body }) => body['exception'] === id);
      assert.equal(now?.state, status === 204 ? 'revoked' : 'valid');
      assert.equal(own.length, status === 204 ? 1 : 0);
      if (status !== 204) return;
      assert.equal(now?.revokedBy, who);
      assert.deepEqual([own[0]?.actor, own[0]?.repo, own[0]?.body['fingerprint']], [who, 'acme/shop', fingerprint]);
      assert.equal(own[0]?.body['push'], push);
    });
  }

  test('twice, or when its time is over: 409', async () => {
    const { id } = await granted();
    assert.equal((await queue.ask('carol', 'DELETE', `/exceptions/${id}`)).status, 204);
    const again = await queue.ask('carol', 'DELETE', `/exceptions/${id}`);
    assert.equal(again.status, 409);
    assert.match(again.text, /revoked already/);
    const late = await granted();
    passDays(31);
    const answer = await queue.ask('carol', 'DELETE', `/exceptions/${late.id}`);
    assert.equal(answer.status, 409);
    assert.match(answer.text, /expired already/);
  });

  test('of what is no exception: 404', async () => {
    for (const id of ['999999', '0', '-1', '1e3', 'x', '9'.repeat(30)]) {
      assert.equal((await queue.ask('root', 'DELETE', `/exceptions/${id}`)).status, 404, id);
    }
  });

  test('both are in the OpenAPI document', async () => {
    const document = JSON.parse((await queue.api.inject({ method: 'GET', url: '/api/openapi.json' })).payload);
    assert.ok(document.paths['/api/v1/exceptions'].get);
    assert.ok(document.paths['/api/v1/exceptions/{id}'].delete);
  });
});
