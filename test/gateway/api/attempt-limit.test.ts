import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAttemptLimit } from '../../../src/gateway/api/attempt-limit.ts';

test('a burst of failures is free, then each attempt waits for its refill', () => {
  const limit = createAttemptLimit({ burst: 3, refill: 100 });
  for (let at = 0; at < 3; at++) {
    assert.equal(limit.waitFor('a', at), 0);
    limit.failed('a', at);
  }
  assert.equal(limit.waitFor('a', 3), 97);
  assert.equal(limit.waitFor('b', 3), 0);
  assert.equal(limit.waitFor('a', 100), 0);
});

test('hosts of one IPv6 network share a limit, IPv4 in IPv6 notation is the IPv4 host', () => {
  const rows: readonly [one: string, other: string, isSame: boolean][] = [
    ['2001:db8::1', '2001:db8::2', true],
    ['2001:db8::1', '2001:db8:0:0:ffff::', true],
    ['2001:db8::1', '2001:db8:0:1::1', false],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.2', false],
    ['fe80::1%eth0', 'fe80::2', true],
  ];
  for (const [one, other, isSame] of rows) {
    const limit = createAttemptLimit({ burst: 1, refill: 100 });
    limit.failed(one, 0);
    assert.equal(limit.waitFor(other, 0) > 0, isSame, `${one} ${other}`);
  }
});

test('only so many sources are remembered, the oldest is forgotten first', () => {
  const limit = createAttemptLimit({ burst: 1, refill: 1000, sources: 2 });
  for (const source of ['a', 'b', 'c']) limit.failed(source, 0);
  assert.deepEqual(
    ['a', 'b', 'c'].map((source) => limit.waitFor(source, 0) > 0),
    [false, true, true],
  );
});

test('failures as one account count together, wherever they come from', () => {
  const limit = createAttemptLimit({ burst: 2, refill: 100, accounts: { burst: 3, refill: 100 } });
  for (const source of ['a', 'b', 'c']) {
    assert.equal(limit.waitFor(source, 0, 'Alice'), 0);
    limit.failed(source, 0, 'alice');
  }
  assert.equal(limit.waitFor('d', 0, 'alice') > 0, true);
  assert.equal(limit.waitFor('d', 0, 'bob'), 0);
  assert.equal(limit.waitFor('d', 0), 0);
  assert.equal(limit.waitFor('d', 100, 'alice'), 0);
});

test('whoever has logged in from an address is not kept out by what others try elsewhere', () => {
  const limit = createAttemptLimit({ burst: 2, refill: 100, accounts: { burst: 1, refill: 100 } });
  limit.succeeded('home');
  limit.failed('elsewhere', 0, 'alice');
  assert.equal(limit.waitFor('home', 0, 'alice'), 0);
  assert.equal(limit.waitFor('other', 0, 'alice') > 0, true);
  for (let at = 0; at < 2; at++) limit.failed('home', 0, 'alice');
  assert.equal(limit.waitFor('home', 0, 'alice') > 0, true, 'its own failures count');
});
