import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withGiven } from '../../../src/domain/push/given.ts';
import type { Approval } from '../../../src/domain/push/push.ts';
import type { Requirement } from '../../../src/domain/push/verdict.ts';

const BINDING = 'b'.repeat(64);

function approval(by: string, groups: string[], changes: Partial<Approval> = {}): Approval {
  return { by, at: 1, decision: 'approve', comment: '', groups, binding: BINDING, ...changes };
}

function requirement(group: string, count: number): Requirement {
  return { group, count, given: 0, rules: ['r'] };
}

function given(requirements: Requirement[], approvals: Approval[]): number[] {
  return withGiven(requirements, approvals, BINDING).map((one) => one.given);
}

describe('withGiven', () => {
  const cases: readonly [string, Requirement[], Approval[], number[]][] = [
    ['nothing asked, nothing given', [], [approval('bob', ['sre'])], []],
    ['one of one', [requirement('sre', 1)], [approval('bob', ['sre'])], [1]],
    ['somebody of another group counts for nothing', [requirement('sre', 1)], [approval('eve', ['dev'])], [0]],
    ['no more than asked', [requirement('sre', 1)], [approval('bob', ['sre']), approval('ann', ['sre'])], [1]],
    ['a rejection is no approval', [requirement('sre', 1)], [approval('bob', ['sre'], { decision: 'reject' })], [0]],
    ['an approval of something else', [requirement('sre', 1)], [approval('bob', ['sre'], { binding: 'c' })], [0]],
    [
      'one person in both groups fills one slot',
      [requirement('sre', 1), requirement('dev', 1)],
      [approval('bob', ['sre', 'dev'])],
      [1, 0],
    ],
    [
      'whoever is in both groups makes room for somebody who is in one',
      [requirement('sre', 1), requirement('dev', 1)],
      [approval('bob', ['sre', 'dev']), approval('ann', ['sre'])],
      [1, 1],
    ],
    [
      'room is made along a chain of three groups',
      [requirement('a', 1), requirement('b', 1), requirement('c', 1)],
      [approval('x', ['a', 'b']), approval('y', ['b', 'c']), approval('z', ['a']), approval('w', ['b'])],
      [1, 1, 1],
    ],
    [
      'named owners fill a slot instead of the group',
      [{ ...requirement('sre or @bob', 2), anyOf: [{ group: 'sre' }, { user: 'bob' }] }],
      [approval('bob', []), approval('ann', ['sre']), approval('eve', ['sre or @bob']), approval('Bob', [])],
      [2],
    ],
    [
      'two records of one name are one person',
      [requirement('sre', 2)],
      [approval('bob', ['sre']), approval('bob', ['sre'])],
      [1],
    ],
    [
      'the same group asked for twice needs two people',
      [requirement('sre', 1), requirement('sre', 1)],
      [approval('bob', ['sre'])],
      [1, 0],
    ],
  ];
  for (const [name, requirements, approvals, expected] of cases) {
    it(name, () => assert.deepEqual(given(requirements, approvals), expected));
  }

  it('does not depend on the order of approvals in how many slots are filled', () => {
    const requirements = [requirement('a', 2), requirement('b', 1)];
    const people = [approval('x', ['a', 'b']), approval('y', ['a']), approval('z', ['a', 'b'])];
    for (const [i, j, k] of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ] as const) {
      const order = [people[i], people[j], people[k]] as Approval[];
      assert.deepEqual(given(requirements, order), [2, 1]);
    }
  });
});
