// What every PushStore promises (src/domain/ports.ts).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrailEntry } from '../../src/domain/audit/entry.ts';
import type { NewPush, PushPatch, Transition } from '../../src/domain/ports.ts';
import { approvalBinding } from '../../src/domain/push/binding.ts';
import type { Approval, Push, PushState } from '../../src/domain/push/push.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';

const ZERO = '0'.repeat(40);
const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

function newPush(changes: Partial<NewPush> = {}): NewPush {
  return {
    address: { repo: 'acme/app', upstream: 'main', path: 'acme/app.git' },
    objectFormat: 'sha1',
    principal: { name: 'alice', kind: 'human' },
    updates: [{ refName: 'refs/heads/main', oldOid: A, newOid: B, kind: 'fast-forward' }],
    pushOptions: [],
    createdAt: 1000,
    ...changes,
  };
}

const entry = (type: TrailEntry['type']): TrailEntry => ({ type, actor: 'alice', repo: 'acme/app', body: {} });

function receive(store: StoreUnderTest, changes: Partial<NewPush> = {}, owner = 'gateway-1'): Promise<Push> {
  return store.pushes.receive(newPush(changes), owner, entry('push.received'));
}

async function move(store: StoreUnderTest, change: Omit<Transition, 'entry'>) {
  return store.pushes.transition({ ...change, entry: entry('push.held') });
}

/** A push in the given state, by lawful steps. */
async function pushIn(store: StoreUnderTest, state: 'held' | 'relaying', set: PushPatch = {}): Promise<Push> {
  const { id } = await receive(store);
  const claim = state === 'relaying' ? { claim: { owner: 'gateway-1', until: 2000 } } : {};
  const moved = await move(store, { id, from: ['receiving'], to: state, set, ...claim });
  return (moved ?? assert.fail()).push;
}

function approval(push: Push, by: string, changes: Partial<Approval> = {}): Approval {
  return {
    by,
    at: 1500,
    decision: 'approve',
    comment: 'looks right',
    groups: ['sre'],
    binding: approvalBinding(push),
    ...changes,
  };
}

export function pushStoreContract(name: string, open: OpenStore): void {
  describe(`PushStore contract: ${name}`, () => {
    describe('receive', () => {
      it('numbers pushes from 1 and records them as receiving', async (t) => {
        const store = await open(t);
        const first = await receive(store);
        assert.deepEqual(first, {
          id: 1,
          state: 'receiving',
          ...newPush(),
          findings: [],
          requirements: [],
          approvals: [],
        });
        assert.equal((await receive(store)).id, 2);
      });

      it('keeps names that are no Unicode, byte for byte', async (t) => {
        const store = await open(t);
        const odd = 'refs/heads/\udc80\udcff\u0000\u202e"\\';
        const asked = newPush({
          address: { repo: 'acme/app', upstream: 'main', path: '/acme/\udcfe.git' },
          principal: { name: 'copilot', kind: 'coding-agent', sponsor: 'alice' },
          objectFormat: 'sha256',
          updates: [{ refName: odd, oldOid: ZERO, newOid: B, kind: 'create' }],
          pushOptions: ['ci.skip', '\udc81'],
          reason: 'because \udc82',
        });
        const { id } = await receive(store, asked);
        const again = await store.reopen();
        const found = (await again.pushes.find(id)) ?? assert.fail();
        for (const [key, value] of Object.entries(asked)) assert.deepEqual(found[key as keyof Push], value, key);
      });

      it('names the new push in its trail entry', async (t) => {
        const store = await open(t);
        await receive(store);
        await receive(store);
        const entries = await store.trail.search({ pushId: 2 });
        assert.deepEqual(
          entries.map((one) => [one.index, one.type, one.pushId]),
          [[1, 'push.received', 2]],
        );
      });

      it('writes neither push nor entry when the entry cannot be recorded', async (t) => {
        const store = await open(t);
        const bad: TrailEntry = { type: 'push.received', body: { share: 0.5 } };
        await assert.rejects(store.pushes.receive(newPush(), 'gateway-1', bad), TypeError);
        assert.deepEqual(await store.pushes.list({}), []);
        assert.equal((await store.trail.verify()).entries, 0);
      });

      it('refuses a repository or principal name that text cannot hold', async (t) => {
        const store = await open(t);
        for (const repo of ['acme/\udc80', 'acme/\0app']) {
          const address = { repo, upstream: 'main', path: 'x' };
          await assert.rejects(receive(store, { address }), TypeError);
        }
        await assert.rejects(receive(store, { principal: { name: '\ud800', kind: 'human' } }), TypeError);
      });
    });

    describe('transition', () => {
      it('sets every field of a patch and reads them all back', async (t) => {
        const store = await open(t);
        const other = await receive(store);
        const { id } = await receive(store);
        const patch: Required<PushPatch> = {
          updates: [{ refName: 'refs/heads/\udcaa', oldOid: A, newOid: B, kind: 'force' }],
          verdict: {
            outcome: 'hold',
            reasons: [{ rule: 'r', outcome: 'hold', text: 't', paths: ['infra/\udc90'], hint: 'h' }],
            requirements: [{ group: 'sre', count: 1, given: 0, rules: ['r'] }],
            expiresAfter: 60_000,
          },
          findings: [{ rule: 'odd-path', severity: 'low', text: 't', path: '\udc91', line: 3, masked: 'AK…' }],
          requirements: [{ group: 'sre', count: 1, given: 0, rules: ['r'] }],
          attribution: {
            lines: { ai: 1, 'human-attested': 2, mixed: 3, declared: 4, disputed: 5, unknown: 6 },
            generated: { ai: 0, 'human-attested': 0, mixed: 0, declared: 0, disputed: 0, unknown: 7 },
            codingAgents: [{ id: 'claude-code', tier: 'E3', models: ['claude-opus-4.6'] }],
            unseen: 8,
          },
          policyDigest: 'd'.repeat(64),
          inputsDigest: 'e'.repeat(64),
          request: { sha256: 'f'.repeat(64), bytes: 12 },
          outcomes: [{ refName: 'refs/heads/\udcaa', ok: false, reason: 'no' }],
          note: 'a note \udc92',
          supersededBy: other.id,
          decidedAt: 1100,
          landedAt: 1200,
          expiresAt: 1300,
        };
        const moved = await move(store, { id, from: ['receiving'], to: 'held', set: patch });
        const again = await store.reopen();
        const found = (await again.pushes.find(id)) ?? assert.fail();
        assert.deepEqual(found, moved?.push);
        assert.equal(found.state, 'held');
        for (const [key, value] of Object.entries(patch)) assert.deepEqual(found[key as keyof Push], value, key);
      });

      it('leaves alone what the patch does not name', async (t) => {
        const store = await open(t);
        const held = await pushIn(store, 'held', { note: 'first', policyDigest: 'd' });
        const moved = await move(store, { id: held.id, from: ['held'], to: 'rejected', set: { note: 'second' } });
        assert.deepEqual(moved?.push, { ...held, state: 'rejected', note: 'second' });
      });

      it('does nothing, and records nothing, from another state than asked', async (t) => {
        const store = await open(t);
        const held = await pushIn(store, 'held');
        const before = await store.trail.verify();
        assert.equal(
          await move(store, { id: held.id, from: ['receiving'], to: 'refused', set: { note: 'no' } }),
          undefined,
        );
        assert.deepEqual(await store.pushes.find(held.id), held);
        assert.deepEqual(await store.trail.verify(), before);
      });

      it('is undefined for a push that does not exist', async (t) => {
        const store = await open(t);
        assert.equal(await move(store, { id: 99, from: ['held'], to: 'rejected' }), undefined);
        assert.equal((await store.trail.verify()).entries, 0);
      });

      const unlawful: readonly [PushState, PushState][] = [
        ['held', 'landed'],
        ['landed', 'relaying'],
        ['rejected', 'relaying'],
        ['receiving', 'landed'],
        ['refused', 'held'],
        ['held', 'held'],
      ];
      for (const [from, to] of unlawful) {
        it(`never goes from ${from} to ${to}`, async (t) => {
          const store = await open(t);
          const { id } = await receive(store);
          await assert.rejects(move(store, { id, from: [from], to }), TypeError);
          await assert.rejects(move(store, { id, from: ['receiving', from], to }), TypeError);
        });
      }

      it('lets exactly one of many win', async (t) => {
        const store = await open(t);
        const held = await pushIn(store, 'held');
        const targets = ['relaying', 'rejected', 'withdrawn', 'expired', 'superseded', 'stale'] as const;
        const tries = Array.from({ length: 60 }, (_, index) => targets[index % targets.length] as PushState);
        const results = await Promise.all(
          tries.map((to, index) => move(store, { id: held.id, from: ['held'], to, set: { note: `try ${index}` } })),
        );
        const winners = results.flatMap((result, index) => (result === undefined ? [] : [{ result, index }]));
        assert.equal(winners.length, 1);
        const [winner] = winners;
        const found = await store.pushes.find(held.id);
        assert.deepEqual(found, winner?.result.push);
        assert.equal(found?.note, `try ${winner?.index}`);
        assert.equal((await store.trail.search({ pushId: held.id })).length, 3, 'received, held, and one more');
      });

      it('writes push and entry together: the entry is there when the promise resolves, after a restart too', async (t) => {
        const store = await open(t);
        const held = await pushIn(store, 'held');
        const again = await store.reopen();
        assert.equal((await again.pushes.find(held.id))?.state, 'held');
        const types = (await again.trail.search({ pushId: held.id })).map((one) => one.type);
        assert.deepEqual(types, ['push.received', 'push.held']);
      });
    });

    describe('leases', () => {
      it('takes the lease in the transition that starts the relay', async (t) => {
        const store = await open(t);
        const { id } = await receive(store);
        const claim = { owner: 'gateway-1', until: 5000 };
        const moved = await move(store, { id, from: ['receiving'], to: 'relaying', claim });
        assert.deepEqual(moved?.lease, { owner: 'gateway-1', token: 1, until: 5000 });
      });

      it('demands the fence of whoever changes a relay', async (t) => {
        const store = await open(t);
        const { id } = await pushIn(store, 'relaying');
        await assert.rejects(move(store, { id, from: ['relaying'], to: 'landed' }), /needs a fence/);
        await assert.rejects(move(store, { id, from: ['relaying', 'unknown'], to: 'landed' }), /needs a fence/);
      });

      it('demands that a claim is for relaying', async (t) => {
        const store = await open(t);
        const { id } = await receive(store);
        const claim = { owner: 'gateway-1', until: 5000 };
        await assert.rejects(move(store, { id, from: ['receiving'], to: 'held', claim }), TypeError);
      });

      it('shuts out the gateway whose lease was taken over', async (t) => {
        const store = await open(t);
        const { id } = await pushIn(store, 'relaying');
        const taken = await store.pushes.claimRelay(id, 'gateway-2', 4000, 2000);
        assert.deepEqual(taken?.lease, { owner: 'gateway-2', token: 2, until: 4000 });
        assert.equal(await move(store, { id, from: ['relaying'], to: 'landed', fence: 1 }), undefined);
        assert.equal(await store.pushes.renewLease(id, 1, 9000), false);
        const landed = await move(store, { id, from: ['relaying'], to: 'landed', fence: 2, set: { landedAt: 3000 } });
        assert.equal(landed?.push.state, 'landed');
        assert.equal(landed?.lease, undefined);
      });

      it('is nobody else’s before it ran out, and one gateway’s after', async (t) => {
        const store = await open(t);
        const { id } = await pushIn(store, 'relaying');
        assert.equal(await store.pushes.claimRelay(id, 'gateway-2', 4000, 1999), undefined);
        assert.deepEqual(await store.pushes.orphanedRelays(1999), []);
        assert.deepEqual(await store.pushes.orphanedRelays(2000), [id]);
        const claims = await Promise.all(
          Array.from({ length: 20 }, (_, index) => store.pushes.claimRelay(id, `gateway-${index}`, 4000, 2000)),
        );
        assert.equal(claims.filter((claim) => claim !== undefined).length, 1);
        assert.deepEqual(await store.pushes.orphanedRelays(2000), []);
      });

      it('records who took a relay over', async (t) => {
        const store = await open(t);
        const { id } = await pushIn(store, 'relaying');
        await store.pushes.claimRelay(id, 'gateway-2', 4000, 2000);
        const [claimed] = await store.trail.search({ types: ['push.relay-claimed'] });
        assert.deepEqual(
          [claimed?.pushId, claimed?.repo, claimed?.body],
          [id, 'acme/app', { owner: 'gateway-2', until: 4000 }],
        );
      });

      it('is renewed by its holder', async (t) => {
        const store = await open(t);
        const { id } = await pushIn(store, 'relaying');
        assert.equal(await store.pushes.renewLease(id, 1, 8000), true);
        assert.deepEqual(await store.pushes.orphanedRelays(7999), []);
        assert.deepEqual(await store.pushes.orphanedRelays(8000), [id]);
      });

      it('goes on through unknown, and its token never comes back', async (t) => {
        const store = await open(t);
        const { id } = await pushIn(store, 'relaying');
        const doubt = await move(store, { id, from: ['relaying'], to: 'unknown', fence: 1 });
        assert.deepEqual(doubt?.lease, { owner: 'gateway-1', token: 1, until: 2000 });
        assert.deepEqual(await store.pushes.orphanedRelays(2000), [id]);
        const taken = await store.pushes.claimRelay(id, 'gateway-2', 4000, 2000);
        assert.equal(taken?.push.state, 'unknown');
        const claim = { owner: 'gateway-2', until: 6000 };
        const again = await move(store, { id, from: ['unknown'], to: 'relaying', fence: 2, claim });
        assert.deepEqual(again?.lease, { owner: 'gateway-2', token: 3, until: 6000 });
        assert.equal(await move(store, { id, from: ['relaying'], to: 'landed', fence: 2 }), undefined);
      });

      it('lets its holder, and nobody else, find a relay still in doubt', async (t) => {
        const store = await open(t);
        const { id } = await pushIn(store, 'relaying');
        await move(store, { id, from: ['relaying'], to: 'unknown', fence: 1 });
        const still = { id, from: ['relaying', 'unknown'] as const, to: 'unknown' as const, set: { note: 'still' } };
        assert.equal((await move(store, { ...still, fence: 1 }))?.push.note, 'still');
        assert.equal(await move(store, { ...still, fence: 2 }), undefined);
        await assert.rejects(move(store, still), /needs a fence/);
      });

      it('is free for the taking when a push was released without one', async (t) => {
        const store = await open(t);
        const { id } = await pushIn(store, 'held');
        await move(store, { id, from: ['held'], to: 'relaying' });
        assert.deepEqual(await store.pushes.orphanedRelays(0), [id]);
        assert.equal(await move(store, { id, from: ['relaying'], to: 'landed', fence: 0 }), undefined);
        assert.equal((await store.pushes.claimRelay(id, 'gateway-1', 10, 0))?.lease.token, 1);
      });

      it('is of no use once the push has ended', async (t) => {
        const store = await open(t);
        const { id } = await pushIn(store, 'relaying');
        await move(store, { id, from: ['relaying'], to: 'declined', fence: 1 });
        assert.equal(await store.pushes.renewLease(id, 1, 9000), false);
        assert.equal(await store.pushes.claimRelay(id, 'gateway-2', 9000, 8000), undefined);
        assert.deepEqual(await store.pushes.orphanedRelays(8000), []);
        assert.equal(await store.pushes.claimRelay(77, 'gateway-2', 9000, 8000), undefined);
      });
    });

    describe('decide', () => {
      const asked = { requirements: [{ group: 'sre', count: 2, given: 0, rules: ['r'] }] };

      it('adds an approval and counts it', async (t) => {
        const store = await open(t);
        const held = await pushIn(store, 'held', asked);
        const bob = approval(held, 'bob', { comment: 'fine \udc80', at: 1501 });
        const push = await store.pushes.decide(held.id, bob, entry('push.approved'));
        assert.deepEqual(push?.approvals, [bob]);
        assert.equal(push?.requirements[0]?.given, 1);
        const carol = approval(held, 'carol', { at: 1502 });
        await store.pushes.decide(held.id, carol, entry('push.approved'));
        const again = await store.reopen();
        const found = await again.pushes.find(held.id);
        assert.deepEqual(found?.approvals, [bob, carol]);
        assert.equal(found?.requirements[0]?.given, 2);
        assert.deepEqual(await again.pushes.list({}), [found]);
      });

      it('replaces what the same person said before', async (t) => {
        const store = await open(t);
        const held = await pushIn(store, 'held', asked);
        await store.pushes.decide(held.id, approval(held, 'bob'), entry('push.approved'));
        const rejection = approval(held, 'bob', { decision: 'reject', at: 1600 });
        const push = await store.pushes.decide(held.id, rejection, entry('push.approved'));
        assert.deepEqual(push?.approvals, [rejection]);
        assert.equal(push?.requirements[0]?.given, 0);
        assert.equal(
          (await store.trail.search({ types: ['push.approved'] })).length,
          2,
          'both acts stay on the record',
        );
      });

      it('does not count an approval that was bound to something else', async (t) => {
        const store = await open(t);
        const held = await pushIn(store, 'held', asked);
        const other = approval({ ...held, policyDigest: 'f'.repeat(64) }, 'bob');
        const push = await store.pushes.decide(held.id, other, entry('push.approved'));
        assert.equal(push?.requirements[0]?.given, 0);
      });

      it('takes nothing for a push that is not held, and records nothing', async (t) => {
        const store = await open(t);
        const relaying = await pushIn(store, 'relaying');
        const before = await store.trail.verify();
        const bob = approval(relaying, 'bob');
        assert.equal(await store.pushes.decide(relaying.id, bob, entry('push.approved')), undefined);
        assert.equal(await store.pushes.decide(99, bob, entry('push.approved')), undefined);
        assert.deepEqual(await store.trail.verify(), before);
      });

      it('never lands an approval on a push that was withdrawn at the same moment', async (t) => {
        const store = await open(t);
        for (let round = 0; round < 10; round++) {
          const held = await pushIn(store, 'held', asked);
          const [withdrawn, decided] = await Promise.all([
            move(store, { id: held.id, from: ['held'], to: 'withdrawn' }),
            store.pushes.decide(held.id, approval(held, 'bob'), entry('push.approved')),
          ]);
          assert.equal(withdrawn?.push.state, 'withdrawn');
          const found = await store.pushes.find(held.id);
          assert.equal(found?.approvals.length, decided === undefined ? 0 : 1);
        }
      });
    });

    describe('heldBytes', () => {
      it('sums the requests of the held pushes of one principal, and of nothing else', async (t) => {
        const store = await open(t);
        assert.equal(await store.pushes.heldBytes('alice'), 0);
        const first = await pushIn(store, 'held', { request: { sha256: 'c'.repeat(64), bytes: 2 ** 40 } });
        await pushIn(store, 'held', { request: { sha256: 'd'.repeat(64), bytes: 7 } });
        await pushIn(store, 'held');
        await pushIn(store, 'relaying', { request: { sha256: 'e'.repeat(64), bytes: 500 } });
        assert.equal(await store.pushes.heldBytes('alice'), 2 ** 40 + 7);
        assert.deepEqual([await store.pushes.heldBytes('bob'), await store.pushes.heldBytes('a\0\ud800')], [0, 0]);
        await move(store, { id: first.id, from: ['held'], to: 'withdrawn' });
        assert.equal(await store.pushes.heldBytes('alice'), 7);
      });
    });

    describe('changeReason', () => {
      const change = { type: 'push.reason-changed', actor: 'alice', body: {} } as const;

      it('gives a held push other words, and says so in the trail', async (t) => {
        const store = await open(t);
        const { id } = await pushIn(store, 'held');
        const changed = await store.pushes.changeReason(id, 'because \ud800', change);
        assert.deepEqual([changed?.id, changed?.state, changed?.reason], [id, 'held', 'because \ud800']);
        assert.equal((await store.pushes.find(id))?.reason, 'because \ud800');
        assert.equal((await store.trail.search({ types: ['push.reason-changed'] }))[0]?.pushId, id);
      });

      it('leaves a push alone that is not held, and the trail', async (t) => {
        const store = await open(t);
        const { id } = await pushIn(store, 'relaying');
        assert.equal(await store.pushes.changeReason(id, 'x', change), undefined);
        assert.equal(await store.pushes.changeReason(99, 'x', change), undefined);
        assert.equal((await store.pushes.find(id))?.reason, undefined);
        assert.deepEqual(await store.trail.search({ types: ['push.reason-changed'] }), []);
      });
    });

    describe('listings', () => {
      it('finds nothing where nothing is', async (t) => {
        const store = await open(t);
        assert.equal(await store.pushes.find(1), undefined);
        assert.equal(await store.pushes.find(Number.NaN), undefined);
        assert.equal(await store.pushes.find(1.5), undefined);
        assert.deepEqual(await store.pushes.list({}), []);
      });

      it('lists newest first, by state, repository, principal, page', async (t) => {
        const store = await open(t);
        const at = (repo: string) => ({ address: { repo, upstream: 'main', path: repo } });
        await receive(store, at('a/one'));
        await receive(store, { ...at('a/two'), principal: { name: 'bob', kind: 'human' } });
        await receive(store, at('a/one'));
        await receive(store, at('a/two'));
        await move(store, { id: 3, from: ['receiving'], to: 'held' });
        const ids = async (filter: Parameters<StoreUnderTest['pushes']['list']>[0]) =>
          (await store.pushes.list(filter)).map((push) => push.id);
        assert.deepEqual(await ids({}), [4, 3, 2, 1]);
        assert.deepEqual(await ids({ states: ['held'] }), [3]);
        assert.deepEqual(await ids({ states: ['held', 'receiving'] }), [4, 3, 2, 1]);
        assert.deepEqual(await ids({ states: [] }), []);
        assert.deepEqual(await ids({ repo: 'a/one' }), [3, 1]);
        assert.deepEqual(await ids({ repo: 'A/ONE' }), [], 'names compare exactly');
        assert.deepEqual(await ids({ repo: 'a/\udc80' }), []);
        assert.deepEqual(await ids({ repo: 'a/two', principal: 'alice' }), [4]);
        assert.deepEqual(await ids({ limit: 2 }), [4, 3]);
        assert.deepEqual(await ids({ limit: 2, before: 3 }), [2, 1]);
        assert.deepEqual(await ids({ limit: 0 }), []);
        await assert.rejects(store.pushes.list({ limit: -1 }), TypeError);
      });

      it('finds what another gateway left behind while receiving', async (t) => {
        const store = await open(t);
        await receive(store, { createdAt: 100 }, 'gateway-1');
        await receive(store, { createdAt: 100 }, 'gateway-2');
        await receive(store, { createdAt: 200 }, 'gateway-1');
        const held = await receive(store, { createdAt: 100 }, 'gateway-1');
        await move(store, { id: held.id, from: ['receiving'], to: 'held' });
        const left = await store.pushes.abandoned('gateway-2', 200);
        assert.deepEqual(
          left.map((push) => push.id),
          [1],
        );
      });

      it('finds holds whose time is over', async (t) => {
        const store = await open(t);
        const soon = await pushIn(store, 'held', { expiresAt: 500 });
        await pushIn(store, 'held', { expiresAt: 900 });
        await pushIn(store, 'held');
        await pushIn(store, 'relaying', { expiresAt: 500 });
        assert.deepEqual(await store.pushes.expired(499), []);
        assert.deepEqual(
          (await store.pushes.expired(500)).map((push) => push.id),
          [soon.id],
        );
      });
    });
  });
}
