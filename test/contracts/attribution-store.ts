// What every AttributionStore promises (src/domain/ports.ts).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_LINES, type PushAttribution } from '../../src/domain/attribution/attribution.ts';
import type { CarriedRow } from '../../src/domain/attribution/carry/carried-row.ts';
import type { Evidence } from '../../src/domain/attribution/evidence.ts';
import { type AttributionSummary, summaryOf } from '../../src/domain/attribution/summary.ts';
import type { TrailEntry } from '../../src/domain/audit/entry.ts';
import type { AttributionCause, RepoKey } from '../../src/domain/ports.ts';
import type { PushId } from '../../src/domain/push/push.ts';
import { evidence } from '../domain/attribution/sample.ts';
import { sampleSecret } from '../support/sample-secret.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';

const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];
const SHOP = { upstream: 'main', repo: 'acme/shop' };
const OTHERS: readonly RepoKey[] = [
  { upstream: 'main', repo: 'acme/other' },
  { upstream: 'other', repo: 'acme/shop' },
  { upstream: 'main', repo: 'acme/\udc80' },
];
const TOKEN = sampleSecret('github-personal-access-token');

const entry: TrailEntry = { type: 'push.attributed', repo: SHOP.repo, body: { cause: 'notes' } };

async function push(store: StoreUnderTest, commits: readonly string[] = [], key: RepoKey = SHOP): Promise<PushId> {
  const received = { type: 'push.received', repo: key.repo, body: {} } as const;
  const { id } = await store.pushes.receive(
    {
      address: { ...key, path: `${key.repo}.git` },
      objectFormat: 'sha1',
      principal: { name: 'alice', kind: 'human' },
      updates: [{ refName: 'refs/heads/main', oldOid: A, newOid: B, kind: 'fast-forward' }],
      pushOptions: [],
      createdAt: 1000,
    },
    'gateway-1',
    received,
  );
  const held = { type: 'push.held', repo: key.repo, body: {} } as const;
  await store.pushes.transition({ id, from: ['receiving'], to: 'held', commits, entry: held });
  return id;
}

/** Of one commit, with as many lines of a machine's. */
function attribution(lines: number, items: readonly Evidence[] = []): PushAttribution {
  const counts = { ...NO_LINES, ai: lines };
  const commit = { oid: A, kind: 'ordinary', codingAgents: [], evidence: [], generated: NO_LINES, files: [] } as const;
  return {
    version: 1,
    ruleSet: 'rules',
    evidence: items,
    commits: [{ ...commit, lines: counts }],
    lines: counts,
    generated: NO_LINES,
    codingAgents: [],
    unseen: [{ commit: A, path: 'caf\udce9', why: 'too large' }],
  };
}

function answer(cause: AttributionCause, known: PushAttribution) {
  const summary: AttributionSummary = summaryOf(known);
  return { cause, summary, attribution: known };
}

function row(changes: Partial<CarriedRow> = {}): CarriedRow {
  return {
    version: 1,
    commit: A,
    patchId: 'p1',
    path: 'src/a.ts',
    name: 'a.ts',
    filePatchId: 'f1',
    hashes: Buffer.from('0123456789abcdef'),
    lines: Buffer.from([1, 2, 3, 4]),
    claims: { evidence: [evidence('claude-code', { kind: 'trailer', tier: 'E2' })], owners: [[0]] },
    ...changes,
  };
}

export function attributionStoreContract(name: string, open: OpenStore): void {
  describe(`AttributionStore over ${name}`, () => {
    describe('answers', () => {
      it('stand beside the earlier ones; the latest is shown with the push', async (t) => {
        const store = await open(t);
        const id = await push(store);
        assert.equal(await store.attributions.latest(id), undefined);
        assert.equal((await store.pushes.find(id))?.attribution, undefined);
        for (const [at, cause] of (['objects', 'notes', 'session'] as const).entries()) {
          store.clock.time += 1000;
          assert.equal(await store.attributions.revise(id, answer(cause, attribution(at + 1)), entry), true);
          const latest = await store.attributions.latest(id);
          assert.deepEqual([latest?.revision, latest?.cause, latest?.at], [at + 1, cause, store.clock.time]);
          assert.deepEqual(latest?.attribution, attribution(at + 1));
          assert.deepEqual((await store.pushes.find(id))?.attribution, summaryOf(attribution(at + 1)));
        }
        const again = await store.reopen();
        assert.equal((await again.attributions.latest(id))?.revision, 3);
        assert.equal((await again.trail.search({ types: ['push.attributed'], pushId: id })).length, 3);
      });

      it('of no push are not kept, nor written to the trail', async (t) => {
        const store = await open(t);
        assert.equal(await store.attributions.revise(7, answer('notes', attribution(1)), entry), false);
        assert.deepEqual(await store.trail.search({ types: ['push.attributed'] }), []);
        for (const id of [7, 0, -1, 0.5, Number.NaN]) assert.equal(await store.attributions.latest(id), undefined);
      });

      it('that come at once are numbered one after the other', async (t) => {
        const store = await open(t);
        const id = await push(store);
        const all = Array.from({ length: 12 }, (_, at) => answer('notes', attribution(at)));
        assert.ok((await Promise.all(all.map((one) => store.attributions.revise(id, one, entry)))).every(Boolean));
        const latest = await store.attributions.latest(id);
        assert.equal(latest?.revision, 12);
        assert.equal((await store.pushes.find(id))?.attribution?.lines.ai, latest?.attribution.lines.ai);
      });

      it('show no secret that stood in what was read', async (t) => {
        const store = await open(t);
        const id = await push(store);
        const item = evidence('claude-code', { kind: 'footer', tier: 'E2' });
        const telling = { ...item, source: { ...item.source, raw: `made with ${TOKEN}` } };
        await store.attributions.revise(id, answer('notes', attribution(1, [telling])), entry);
        const raw = (await store.attributions.latest(id))?.attribution.evidence[0]?.source.raw ?? '';
        assert.match(raw, /^made with /);
        assert.ok(!raw.includes(TOKEN));
        const claims = { evidence: [telling], owners: [[0]] };
        await store.attributions.remember(SHOP, { push: id, rows: [row({ claims })], notes: [] });
        const rows = await store.attributions.remembered(SHOP, { patchIds: ['p1'], names: [] });
        assert.ok(!JSON.stringify(rows).includes(TOKEN));
      });
    });

    describe('what is remembered', () => {
      it('is found by its patch and by the names of its files, as it was', async (t) => {
        const store = await open(t);
        const id = await push(store);
        const { path: _, name: __, filePatchId: ___, ...whole } = row({ commit: B, patchId: 'p2' });
        const rows = [row(), row({ path: 'caf\udce9/b.ts', name: 'b.ts' }), whole];
        await store.attributions.remember(SHOP, { push: id, rows, notes: [] });
        const again = await store.reopen();
        const found = async (patchIds: readonly string[], names: readonly string[]) =>
          (await again.attributions.remembered(SHOP, { patchIds, names })).map(({ commit, path }) => [commit, path]);
        assert.deepEqual(await again.attributions.remembered(SHOP, { patchIds: ['p2'], names: [] }), [whole]);
        assert.deepEqual(await again.attributions.remembered(SHOP, { patchIds: [], names: ['a.ts'] }), [row()]);
        assert.deepEqual(await found(['p1'], ['b.ts']), [
          [A, 'caf\udce9/b.ts'],
          [A, 'src/a.ts'],
        ]);
        assert.deepEqual(await found([], []), []);
        assert.deepEqual(await found(['p9'], ['src/a.ts']), []);
      });

      it('is of one repository of one upstream', async (t) => {
        const store = await open(t);
        await store.attributions.remember(SHOP, {
          push: await push(store),
          rows: [row()],
          notes: [{ ref: 'refs/notes/ai', about: A, blob: B }],
        });
        for (const key of OTHERS) {
          assert.deepEqual(await store.attributions.remembered(key, { patchIds: ['p1'], names: ['a.ts'] }), []);
          assert.deepEqual(await store.attributions.notesAbout(key, [A]), []);
        }
      });

      it('of a commit that is looked at again is what is known then', async (t) => {
        const store = await open(t);
        const [first, second] = [await push(store), await push(store)];
        await store.attributions.remember(SHOP, { push: first, rows: [row()], notes: [] });
        const better = row({
          claims: { evidence: [evidence('cursor', { kind: 'git-ai-note', tier: 'E3' })], owners: [[0]] },
        });
        await store.attributions.remember(SHOP, { push: second, rows: [better], notes: [] });
        assert.deepEqual(await store.attributions.remembered(SHOP, { patchIds: ['p1'], names: [] }), [better]);
      });

      it('is a bounded number of the newest', async (t) => {
        const store = await open(t);
        const rows = Array.from({ length: 2_100 }, (_, at) => row({ path: `${at}/a.ts`, hashes: Buffer.alloc(8, at) }));
        await store.attributions.remember(SHOP, { push: await push(store), rows, notes: [] });
        const found = await store.attributions.remembered(SHOP, { patchIds: [], names: ['a.ts'] });
        assert.equal(found.length, 2_000);
        assert.equal(found[0]?.path, '2099/a.ts');
      });

      it('is forgotten when it is older than asked for', async (t) => {
        const store = await open(t);
        const id = await push(store);
        await store.attributions.remember(SHOP, { push: id, rows: [row()], notes: [] });
        store.clock.time += 1000;
        await store.attributions.remember(SHOP, { push: id, rows: [row({ commit: B, patchId: 'p2' })], notes: [] });
        await store.attributions.forget(store.clock.time);
        const found = await store.attributions.remembered(SHOP, { patchIds: ['p1', 'p2'], names: ['a.ts'] });
        assert.deepEqual(
          found.map(({ commit }) => commit),
          [B],
        );
      });
    });

    describe('notes', () => {
      it('are found by the commits they are about, once however often they come', async (t) => {
        const store = await open(t);
        const note = (about: string, ref = 'refs/notes/ai') => ({ ref, about, blob: C });
        const notes = [note(A), note(B), note(A, 'refs/notes/agent-trace'), note(A, 'refs/notes/ai-\udc80')];
        for (const id of [await push(store), await push(store)]) {
          await store.attributions.remember(SHOP, { push: id, rows: [], notes });
        }
        const many = Array.from({ length: 40_000 }, (_, at) => at.toString(16).padStart(40, '0'));
        const found = await store.attributions.notesAbout(SHOP, [...many, A]);
        assert.deepEqual(found.map(({ ref }) => ref).toSorted(), ['refs/notes/agent-trace', 'refs/notes/ai']);
        assert.deepEqual({ ...(await store.attributions.notesAbout(SHOP, [B]))[0] }, note(B));
        assert.deepEqual(await store.attributions.notesAbout(SHOP, []), []);
      });
    });

    describe('pushes', () => {
      it('are found by the commits they brought, newest first, in one repository or in all', async (t) => {
        const store = await open(t);
        const [other] = OTHERS as [RepoKey];
        const ids = [await push(store, [A, B]), await push(store, [B]), await push(store, [B], other)];
        const [first, second, third] = ids as [PushId, PushId, PushId];
        assert.deepEqual(await store.attributions.pushesOf(SHOP, [B]), [second, first]);
        assert.deepEqual(await store.attributions.pushesOf(SHOP, [A, B]), [second, first]);
        assert.deepEqual(await store.attributions.pushesOf(undefined, [B]), [third, second, first]);
        assert.deepEqual(await store.attributions.pushesOf(other, [A]), []);
        assert.deepEqual(await store.attributions.pushesOf(SHOP, []), []);
      });
    });
  });
}
