import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { combineLines } from '../../../../src/domain/attribution/combine/combine-lines.ts';
import { type Decision, UNKNOWN } from '../../../../src/domain/attribution/combine/decide.ts';
import { weigh } from '../../../../src/domain/attribution/combine/weighed.ts';
import type { Evidence, LineRange, Tier } from '../../../../src/domain/attribution/evidence.ts';
import { evidence } from '../sample.ts';

const CLAUDE = 'claude-code';
const CODEX = 'openai-codex';

/** A claim about lines 1 to 2, unless it says which. */
function note(
  agent: string,
  tier: Tier = 'E3',
  more: Partial<Evidence> = {},
  claim: Partial<Evidence['claim']> = {},
): Evidence {
  return evidence(agent, { kind: 'git-ai-note', tier, target: { ranges: [{ start: 1, end: 2 }] }, ...more }, claim);
}

const DECLARED: Decision = { state: 'declared', tier: 'E2', evidence: [9] };
const BY_KEY: Decision = { state: 'declared', tier: 'E4', evidence: [9] };

/** [title, evidence, base, state of line 1, its tier, its evidence] */
const LINES: readonly (readonly [
  string,
  readonly Evidence[],
  Decision,
  string,
  Tier | undefined,
  readonly number[],
])[] = [
  ['nothing speaks for it: unknown, not human', [], UNKNOWN, 'unknown', undefined, []],
  ['a consistent note makes it ai', [note(CLAUDE)], UNKNOWN, 'ai', 'E3', [0]],
  ['a human note makes it human-attested', [note('human:Ada')], UNKNOWN, 'human-attested', 'E3', [0]],
  ['two agents of one tier are disputed, both shown', [note(CLAUDE), note(CODEX)], UNKNOWN, 'disputed', 'E3', [0, 1]],
  [
    'a machine and a human of one tier are disputed',
    [note(CLAUDE), note('human:Ada')],
    UNKNOWN,
    'disputed',
    'E3',
    [0, 1],
  ],
  ['the higher tier wins, and stands alone', [note(CODEX), note(CLAUDE, 'E5')], UNKNOWN, 'ai', 'E5', [1]],
  ['what agrees with it is shown, best first', [note(CLAUDE), note(CLAUDE, 'E5')], UNKNOWN, 'ai', 'E5', [1, 0]],
  ['observed beats attested', [note('human:Ada'), note(CLAUDE, 'E5')], UNKNOWN, 'ai', 'E5', [1]],
  ['an agent nobody names is no dispute', [note('unknown-ai'), note(CLAUDE)], UNKNOWN, 'ai', 'E3', [0, 1]],
  ['edited afterwards: mixed', [note(CLAUDE, 'E5', {}, { by: 'mixed' })], UNKNOWN, 'mixed', 'E5', [0]],
  [
    'said to be whole and edited: mixed',
    [note(CLAUDE), note(CLAUDE, 'E3', {}, { by: 'mixed' })],
    UNKNOWN,
    'mixed',
    'E3',
    [0, 1],
  ],
  ['a part of a line: mixed', [note(CLAUDE, 'E3', { isPartial: true })], UNKNOWN, 'mixed', 'E3', [0]],
  [
    'a contradicted note is a hint, and hints say nothing of lines',
    [note(CLAUDE, 'E3', { verifier: 'contradicted' })],
    UNKNOWN,
    'unknown',
    undefined,
    [],
  ],
  ['a hint says nothing of lines', [note(CLAUDE, 'E1')], UNKNOWN, 'unknown', undefined, []],
  ['a record that only declares makes it declared', [note(CLAUDE, 'E2')], UNKNOWN, 'declared', 'E2', [0]],
  [
    'a bot that is no coding agent says nothing',
    [note('dependabot', 'E3', {}, { by: 'automation' })],
    UNKNOWN,
    'unknown',
    undefined,
    [],
  ],
  ['a note wins over what the commit declares', [note(CODEX)], DECLARED, 'ai', 'E3', [0]],
  ['a human note wins over what the commit declares', [note('human:Ada')], DECLARED, 'human-attested', 'E3', [0]],
  ['a human note does not win over an authenticated agent', [note('human:Ada')], BY_KEY, 'declared', 'E4', [9]],
  ['a note for an agent wins over another authenticated agent', [note(CODEX)], BY_KEY, 'ai', 'E3', [0]],
  [
    'a carried trailer declares the lines it came with',
    [note(CLAUDE, 'E2', { kind: 'trailer', scope: 'commit', isPartial: true })],
    UNKNOWN,
    'declared',
    'E2',
    [0],
  ],
  [
    'a carried key declares and proves nothing',
    [note(CLAUDE, 'E4', { kind: 'principal', scope: 'commit' })],
    UNKNOWN,
    'declared',
    'E4',
    [0],
  ],
];

for (const [title, items, base, state, tier, shown] of LINES) {
  test(title, () => {
    const { ranges, counts } = combineLines([{ start: 1, end: 1 }], items.map(weigh), base);
    const line = { start: 1, end: 1, state, evidence: shown };
    assert.deepEqual(ranges, [tier === undefined ? line : { ...line, tier }]);
    assert.equal(counts[ranges[0]?.state ?? 'unknown'], 1);
  });
}

const range = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 12 }));
const apart = fc.array(range, { maxLength: 6 }).map((pairs): LineRange[] => {
  const ranges: LineRange[] = [];
  let from = 0;
  for (const [gap, length] of pairs) {
    ranges.push({ start: from + gap + 1, end: from + gap + 1 + length });
    from += gap + length + 2;
  }
  return ranges;
});
const claim = fc
  .tuple(fc.constantFrom(CLAUDE, CODEX, 'human:Ada'), fc.constantFrom<Tier>('E1', 'E3', 'E5'), apart)
  .map(([agent, tier, ranges]) => note(agent, tier, { target: { ranges } }));

const holds = (ranges: readonly LineRange[], line: number) =>
  ranges.some(({ start, end }) => start <= line && line <= end);

test('every added line is in one range, no other line is, and each is as if it stood alone', () => {
  fc.assert(
    fc.property(apart, fc.array(claim, { maxLength: 8 }), (added, items) => {
      const claims = items.map(weigh);
      const { ranges } = combineLines(added, claims, UNKNOWN);
      for (let line = 1; line < 400; line++) {
        const found = ranges.filter(({ start, end }) => start <= line && line <= end);
        assert.equal(found.length, holds(added, line) ? 1 : 0);
        if (found[0] === undefined) continue;
        const alone = claims.filter(({ item }) => holds(item.target.ranges ?? [], line));
        const [only] = combineLines([{ start: line, end: line }], alone, UNKNOWN).ranges;
        assert.deepEqual({ ...found[0], start: line, end: line }, only);
      }
      assert.deepEqual(
        ranges,
        ranges.toSorted((a, b) => a.start - b.start),
      );
    }),
    { numRuns: 60 },
  );
});

test('ten thousand claims about the same lines cost little', () => {
  const everyOther = Array.from({ length: 200 }, (_, at) => ({ start: at * 50 + 1, end: at * 50 + 25 }));
  const claims = Array.from({ length: 10_000 }, (_, at) =>
    note(`agent-${at}`, 'E3', { target: { ranges: everyOther } }),
  );
  const began = process.cpuUsage();
  const { counts } = combineLines([{ start: 1, end: 10_000 }], claims.map(weigh), UNKNOWN);
  assert.deepEqual([counts.disputed, counts.unknown], [5_000, 5_000]);
  assert.ok(process.cpuUsage(began).user < 3e6);
});
