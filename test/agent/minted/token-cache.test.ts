import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type MintedToken, TokenCache } from '../../../src/agent/minted/token-cache.ts';

const MINUTE = 60_000;

/** A cache on a clock of its own, and a mint that counts what it makes. */
function makeCache(lifetime = 60 * MINUTE) {
  const clock = { now: 1_000_000 };
  const made: string[] = [];
  const cache = new TokenCache(() => clock.now);
  const mint = async (): Promise<MintedToken> => {
    made.push(`token-${made.length + 1}`);
    return { text: made.at(-1) ?? '', until: clock.now + lifetime };
  };
  return { cache, clock, made, mint };
}

describe('the cache of tokens', () => {
  test('asks once for everybody who needs the same token at once', async () => {
    const { cache, made, mint } = makeCache();
    const all = await Promise.all(Array.from({ length: 20 }, () => cache.get('a', mint)));
    assert.deepEqual(new Set(all), new Set(['token-1']));
    assert.equal(made.length, 1);
  });

  test('asks for each key apart', async () => {
    const { cache, mint } = makeCache();
    assert.deepEqual(await Promise.all([cache.get('a', mint), cache.get('b', mint)]), ['token-1', 'token-2']);
  });

  for (const [title, lifetime, good, over] of [
    ['an hour', 60 * MINUTE, 55 * MINUTE - 1, 55 * MINUTE],
    ['ten minutes', 10 * MINUTE, 5 * MINUTE - 1, 5 * MINUTE],
    ['one minute', MINUTE, MINUTE / 2 - 1, MINUTE / 2],
  ] as const) {
    test(`a token of ${title} is renewed before it ends`, async () => {
      const { cache, clock, mint } = makeCache(lifetime);
      await cache.get('a', mint);
      clock.now += good;
      assert.equal(await cache.get('a', mint), 'token-1');
      clock.now += over - good;
      assert.equal(await cache.get('a', mint), 'token-2');
    });
  }

  test('a failure is told to all who wait for it, and is not kept', async () => {
    const { cache, mint } = makeCache();
    const failing = async () => {
      throw new Error('vault is sealed');
    };
    const both = await Promise.allSettled([cache.get('a', failing), cache.get('a', mint)]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.equal(await cache.get('a', mint), 'token-1');
  });

  test('only what was refused is forgotten', async () => {
    const { cache, mint } = makeCache();
    await cache.get('a', mint);
    await cache.get('b', mint);
    cache.forget((key) => key === 'a');
    assert.deepEqual([await cache.get('a', mint), await cache.get('b', mint)], ['token-3', 'token-2']);
  });

  test('a token that is just being asked for is newer than a refusal', async () => {
    const { cache, made, mint } = makeCache();
    const { promise, resolve } = Promise.withResolvers<MintedToken>();
    const waiting = cache.get('a', () => promise);
    cache.forget(() => true);
    const second = cache.get('a', mint);
    resolve({ text: 'asked for before', until: Number.MAX_SAFE_INTEGER });
    assert.deepEqual(await Promise.all([waiting, second]), ['asked for before', 'asked for before']);
    assert.equal(made.length, 0);
  });
});
