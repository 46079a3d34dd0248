import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type InlineAllowance,
  inlineAllowance,
  isClaimed,
} from '../../../../src/domain/secrets/gitleaks/inline-allow.ts';

describe('comments that allow a finding', () => {
  const any = (by: InlineAllowance['by']): InlineAllowance => ({ by, rules: 'any' });
  const some = (...rules: string[]): InlineAllowance => ({ by: 'sallyport', rules });
  const cases: readonly [string, readonly InlineAllowance[]][] = [
    ['key = 1 # gitleaks:allow', [any('gitleaks')]],
    ['key = 1 // gitleaks:allow because', [any('gitleaks')]],
    ['key = 1 # sallyport:allow', [any('sallyport')]],
    ['/* sallyport:allow */', [any('sallyport')]],
    ['<!-- sallyport:allow -->', [any('sallyport')]],
    ['<!--sallyport:allow-->', [any('sallyport')]],
    ['# sallyport:allow github-pat', [some('github-pat')]],
    ['# sallyport:allow: GitHub-PAT', [some('github-pat')]],
    ['# sallyport:allow a, b-2 ,c.d', [some('a', 'b-2', 'c.d')]],
    ['<!-- sallyport:allow jwt-->', [some('jwt')]],
    ['# sallyport:allow jwt but not github-pat', [some('jwt')]],
    ['# sallyport:allow this is a test', [some('this')]],
    ['# sallyport:allow a # sallyport:allow b', [some('a'), some('b')]],
    ['# gitleaks:allow sallyport:allow x', [any('gitleaks'), some('x')]],
    ['# sallyport:allow\nrule', [any('sallyport')]],
    ['# sallyport:allowance', []],
    ['# sallyport:allow-list', []],
    ['# sallyport: allow', []],
    ['# GITLEAKS:ALLOW', []],
    ['', []],
  ];
  for (const [line, expected] of cases) {
    it(`${JSON.stringify(line)} claims ${JSON.stringify(expected.map(({ rules }) => rules))}`, () => {
      assert.deepEqual(inlineAllowance(Buffer.from(line)), expected);
    });
  }

  it('a claim is for the rules it names, or for all', () => {
    const claims = (line: string) => inlineAllowance(Buffer.from(line));
    assert.equal(isClaimed(claims('sallyport:allow jwt'), 'JWT'), true);
    assert.equal(isClaimed(claims('sallyport:allow jwt'), 'github-pat'), false);
    assert.equal(isClaimed(claims('gitleaks:allow'), 'github-pat'), true);
    assert.equal(isClaimed(claims('nothing'), 'github-pat'), false);
  });

  it('are found at the end of a line of megabytes, and no more than a few of them', () => {
    assert.equal(inlineAllowance(Buffer.from(`${'x'.repeat(5_000_000)} gitleaks:allow`)).length, 1);
    assert.equal(inlineAllowance(Buffer.from('sallyport:allow '.repeat(100_000))).length, 10);
  });
});
