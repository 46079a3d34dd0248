import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { LineRange } from '../../../../src/domain/attribution/evidence.ts';
import {
  countLines,
  cutTo,
  joinedLines,
  joinRanges,
  lastWins,
  rangesOf,
  without,
} from '../../../../src/domain/attribution/lines/line-ranges.ts';
import { formatRanges, parseRanges } from '../../../../src/domain/attribution/notes/range-text.ts';
import { arbitraryRanges } from '../notes/arbitrary-note.ts';

/** Any order, overlapping, touching. */
const anyRanges = fc.array(
  fc
    .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 12 }))
    .map(([start, more]) => ({ start, end: start + more })),
  { maxLength: 10 },
);

describe('line ranges', () => {
  it('are the same set after being joined, ascending and apart', () => {
    fc.assert(
      fc.property(anyRanges, (ranges) => {
        const joined = joinRanges(ranges);
        assert.deepEqual(
          linesOf(joined),
          [...new Set(linesOf(ranges))].sort((a, b) => a - b),
        );
        for (const [at, { start, end }] of joined.entries()) {
          assert.ok(start <= end && start > (joined[at - 1]?.end ?? -1) + 1);
        }
      }),
    );
  });

  it('survive being written and read', () => {
    fc.assert(
      fc.property(arbitraryRanges(), (ranges) => {
        const budget = { left: 100 };
        assert.deepEqual(parseRanges(formatRanges(ranges), budget), ranges);
        assert.equal(budget.left, 100 - ranges.length);
      }),
    );
  });

  it('have in common what both have', () => {
    fc.assert(
      fc.property(anyRanges, anyRanges, (one, other) => {
        const both = cutTo(joinRanges(one), joinRanges(other));
        const others = new Set(linesOf(other));
        assert.deepEqual(
          linesOf(both),
          linesOf(joinRanges(one)).filter((line) => others.has(line)),
        );
        assert.equal(countLines(both), linesOf(both).length);
      }),
    );
  });

  it('less what another has', () => {
    fc.assert(
      fc.property(anyRanges, anyRanges, (one, other) => {
        const others = new Set(linesOf(other));
        assert.deepEqual(
          linesOf(without(joinRanges(one), joinRanges(other))),
          linesOf(joinRanges(one)).filter((line) => !others.has(line)),
        );
      }),
    );
  });

  it('are the same from flags, and from lines in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 80 })), (lines) => {
        const flags = new Uint8Array(80);
        for (const line of lines) flags[line - 1] = 1;
        const expected = joinRanges(lines.map((line) => ({ start: line, end: line })));
        assert.deepEqual(joinedLines(lines), expected);
        assert.deepEqual(rangesOf(flags), expected);
      }),
    );
  });

  it('of several sets each line goes to the last that has it', () => {
    fc.assert(
      fc.property(fc.array(anyRanges, { maxLength: 8 }), (sets) => {
        const owners = new Map(sets.flatMap((set, index) => linesOf(set).map((line) => [line, index] as const)));
        const expected = sets.map((_set, index) =>
          [...owners]
            .filter(([, owner]) => owner === index)
            .map(([line]) => line)
            .sort((a, b) => a - b),
        );
        assert.deepEqual(lastWins(sets).map(linesOf), expected);
      }),
    );
  });

  it('are given to the last set in the time of sorting, however much they overlap', () => {
    const sets = Array.from({ length: 50_000 }, (_, at) => [{ start: at + 1, end: 4_000_000_000 - at }]);
    const started = performance.now();
    const won = lastWins(sets);
    assert.ok(performance.now() - started < 2000);
    assert.deepEqual(won.at(-1), sets.at(-1));
    assert.deepEqual(won[0], [
      { start: 1, end: 1 },
      { start: 4_000_000_000, end: 4_000_000_000 },
    ]);
  });

  it('cannot be more than the budget says', () => {
    assert.throws(() => parseRanges('1,2,3', { left: 2 }), { code: 'limit-exceeded' });
  });
});

function linesOf(ranges: readonly LineRange[]): number[] {
  return ranges.flatMap(({ start, end }) => Array.from({ length: end - start + 1 }, (_, at) => start + at));
}
