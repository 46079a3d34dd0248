import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type RetentionParts, removeOldRecordings } from '../../src/conversation/retention.ts';
import type { RecordedEntry, TrailEntry } from '../../src/domain/audit/entry.ts';
import type { Push, PushState } from '../../src/domain/push/push.ts';

const DAY = 86_400_000;
const NOW = 100 * DAY;

type Kept = Pick<Push, 'state'> & Partial<Pick<Push, 'createdAt' | 'decidedAt' | 'landedAt' | 'expiresAt'>>;

/** Recordings of these pushes, and what a sweep that keeps them for ten days leaves of them. */
function shelf(pushes: Readonly<Record<number, Kept | undefined>>) {
  const left = new Set(Object.keys(pushes).map(Number));
  const entries: TrailEntry[] = [];
  const parts: RetentionParts = {
    clock: { now: () => NOW },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    pushes: {
      find: async (id) => (pushes[id] === undefined ? undefined : ({ id, createdAt: 0, ...pushes[id] } as Push)),
    },
    recordings: {
      ids: async () => [...left],
      async remove(id) {
        const named = entries.flatMap(({ body }) => body['pushes'] as readonly number[]);
        assert.ok(named.includes(id), `recording ${id} goes before the trail says so`);
        left.delete(id);
      },
    },
    trail: {
      async append(entry) {
        entries.push(entry);
        return { ...entry, index: 0, at: NOW, previous: '', hash: '' } satisfies RecordedEntry;
      },
    },
  };
  return { sweep: () => removeOldRecordings(parts, 10 * DAY), left: () => [...left], entries };
}

describe('recordings that need not be kept', () => {
  const over: readonly PushState[] = ['refused', 'rejected', 'withdrawn', 'superseded', 'landed', 'declined', 'stale'];
  const open: readonly PushState[] = ['receiving', 'held', 'relaying', 'unknown'];

  for (const state of over) {
    test(`of a push that is ${state} go when its time is over, not before`, async () => {
      const { sweep, left } = shelf({ 1: { state, decidedAt: 89 * DAY }, 2: { state, decidedAt: 91 * DAY } });
      assert.equal(await sweep(), 1);
      assert.deepEqual(left(), [2]);
    });
  }

  for (const state of open) {
    test(`of a push that is ${state} stay, however old it is`, async () => {
      const { sweep, left, entries } = shelf({ 1: { state } });
      assert.equal(await sweep(), 0);
      assert.deepEqual([left(), entries], [[1], []]);
    });
  }

  test('of a push that landed, or expired, long after it was decided count from its end', async () => {
    const { sweep, left } = shelf({
      1: { state: 'landed', decidedAt: DAY, landedAt: 95 * DAY },
      2: { state: 'expired', decidedAt: DAY, expiresAt: 95 * DAY },
    });
    assert.equal(await sweep(), 0);
    assert.deepEqual(left(), [1, 2]);
  });

  test('of no push that the store knows stay: somebody may have put back an old store', async () => {
    const { sweep, left } = shelf({ 7: undefined });
    assert.equal(await sweep(), 0);
    assert.deepEqual(left(), [7]);
  });

  test('are named in the trail first, so many in one entry', async () => {
    const many = Object.fromEntries(Array.from({ length: 1200 }, (_, at) => [at + 1, { state: 'landed' as const }]));
    const { sweep, left, entries } = shelf(many);
    assert.equal(await sweep(), 1200);
    assert.deepEqual(left(), []);
    assert.deepEqual(
      entries.map(({ type, body }) => [type, (body['pushes'] as readonly number[]).length, body['endedBefore']]),
      [500, 500, 200].map((count) => ['recordings.removed', count, 90 * DAY]),
    );
  });
});
