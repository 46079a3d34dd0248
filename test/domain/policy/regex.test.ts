import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileRegex, type SafeRegex } from '../../../src/domain/policy/regex.ts';

function regex(source: string): SafeRegex {
  const compiled = compileRegex(source);
  assert.ok(compiled.ok, compiled.ok ? '' : compiled.message);
  return compiled.value;
}

describe('expressions for messages', () => {
  const cases: readonly [string, string, boolean][] = [
    ['WIP', 'a WIP commit', true],
    ['WIP', 'a wip commit', false],
    ['(?i)wip', 'a WiP commit', true],
    ['^WIP', 'WIP: x', true],
    ['^WIP', 'x\nWIP', false],
    ['(?m)^WIP', 'x\nWIP', true],
    ['(?im)^wip$', 'x\nWIP\ny', true],
    ['x$', 'x\n', false],
    ['[A-Z]{2,5}-\\d+', 'fix ABC-12', true],
    ['^[A-Z]{2,5}-\\d+', 'ABCDEF-12', false],
    ['a|b|', 'zzz', true],
    ['\\bfix\\b', 'prefix', false],
    ['\\bfix\\b', 'a fix.', true],
    ['\\Bfix', 'prefix', true],
    ['a.c', 'a\nc', false],
    ['a[^x]c', 'a\nc', true],
    ['[\\]\\-a-c]+z', '-]bz', true],
    ['[^\\W_]', '___', false],
    ['(?:ab)+c', 'ababc', true],
    ['(ab){2}c', 'abc', false],
    ['(ab){2,}?c', 'abababc', true],
    ['\\(\\)', 'f()', true],
    ['[(?i)]', '?', true],
    ['', 'anything', true],
    ['^$', '', true],
    ['.', '\u{1f600}', true],
    ['^.$', '\u{1f600}', true],
    ['(?i)\u00e9', '\u00c9', true],
    ['\\s\\S', ' x', true],
    ['[]a]', ']', true],
    ['^(?P<type>fix|feat)(?:\\([^)]+\\))?: ', 'fix(ssh): x', true],
    ['^\\p{Lu}', '\u00c9t\u00e9', true],
    ['[[:punct:]]$', 'done.', true],
    ['a(?i:b)c', 'aBC', false],
    ['\\Q(x)\\E', 'f(x)', true],
  ];
  for (const [source, text, expected] of cases) {
    it(`${source} ${expected ? 'finds' : 'does not find'} ${JSON.stringify(text)}`, () => {
      assert.equal(regex(source).matches(text), expected);
    });
  }

  const refused: readonly [string, RegExp][] = [
    ['(', /`\(` without|too early/],
    [')', /`\)` without/],
    ['a**', /two quantifiers/],
    ['*a', /nothing to repeat/],
    ['a{3,1}', /upside down/],
    ['a{1000}', /beyond 100/],
    ['a{,3}', /begins no/],
    ['((a{100}){100}){100}', /too large/],
    ['(a)\\1', /backreferences/],
    ['\\p{Nonsense}', /Nonsense/],
    ['[[:nonsense:]]', /no class/],
    ['(?=a)', /`\(\?` with anything but/],
    ['(?<!a)b', /`\(\?` with anything but/],
    ['[z-a]', /upside down/],
    ['[a', /too early/],
    ['a\\', /too early/],
    ['^*', /quantifier after/],
    ['('.repeat(60), /inside one another/],
    ['a'.repeat(1001), /at most 1000/],
  ];
  for (const [source, message] of refused) {
    it(`refuses ${source.slice(0, 20)}`, () => {
      const compiled = compileRegex(source);
      assert.ok(!compiled.ok);
      assert.match(compiled.message, message);
    });
  }

  it('agrees with JavaScript on what both understand', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '\\d', '\\s', 'x', '^', '$', '\\b');
    const quantifier = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,2}', '{0,}', '*?');
    const piece = fc.tuple(atom, quantifier).map(([what, count]) => (/^(\^|\$|\\b)$/.test(what) ? what : what + count));
    const sequence = fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
    const group = fc.tuple(sequence, sequence, quantifier).map(([one, other, count]) => `(?:${one}|${other})${count}`);
    const source = fc.array(fc.oneof(sequence, group), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
    const text = fc.array(fc.constantFrom('a', 'b', 'x', '1', ' ', '\n'), { maxLength: 8 }).map((all) => all.join(''));
    fc.assert(
      fc.property(source, text, (expression, subject) => {
        const expected = new RegExp(expression, 'u').test(subject);
        assert.equal(regex(expression).matches(subject), expected, `${expression} on ${JSON.stringify(subject)}`);
      }),
      { numRuns: 10_000 },
    );
  });

  it('takes time linear in the text where backtracking would not end', () => {
    for (const source of ['(a+)+$', '(a|aa)+$', '^a*a*a*a*a*a*$', '^(?:a?){50}a{50}$']) {
      const started = process.hrtime.bigint();
      assert.equal(regex(source).matches(`${'a'.repeat(20_000)}b`), false);
      assert.ok(process.hrtime.bigint() - started < 5_000_000_000n, source);
    }
  });
});
