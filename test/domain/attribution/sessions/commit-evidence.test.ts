import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { AddedFile } from '../../../../src/domain/attribution/added-file.ts';
import type { LineRange } from '../../../../src/domain/attribution/evidence.ts';
import { hookEvidence } from '../../../../src/domain/attribution/sessions/commit-evidence.ts';
import type { RangePair } from '../../../../src/domain/attribution/sessions/session-event.ts';
import type { CommitRecord, RecordedFile } from '../../../../src/domain/attribution/sessions/session-record.ts';

const COMMIT = 'c'.repeat(40);
const BLOB = 'b'.repeat(40);

function file(added: readonly LineRange[], more: Partial<AddedFile> = {}): AddedFile {
  return { commit: COMMIT, path: 'a.ts', blob: BLOB, totalLines: 1_000, added, lines: [], isGenerated: false, ...more };
}

function record(
  ranges: readonly RangePair[],
  more: Partial<CommitRecord> = {},
  of: Partial<RecordedFile> = {},
): CommitRecord {
  return {
    principal: 'alice',
    codingAgent: 'claude-code',
    session: 'c-1',
    commit: COMMIT,
    files: [{ path: 'a.ts', blob: BLOB, ranges, ...of }],
    receivedAt: 1_000,
    ...more,
  };
}

const ADDED = [
  { start: 10, end: 20 },
  { start: 30, end: 100 },
];

describe('a record that fits its commit', () => {
  test('and is signed, is observed: says who, which prompt, and when it was received', () => {
    const more = { signedBy: 'SHA256:x', model: 'opus-4.6', toolVersion: '2', human: 'Alice <a@example.com>' };
    const [item, ...others] = hookEvidence([record([[12, 14]], more, { promptDigest: 'd'.repeat(64) })], [file(ADDED)]);
    assert.deepEqual(others, []);
    const { source, ...rest } = item ?? {};
    assert.deepEqual(rest, {
      kind: 'hook-record',
      tier: 'E5',
      verifier: 'verified',
      scope: 'line',
      target: { commit: COMMIT, path: 'a.ts', blob: BLOB, ranges: [{ start: 12, end: 14 }] },
      claim: {
        ...{ by: 'ai', codingAgent: 'claude-code', session: 'c-1', model: 'opus-4.6', toolVersion: '2' },
        ...{ promptDigest: 'd'.repeat(64), human: 'Alice <a@example.com>' },
      },
      observedAt: 1_000,
      principal: 'alice',
    });
    assert.deepEqual(
      [source?.field, source?.rule, source?.raw],
      ['session', 'hook-record/signed', `${COMMIT} ${BLOB} a.ts 12-14`],
    );
  });

  test('and is not signed, is a consistent record', () => {
    const [item] = hookEvidence([record([[12, 14]])], [file(ADDED)]);
    assert.deepEqual([item?.tier, item?.verifier, item?.scope], ['E3', 'consistent', 'line']);
  });

  for (const [what, ranges, expected] of [
    ['over a gap of one line or so', [[18, 22]], [[18, 20]]],
    [
      'over both added ranges, with a few lines between',
      [
        [10, 20],
        [28, 100],
      ],
      [
        [10, 20],
        [30, 100],
      ],
    ],
    [
      'in pieces that stand together',
      [
        [30, 40],
        [41, 50],
      ],
      [[30, 50]],
    ],
  ] as const) {
    test(`${what}: is of the added lines`, () => {
      const [item] = hookEvidence([record(ranges as unknown as RangePair[])], [file(ADDED)]);
      assert.deepEqual(
        item?.target.ranges,
        expected.map(([start, end]) => ({ start, end })),
      );
    });
  }
});

describe('a record that does not fit its commit is a hint, contradicted, and speaks of no line', () => {
  const signed = { signedBy: 'SHA256:x' };
  for (const [what, records, files] of [
    ['another version of the file', [record([[12, 14]], signed, { blob: 'e'.repeat(40) })], [file(ADDED)]],
    ['another file', [record([[12, 14]], signed, { path: 'b.ts' })], [file(ADDED)]],
    ['another commit', [record([[12, 14]], { ...signed, commit: 'e'.repeat(40) })], [file(ADDED)]],
    ['lines that were there before', [record([[200, 300]], signed)], [file(ADDED)]],
    ['the whole file', [record([[1, 1_000]], signed)], [file(ADDED)]],
    ['a file without added lines', [record([[12, 14]], signed)], [file([])]],
  ] as const) {
    test(what, () => {
      const [item] = hookEvidence(records, files);
      assert.deepEqual(
        [item?.tier, item?.verifier, item?.scope, item?.target.ranges],
        ['E1', 'contradicted', 'file', undefined],
      );
    });
  }
});

test('a file without lines of the agent is not spoken of', () => {
  assert.deepEqual(hookEvidence([record([])], [file(ADDED)]), []);
});

test('whatever is recorded, only added lines are spoken of', () => {
  const pairs = fc
    .uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 12 })
    .map((all) => all.toSorted((a, b) => a - b))
    .map((all) =>
      Array.from({ length: Math.floor(all.length / 2) }, (_, i) => [all[2 * i], all[2 * i + 1]] as [number, number]),
    );
  fc.assert(
    fc.property(pairs, pairs, (ranges, added) => {
      const lines = (all: readonly (readonly [number, number])[]) =>
        new Set(all.flatMap(([start, end]) => Array.from({ length: end - start + 1 }, (_, i) => start + i)));
      const [item] = hookEvidence([record(ranges)], [file(added.map(([start, end]) => ({ start, end })))]);
      const spoken = lines((item?.target.ranges ?? []).map(({ start, end }) => [start, end]));
      const isAdded = lines(added);
      const both = new Set([...lines(ranges)].filter((line) => isAdded.has(line)));
      assert.ok(spoken.size === 0 || (spoken.size === both.size && [...spoken].every((line) => both.has(line))));
    }),
  );
});
