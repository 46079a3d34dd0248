import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileLinearRegex, type LinearRegex } from '../../../src/domain/regex/linear-regex.ts';
import { walkLeft, walkRight } from '../../../src/domain/regex/reach.ts';

const LIMITS = { length: 2000, depth: 20, repeat: 1000, size: 3000 };

function regex(source: string): LinearRegex {
  const compiled = compileLinearRegex(source, LIMITS);
  assert.ok(compiled.ok, compiled.ok ? '' : `${source}: ${compiled.message}`);
  return compiled.value;
}

describe('what a pattern says about its matches', () => {
  const words: readonly [string, readonly string[] | undefined][] = [
    ['Token_[0-9]{8}', ['token_']],
    ['(?:api|app)[_-]key', ['api_key', 'api-key', 'app_key', 'app-key']],
    ['(?i)(secret|password)\\s*=', ['secret', 'password']],
    ['\\bq[a-z]+z9{3,}', ['999']],
    ['x(?:longest)?y', ['xlongesty', 'xy']],
    ['[a-z]+', undefined],
    ['key|', undefined],
    ['(?:key)?[0-9]', undefined],
    ['\\Qa.b\\E+', ['a.']],
    ['a\\x2eb\\x{2e}\\056', ['a.b..']],
    ['caf\u00e9s', ['caf']],
    ['(?:ab){2}c', ['ababc']],
    ['(?P<name>tok)en(?i:X)', ['tokenx']],
    ['\\pLabc[[:digit:]]', ['abc']],
  ];
  for (const [source, expected] of words) {
    it(`every match of ${source} holds ${expected?.join(' or ') ?? 'no certain word'}`, () => {
      assert.deepEqual(regex(source).literals?.toSorted(), expected?.toSorted());
    });
  }

  const reaches: readonly [string, number, string, number][] = [
    ['abc', 3, '', 3],
    ['a[0-9]{2,5}', 6, '', 3],
    ['a[0-9]+b', 2, '0123456789', 3],
    ['"[^"]+"', 2, 'everything else', 3],
    ['\u00e9{2}', 8, '', 2],
    ['(?:ab|cdef)?', 4, '', 0],
    ['\\bx$', 1, '', 1],
  ];
  for (const [source, outside, inside, least] of reaches) {
    it(`a match of ${source} has at most ${outside} bytes outside its loops and at least ${least}`, () => {
      const { reach } = regex(source);
      assert.equal(reach.outside, outside);
      assert.equal(reach.least, least);
      const bytes = reach.inside.reduce((sum, one) => sum + one, 0);
      assert.equal(bytes, inside === 'everything else' ? 255 : inside.length);
    });
  }
});

describe('what is refused', () => {
  const refused: readonly [string, RegExp][] = [
    ['(', /too early|without/],
    ['a**', /two quantifiers/],
    ['a{2}{3}', /two quantifiers/],
    ['x{1001}', /beyond 1000/],
    ['(?:a{1000}){1000}', /too large/],
    ['(?:(?:(?:a{99}){99}){99}){99}', /too large/],
    ['('.repeat(1000), /more than 20 groups/],
    [`${'(?:'.repeat(21)}a${')'.repeat(21)}`, /more than 20 groups/],
    ['a'.repeat(2001), /more than 2000 characters/],
    ['[a-z]{1000}[a-z]{1000}[a-z]{1000}[a-z]', /too large/],
    ['(?<=a)b', /not supported/],
    ['(?!a)b', /not supported/],
    ['(a)\\1', /backreferences/],
    ['a(?i)*', /nothing to repeat/],
    ['a{01}', /begins with a zero/],
    ['\\C', /not supported/],
    ['\\Z', /not supported/],
    ['[[:name:]]', /no class/],
    ['\\x{110000}', /\\x is no/],
    ['\\p{Nonsense}', /Nonsense/],
    ['(?P<n>a)(?P<n>b)', /./],
  ];
  for (const [source, message] of refused) {
    it(`${source.slice(0, 30)} is refused`, () => {
      const compiled = compileLinearRegex(source, LIMITS);
      assert.ok(!compiled.ok);
      assert.match(compiled.message, message);
    });
  }

  it('never throws, whatever the pattern', () => {
    const piece = fc.constantFrom(
      ...'ab01(){}[]|*+?^$.,-:<>=!\\dwsSpPQEAzZxCnki\u00e9\u017f'.split(''),
      '(?',
      '(?i',
      '[[:',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        compileLinearRegex(pieces.join(''), LIMITS);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('matching', () => {
  const atom = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    '\\w',
    '\\s',
    'key',
    '(?i:K)',
    '\u00e9',
    '\\Qb=\\E',
    '[^\\W_]',
  );
  const odd = fc.constantFrom(
    '^',
    '$',
    '\\b',
    '\\B',
    '(?m)',
    '(?s)',
    '(?i)',
    '(?i:[^b])',
    '(?i)[[:^lower:]]',
    '\\pL',
    '',
  );
  const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '{0,}', '*?', '+?');
  const piece = fc.oneof({ weight: 4, arbitrary: fc.tuple(atom, quantifier).map((pair) => pair.join('')) }, odd);
  const sequence = fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
  const group = fc.tuple(sequence, sequence, quantifier).map(([one, other, count]) => `(${one}|${other})${count}`);
  const source = fc.array(fc.oneof(sequence, group), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
  const character = fc.constantFrom('a', 'b', 'B', '=', 'k', 'K', 'e', 'key', '\n', ' ', '\u00e9', '1', '_');
  const text = fc.array(character, { maxLength: 30 }).map((all) => Buffer.from(all.join('')));

  it('keeps to the words and the reach that were read from the pattern', () => {
    let matches = 0;
    fc.assert(
      fc.property(source, text, (expression, bytes) => {
        const compiled = compileLinearRegex(expression, LIMITS);
        if (!compiled.ok) return;
        const { value } = compiled;
        for (let from = 0; from <= bytes.length; ) {
          const match = value.find(bytes, from);
          if (match === undefined) break;
          matches += 1;
          const found = bytes.subarray(match.start, match.end);
          const what = `${expression} finds ${JSON.stringify(found.toString())}`;
          assert.ok([...found.toString()].length >= value.reach.least, what);
          assert.ok(walkRight(bytes, match.start, value.reach) >= match.end, what);
          assert.ok(walkLeft(bytes, match.end, value.reach, 0) <= match.start, what);
          const lower = found.toString().toLowerCase();
          assert.ok(value.literals?.some((word) => lower.includes(word)) ?? true, `${what} without ${value.literals}`);
          from = Math.max(match.end, from + 1);
        }
      }),
      { numRuns: 20_000 },
    );
    assert.ok(matches > 10_000);
  });

  it('counts in bytes and survives what is no UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('\u00e9\u20ac'), Buffer.from([0xff, 0xc3]), Buffer.from('key=1')]);
    assert.deepEqual(regex('(k)ey=(\\d)(x)?').find(bytes, 0), {
      start: 7,
      end: 12,
      groups: [{ start: 7, end: 8 }, { start: 11, end: 12 }, undefined],
    });
    assert.equal(regex('^.{5}y').matches(bytes), false);
    assert.equal(regex('^.{5}ey').matches(bytes), true);
  });

  it('takes time linear in the text where backtracking would not end', () => {
    for (const expression of ['(a+)+$', '(a|aa)+$', '(?:a?){50}a{50}[bc]x', '(.*)(.*)(.*)(.*)[^a]c']) {
      const started = process.hrtime.bigint();
      assert.equal(regex(expression).find(Buffer.from(`${'a'.repeat(50_000)}b`), 0), undefined);
      assert.ok(process.hrtime.bigint() - started < 5_000_000_000n, expression);
    }
  });
});
