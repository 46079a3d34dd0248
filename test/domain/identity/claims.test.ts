import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { claimsMatch, isUserName, mapGroups, principalName, readClaim } from '../../../src/domain/identity/claims.ts';

describe('a claim by its path', () => {
  const PATHS: readonly (readonly [string, object, unknown])[] = [
    ['groups', { groups: 1 }, 1],
    ['a.b', { a: { b: 1 } }, 1],
    ['a.b', { 'a.b': 2, a: { b: 1 } }, 2],
    ['a.b.c', { 'a.b': { c: 1 } }, 1],
    ['a.b.c', { a: { 'b.c': 1 } }, 1],
    ['/a/b', { a: { b: 1 } }, 1],
    ['/a~1b/c~0d', { 'a/b': { 'c~d': 1 } }, 1],
    ['a.b', { a: ['b'] }, undefined],
    ['a.length', { a: 'text' }, undefined],
    ['constructor', {}, undefined],
    ['a.__proto__', { a: {} }, undefined],
    ['/toString', {}, undefined],
  ];
  for (const [path, claims, value] of PATHS) {
    it(`${path} in ${JSON.stringify(claims)} is ${JSON.stringify(value)}`, () => {
      assert.deepEqual(readClaim(claims as Record<string, unknown>, path), value);
    });
  }

  it('is never anything that the claims do not hold, whatever is asked for', () => {
    fc.assert(
      fc.property(fc.string(), (path) => {
        assert.equal(readClaim({}, path), undefined);
      }),
    );
  });
});

describe('patterns of workloads', () => {
  const CASES: readonly (readonly [string, string, boolean])[] = [
    ['repo:acme/*:*', 'repo:acme/shop:main', true],
    ['repo:acme/*', 'repo:acme/shop:main', false],
    ['repo:acme/**', 'repo:acme/shop:main', true],
    ['a.c', 'abc', false],
    ['a+(b)', 'a+(b)', true],
    ['**', '', false],
    ['x', 'x\n', false],
  ];
  for (const [pattern, value, matches] of CASES) {
    it(`${pattern} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(value)}`, () => {
      assert.equal(claimsMatch({ claim: value }, { claim: pattern }), matches);
    });
  }

  it('without a star match themselves alone', () => {
    const plain = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => !text.includes('*'));
    fc.assert(
      fc.property(plain, plain, (pattern, value) => {
        assert.equal(claimsMatch({ c: value }, { c: pattern }), pattern === value);
      }),
    );
  });
});

describe('names', () => {
  it('of jobs are whole and could be those of users, or there are none', () => {
    const claims = { repository: 'acme/shop', ref: 'refs/heads/x y', empty: '' };
    assert.equal(principalName('ci-{repository}', claims), 'ci-acme.shop');
    for (const template of ['{ref}', '{empty}', '{none}', '-{repository}', '{repository}'.repeat(9)]) {
      assert.equal(principalName(template, claims), undefined);
    }
    assert.equal(isUserName('anonymous'), false);
  });

  it('of groups that are not in the map give nothing', () => {
    assert.deepEqual(mapGroups(['a', 'b', 'toString'], { a: ['x', 'y'], c: ['z'] }), ['x', 'y']);
  });
});
