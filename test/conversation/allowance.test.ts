import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type AllowanceLimits,
  createAllowance,
  type Given,
  type NoAllowance,
} from '../../src/conversation/allowance.ts';

const LIMITS: AllowanceLimits = { maxConcurrentPushes: 2, maxHeldBytes: 100, minFreeDisk: 1000 };

function open(held: Readonly<Record<string, number>> = {}, limits: Partial<AllowanceLimits> = {}) {
  const state = { free: 5000, held: { ...held } as Record<string, number> };
  const allowance = createAllowance({
    limits: { ...LIMITS, ...limits },
    pushes: { heldBytes: async (principal) => state.held[principal] ?? 0 },
    freeDisk: () => state.free,
  });
  return { allowance, state };
}

function given(answer: Given | NoAllowance): Given {
  assert.equal(answer.outcome, 'given');
  return answer as Given;
}

function ruleOf(answer: Given | NoAllowance): string {
  return answer.outcome === 'refused' ? answer.rule : 'given';
}

describe('pushes at once', () => {
  test('so many of one principal, and as many of each other', () => {
    const { allowance } = open();
    const answers = ['alice', 'alice', 'alice', 'bob', 'bob', 'bob'].map((name) => ruleOf(allowance.receive(name)));
    assert.deepEqual(answers, [
      'given',
      'given',
      'too many pushes at once',
      'given',
      'given',
      'too many pushes at once',
    ]);
  });

  test('one that has ended makes room for one, however often that is said', () => {
    const { allowance } = open();
    const first = given(allowance.receive('alice'));
    given(allowance.receive('alice'));
    first.giveBack();
    first.giveBack();
    given(allowance.receive('alice'));
    assert.equal(ruleOf(allowance.receive('alice')), 'too many pushes at once');
  });
});

describe('a disk', () => {
  test('with too little room takes nothing, and takes again when there is room', () => {
    const { allowance, state } = open();
    assert.equal(allowance.diskIsLow(), undefined);
    state.free = 999;
    assert.equal(allowance.diskIsLow()?.rule, 'no room');
    assert.equal(ruleOf(allowance.receive('alice')), 'no room');
    state.free = 1000;
    assert.equal(ruleOf(allowance.receive('alice')), 'given');
  });
});

describe('what holds keep', () => {
  const cases: readonly (readonly [string, held: number, bytes: number, freed: number, string])[] = [
    ['exactly as much as is allowed', 60, 40, 0, 'given'],
    ['one byte more', 60, 41, 0, 'too much is held'],
    ['more, in the place of one that it replaces', 90, 50, 60, 'given'],
    ['alone more than is allowed', 0, 101, 0, 'too much is held'],
  ];
  for (const [title, held, bytes, freed, expected] of cases) {
    test(title, async () => {
      const { allowance } = open({ alice: held });
      assert.equal(ruleOf(await allowance.hold('alice', bytes, freed)), expected);
    });
  }

  test('two at once do not both get the last room, and a refused one takes none', async () => {
    const { allowance, state } = open({ alice: 0, bob: 100 });
    const [first, second] = await Promise.all([allowance.hold('alice', 60, 0), allowance.hold('alice', 60, 0)]);
    assert.equal([first, second].filter((one) => one?.outcome === 'given').length <= 1, true);
    for (const one of [first, second]) if (one?.outcome === 'given') one.giveBack();
    const third = given(await allowance.hold('alice', 60, 0));
    state.held['alice'] = 60;
    third.giveBack();
    assert.equal(ruleOf(await allowance.hold('alice', 40, 0)), 'given');
    assert.equal(ruleOf(await allowance.hold('bob', 1, 0)), 'too much is held');
  });

  test('says how much there is and what to do', async () => {
    const { allowance } = open({ alice: 3 * 2 ** 29 }, { maxHeldBytes: 2 ** 31 });
    const refused = await allowance.hold('alice', 2 ** 30, 0);
    assert.ok(refused.outcome === 'refused');
    assert.equal(refused.text, 'your held pushes keep 1.5 GiB, at most 2 GiB are kept for one person');
    assert.match(refused.hint, /withdraw one .*--principal alice.*, or wait/);
  });

  test('a store that fails leaves nothing taken', async () => {
    let fails = true;
    const allowance = createAllowance({
      limits: LIMITS,
      freeDisk: () => 5000,
      pushes: { heldBytes: async () => (fails ? Promise.reject(new Error('gone')) : 0) },
    });
    await assert.rejects(allowance.hold('alice', 100, 0), /gone/);
    fails = false;
    given(await allowance.hold('alice', 100, 0));
  });
});
