// What every SessionStore promises (src/domain/ports.ts).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { outputHashes } from '../../src/domain/attribution/matching/index-hashes.ts';
import {
  type SessionEvent,
  type SessionFacts,
  sessionKey,
} from '../../src/domain/attribution/sessions/session-event.ts';
import type { SessionBatch } from '../../src/domain/attribution/sessions/session-record.ts';
import type { TrailEntry } from '../../src/domain/audit/entry.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';

const COMMIT = 'c'.repeat(40);
const BLOB = 'b'.repeat(40);
const DIGEST = 'd'.repeat(64);
const LINES = ['function describeInvoice(invoice) {', '  return invoice.positions.map(describe);', '}'];
const FACTS: SessionFacts = { codingAgent: 'claude-code', conversation: 'conversation-1', repo: 'acme/shop' };
const STARTED: TrailEntry = { type: 'ai.session-recorded', actor: 'alice', repo: 'acme/shop', body: {} };
const REMOVED: TrailEntry = { type: 'ai.sessions-removed', body: {} };

const prompt = (id: string, text = `prompt ${id}`): SessionEvent => ({
  id,
  at: 5,
  kind: 'prompt',
  prompt: text,
  digest: DIGEST,
});

function edit(id: string, lines: readonly string[] = LINES, more: object = {}): SessionEvent {
  return { id, at: 6, kind: 'edit', path: 'src/a.ts', tool: 'Edit', added: [{ start: 3, lines }], ...more };
}

function commit(id: string, more: object = {}): SessionEvent {
  return {
    id,
    at: 7,
    kind: 'commit',
    commit: COMMIT,
    files: [{ path: 'src/a.ts', blob: BLOB, ranges: [[3, 5]] }],
    ...more,
  };
}

function batch(events: readonly SessionEvent[], more: Partial<SessionBatch> = {}): SessionBatch {
  const facts = more.facts ?? FACTS;
  return { principal: 'alice', key: sessionKey(facts), facts, events, ...more };
}

const record = (store: StoreUnderTest, events: readonly SessionEvent[], more: Partial<SessionBatch> = {}) =>
  store.sessions.record(batch(events, more), STARTED);

async function eventsOf(store: StoreUnderTest, principal = 'alice') {
  const session = await store.sessions.find(principal, sessionKey(FACTS));
  return session === undefined ? [] : (await store.sessions.events(session, {})).map(({ event }) => event);
}

const outputs = async (store: StoreUnderTest, lines: readonly string[], principals = ['alice'], since = 0) =>
  store.sessions.outputsWith(principals, outputHashes(lines), since);

const entries = async (store: StoreUnderTest) =>
  (await store.trail.search({ types: ['ai.session-recorded', 'ai.sessions-removed'] })).map(({ type }) => type);

export function sessionStoreContract(name: string, open: OpenStore): void {
  describe(`SessionStore contract: ${name}`, () => {
    describe('recording', () => {
      it('keeps every kind of event as it was given, in the order it was received', async (t) => {
        const store = await open(t);
        const events: SessionEvent[] = [
          { id: 'a', at: 1, kind: 'session-start' },
          prompt('b', 'make it so\n\ud83d\ude42'),
          edit('c', LINES, { promptId: 'b', userModified: true }),
          {
            id: 'd',
            at: 6,
            kind: 'edit',
            path: 'b',
            tool: 'Write',
            added: [
              { start: 1, lines: [''] },
              { start: 9, lines: ['x', ''] },
            ],
          },
          commit('e', {
            files: [
              {
                path: 'src/a.ts',
                blob: BLOB,
                ranges: [
                  [1, 2],
                  [4, 4],
                ],
                promptId: 'b',
              },
            ],
          }),
          { id: 'f', at: 9, kind: 'session-end' },
        ];
        const facts = { ...FACTS, model: 'opus-4.6', toolVersion: '2.1', human: 'Alice <alice@example.com>' };
        assert.deepEqual(await record(store, events, { facts, signedBy: 'SHA256:x' }), { accepted: 6, known: 0 });
        const again = await store.reopen();
        assert.deepEqual(await eventsOf(again), events);
        const session = await again.sessions.find('alice', sessionKey(facts));
        assert.deepEqual(session, {
          ...{
            id: 1,
            principal: 'alice',
            key: sessionKey(facts),
            codingAgent: 'claude-code',
            conversation: 'conversation-1',
          },
          ...{ model: 'opus-4.6', toolVersion: '2.1', human: 'Alice <alice@example.com>', repos: ['acme/shop'] },
          ...{ firstAt: 1_000_000, lastAt: 1_000_000, prompts: 1, edits: 2, commits: 1 },
        });
        const [first] = await again.sessions.events({ id: 1 }, {});
        const { receivedAt, repo, model, signedBy } = first ?? {};
        assert.deepEqual(
          { receivedAt, repo, model, signedBy },
          { receivedAt: 1_000_000, repo: 'acme/shop', model: 'opus-4.6', signedBy: 'SHA256:x' },
        );
      });

      it('takes an event once, however often and in whatever company it comes', async (t) => {
        const store = await open(t);
        assert.deepEqual(await record(store, [prompt('a'), prompt('a', 'another')]), { accepted: 1, known: 1 });
        assert.deepEqual(await record(store, [prompt('a', 'another'), edit('b')]), { accepted: 1, known: 1 });
        assert.deepEqual(await record(store, [prompt('a'), edit('b')]), { accepted: 0, known: 2 });
        assert.deepEqual(await record(store, []), { accepted: 0, known: 0 });
        assert.deepEqual(await eventsOf(store), [prompt('a'), edit('b')]);
      });

      it('takes each event once when many send at once', async (t) => {
        const store = await open(t);
        const counts = await Promise.all(
          Array.from({ length: 4 }, (_, i) => record(store, [prompt('same'), edit(`own-${i}`)])),
        );
        assert.equal(
          counts.reduce((sum, { accepted }) => sum + accepted, 0),
          5,
        );
        assert.equal((await eventsOf(store)).length, 5);
        assert.deepEqual(await entries(store), ['ai.session-recorded']);
      });

      it('is on the trail once a session', async (t) => {
        const store = await open(t);
        await record(store, [prompt('a')]);
        await record(store, [prompt('b')]);
        await record(store, [prompt('a')], { principal: 'bob' });
        assert.deepEqual(await entries(store), ['ai.session-recorded', 'ai.session-recorded']);
      });

      it('keeps sessions of two people apart that have the same key', async (t) => {
        const store = await open(t);
        await record(store, [prompt('a', 'hers')]);
        assert.deepEqual(await record(store, [prompt('a', 'his')], { principal: 'bob' }), { accepted: 1, known: 0 });
        assert.deepEqual(await eventsOf(store, 'alice'), [prompt('a', 'hers')]);
        assert.deepEqual(await eventsOf(store, 'bob'), [prompt('a', 'his')]);
      });

      it('masks what it is given, wherever it stands', async (t) => {
        const store = await open(t);
        const secret = ['gh', 'p_'].join('') + 'R7kQ2mX9vB4nT8wY1zA6cD3eF5gH0jK2lM4p'.slice(0, 36);
        const text = `the token is ${secret}`;
        await record(
          store,
          [
            prompt('a', text),
            edit('b', ['const a = 1;', `const token = '${secret}';`, ''], { path: `x/${secret}` }),
            commit('c', { files: [{ path: `x/${secret}`, blob: BLOB, ranges: [] }] }),
          ],
          { facts: { ...FACTS, human: text, model: text } },
        );
        const seen = JSON.stringify([await eventsOf(store), await store.sessions.list({})]);
        assert.ok(!seen.includes(secret), seen);
        const [, second] = await eventsOf(store);
        assert.equal(second?.kind === 'edit' && second.added[0]?.lines.length, 3);
      });
    });

    describe('list', () => {
      it('is newest first, by person, repository and time, in pages', async (t) => {
        const store = await open(t);
        const facts = (conversation: string, repo?: string): SessionFacts => ({
          codingAgent: 'codex',
          conversation,
          ...(repo !== undefined && { repo }),
        });
        await record(store, [prompt('a')], { facts: facts('1', 'acme/shop') });
        await record(store, [prompt('a')], { facts: facts('2', 'acme/other'), principal: 'bob' });
        store.clock.time += 1_000;
        await record(store, [prompt('a')], { facts: facts('3') });
        await record(store, [prompt('b')], { facts: facts('1', 'acme/other') });
        const ids = async (filter: Parameters<typeof store.sessions.list>[0]) =>
          (await store.sessions.list(filter)).map(({ id }) => id);
        assert.deepEqual(await ids({}), [3, 2, 1]);
        assert.deepEqual(await ids({ principal: 'alice' }), [3, 1]);
        assert.deepEqual(await ids({ repo: 'acme/other' }), [2, 1]);
        assert.deepEqual(await ids({ since: 1_001_000 }), [3, 1]);
        assert.deepEqual(await ids({ limit: 1, before: 3 }), [2]);
        assert.deepEqual(await ids({ repo: 'acme/\udc80' }), []);
        assert.deepEqual((await store.sessions.list({}))[2]?.repos, ['acme/other', 'acme/shop']);
        assert.equal(await store.sessions.find('alice', 's_0'), undefined);
      });
    });

    describe('events', () => {
      it('come in pages', async (t) => {
        const store = await open(t);
        await record(
          store,
          ['a', 'b', 'c'].map((id) => prompt(id)),
        );
        const seen: string[] = [];
        let after = 0;
        for (;;) {
          const [one] = await store.sessions.events({ id: 1 }, { after, limit: 1 });
          if (one === undefined) break;
          seen.push(one.event.id);
          after = one.position;
        }
        assert.deepEqual(seen, ['a', 'b', 'c']);
      });

      it('come in smaller pages when their texts are long, and never in empty ones', async (t) => {
        const store = await open(t);
        const long = 'word '.repeat(600_000);
        await record(
          store,
          ['a', 'b', 'c'].map((id) => prompt(id, long + id)),
        );
        const page = await store.sessions.events({ id: 1 }, {});
        assert.ok(page.length >= 1 && page.length < 3, `${page.length}`);
      });
    });

    describe('records of commits', () => {
      it('are those of the principals asked for, with the digests of their prompts', async (t) => {
        const store = await open(t);
        const files = [{ path: 'src/a.ts', blob: BLOB, ranges: [[1, 2]], promptId: 'b' }];
        await record(store, [commit('a', { files }), prompt('b')], {
          signedBy: 'SHA256:x',
          facts: { ...FACTS, model: 'm' },
        });
        await record(store, [commit('a')], { principal: 'bob' });
        const records = await store.sessions.commitRecords(['alice', 'carol'], [COMMIT, BLOB]);
        assert.deepEqual(records, [
          {
            principal: 'alice',
            codingAgent: 'claude-code',
            model: 'm',
            session: 'conversation-1',
            commit: COMMIT,
            receivedAt: 1_000_000,
            signedBy: 'SHA256:x',
            files: [{ path: 'src/a.ts', blob: BLOB, ranges: [[1, 2]], promptDigest: DIGEST }],
          },
        ]);
        assert.deepEqual(await store.sessions.commitRecords(['alice'], [BLOB]), []);
        assert.deepEqual(await store.sessions.commitRecords([], [COMMIT]), []);
        assert.equal((await store.sessions.commitRecords(['alice', 'bob'], [COMMIT])).length, 2);
      });
    });

    describe('output', () => {
      it('is found by any of its lines, with what is known of it', async (t) => {
        const store = await open(t);
        await record(store, [prompt('p'), edit('a', LINES, { promptId: 'p' })], { facts: { ...FACTS, model: 'm' } });
        const [found, ...others] = await outputs(store, ['something else', LINES[1] as string]);
        assert.deepEqual(others, []);
        assert.deepEqual(found, {
          ...{ id: '1', principal: 'alice', codingAgent: 'claude-code', session: 'conversation-1', model: 'm' },
          ...{ promptDigest: DIGEST, at: 1_000_000, path: 'src/a.ts', lines: LINES },
          witness: { by: 'sender' },
        });
      });

      it('names the key that signed its record', async (t) => {
        const store = await open(t);
        await record(store, [edit('a', LINES)], { signedBy: 'SHA256:x' });
        assert.deepEqual((await outputs(store, LINES))[0]?.witness, { by: 'key', fingerprint: 'SHA256:x' });
      });

      it('is that of the people asked for, received since', async (t) => {
        const store = await open(t);
        await record(store, [edit('a', LINES, { userModified: true })], { principal: 'bob' });
        assert.deepEqual(await outputs(store, LINES), []);
        assert.equal((await outputs(store, LINES, ['alice', 'bob']))[0]?.isUserModified, true);
        assert.equal((await outputs(store, LINES, ['bob'], 1_000_000)).length, 1);
        assert.deepEqual(await outputs(store, LINES, ['bob'], 1_000_001), []);
        assert.deepEqual(await Promise.all([['bob'], ['alice'], []].map((who) => store.sessions.hasOutput(who, 0))), [
          true,
          false,
          false,
        ]);
        assert.equal(await store.sessions.hasOutput(['bob'], 1_000_001), false);
      });

      it('that fits best comes first', async (t) => {
        const store = await open(t);
        await record(store, [
          edit('a', LINES.slice(0, 1)),
          edit('b', LINES),
          edit('c', ['const other = thing(else);']),
        ]);
        assert.deepEqual(
          (await outputs(store, LINES)).map(({ id }) => id),
          ['2', '1'],
        );
      });

      it('is not found by what says nothing', async (t) => {
        const store = await open(t);
        await record(store, [edit('a', ['}', '', '});'])]);
        assert.deepEqual(await outputs(store, ['}', '', '});']), []);
        assert.equal(await store.sessions.hasOutput(['alice'], 0), false);
      });
    });

    describe('expiry', () => {
      it('removes what was received before, with all that hangs on it, and leaves the rest', async (t) => {
        const store = await open(t);
        await record(store, [prompt('a', 'both'), edit('b'), commit('c')]);
        const facts = { ...FACTS, conversation: 'gone' };
        await record(store, [prompt('a', 'gone'), edit('b', ['const gone = with(it);'])], { facts });
        store.clock.time += 1_000;
        await record(store, [prompt('d', 'both'), edit('e', [...LINES, 'more(ofIt);'])]);
        assert.equal(await store.sessions.expire(1_000_001, 0, REMOVED), 5);
        const kept = await store.reopen();
        assert.deepEqual(await eventsOf(kept), [prompt('d', 'both'), edit('e', [...LINES, 'more(ofIt);'])]);
        assert.deepEqual(
          (await kept.sessions.list({})).map(({ id }) => id),
          [1],
        );
        assert.deepEqual(
          (await outputs(kept, LINES)).map(({ id }) => id),
          ['3'],
        );
        assert.deepEqual(await kept.sessions.commitRecords(['alice'], [COMMIT]), []);
        assert.equal(await kept.sessions.expire(1_000_001, 0, REMOVED), 0);
        assert.deepEqual(await entries(kept), ['ai.session-recorded', 'ai.session-recorded', 'ai.sessions-removed']);
      });

      it('takes output from the index before it takes it from the session', async (t) => {
        const store = await open(t);
        await record(store, [edit('a')]);
        assert.equal(await store.sessions.expire(0, 1_000_001, REMOVED), 0);
        assert.deepEqual(await outputs(store, LINES), []);
        assert.equal(await store.sessions.hasOutput(['alice'], 0), false);
        assert.deepEqual(await eventsOf(store), [edit('a')]);
        assert.deepEqual(await entries(store), ['ai.session-recorded']);
      });

      it('of many takes all', async (t) => {
        const store = await open(t);
        for (let i = 0; i < 3; i++)
          await record(
            store,
            Array.from({ length: 700 }, (_, j) => edit(`${i}-${j}`, [`const line${i * 700 + j} = some(thing);`])),
          );
        assert.equal(await store.sessions.expire(2_000_000, 2_000_000, REMOVED), 2_100);
        assert.deepEqual(await store.sessions.list({}), []);
      });

      it('lets a session begin anew', async (t) => {
        const store = await open(t);
        await record(store, [prompt('a')]);
        await store.sessions.expire(2_000_000, 2_000_000, REMOVED);
        assert.deepEqual(await record(store, [prompt('a')]), { accepted: 1, known: 0 });
        assert.deepEqual(await eventsOf(store), [prompt('a')]);
      });
    });
  });
}
