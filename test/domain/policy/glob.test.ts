import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileGlob, type Glob } from '../../../src/domain/policy/glob.ts';

function glob(pattern: string, options: { flat?: boolean } = {}): Glob {
  const compiled = compileGlob(pattern, options);
  assert.ok(compiled.ok, compiled.ok ? '' : compiled.message);
  return compiled.value;
}

describe('glob', () => {
  const cases: readonly [string, string, boolean][] = [
    ['**', 'acme/app', true],
    ['**', '', true],
    ['*', 'app', true],
    ['*', 'acme/app', false],
    ['acme/*', 'acme/app', true],
    ['acme/*', 'acme/team/app', false],
    ['acme/*', 'acme/', true],
    ['acme/**', 'acme/team/app', true],
    ['acme/**', 'acme', false],
    ['acme/**', 'acmes/app', false],
    ['**/app', 'app', true],
    ['**/app', 'acme/app', true],
    ['**/app', 'acme/team/app', true],
    ['**/app', 'myapp', false],
    ['acme/**/app', 'acme/app', true],
    ['acme/**/app', 'acme/a/b/app', true],
    ['acme/**/app', 'acmex/app', false],
    ['refs/heads/release-*', 'refs/heads/release-1.2', true],
    ['refs/heads/release-*', 'refs/heads/release-1/2', false],
    ['refs/heads/release**', 'refs/heads/release-1/2', true],
    ['refs/heads/v?', 'refs/heads/v1', true],
    ['refs/heads/v?', 'refs/heads/v', false],
    ['a?c', 'a/c', false],
    ['a?c', 'a😀c', true],
    ['refs/heads/\\*', 'refs/heads/*', true],
    ['refs/heads/\\*', 'refs/heads/x', false],
    ['a\\[b\\]', 'a[b]', true],
    ['a.c', 'abc', false],
    ['a+(b)', 'a+(b)', true],
    ['acme/app', 'acme/app/', false],
    ['*.js*', 'a.json', true],
    ['acme/app', 'Acme/App', false],
    ['**a**b', 'xaxb', true],
    ['**a**b', 'xbxa', false],
  ];
  for (const [pattern, text, expected] of cases) {
    it(`${pattern} ${expected ? 'matches' : 'does not match'} "${text}"`, () => {
      assert.equal(glob(pattern).matches(text), expected);
    });
  }

  it('folds case and composition only for matchesLoosely', () => {
    assert.equal(glob('acme/**').matchesLoosely('ACME/App'), true);
    assert.equal(glob('ACME/**').matchesLoosely('acme/App'), true);
    assert.equal(glob('caf\u00e9').matchesLoosely('cafe\u0301'), true);
    assert.equal(glob('stra\u00dfe').matchesLoosely('STRASSE'), true);
    assert.equal(glob('\u039f\u03a3*').matchesLoosely('\u03bf\u03c3\u03b1'), true);
    assert.equal(glob('acme/**').matchesLoosely('other/app'), false);
  });

  it('lets * take a slash when flat', () => {
    assert.equal(glob('*@example.com', { flat: true }).matches('a/b@example.com'), true);
    assert.equal(glob('*@example.com').matches('a/b@example.com'), false);
  });

  const refused: readonly [string, RegExp][] = [
    ['', /empty/],
    ['!acme/**', /negated/],
    ['{a,b}', /`\{` has no meaning/],
    ['[ab]', /`\[` has no meaning/],
    ['a***', /`\*\*\*` has no meaning/],
    ['a\\', /lone backslash/],
    ['a'.repeat(1025), /at most 1024/],
  ];
  for (const [pattern, message] of refused) {
    it(`refuses "${pattern.slice(0, 20)}"`, () => {
      const compiled = compileGlob(pattern);
      assert.ok(!compiled.ok);
      assert.match(compiled.message, message);
    });
  }

  it('agrees with a slow matcher', () => {
    const piece = fc.constantFrom('a', 'b', '/', '*', '**', '?', '**/');
    const pattern = fc.array(piece, { minLength: 1, maxLength: 7 }).map((parts) => parts.join(''));
    const text = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        const compiled = compileGlob(source);
        fc.pre(compiled.ok);
        assert.equal(compiled.value.matches(subject), slowMatch(source, subject), `${source} on "${subject}"`);
      }),
      { numRuns: 5000 },
    );
  });

  it('takes time linear in the text, whatever the pattern', () => {
    const evil = glob(`${'*a'.repeat(40)}**a${'*a'.repeat(40)}c*b`);
    const started = process.hrtime.bigint();
    assert.equal(evil.matches(`${'a'.repeat(20_000)}b`), false);
    // A backtracking matcher would not end; a second is a hundred times what is needed.
    assert.ok(process.hrtime.bigint() - started < 2_000_000_000n);
  });
});

/** The grammar by plain recursion. */
function slowMatch(pattern: string, text: string, atStart = true): boolean {
  if (pattern === '') return text === '';
  if (atStart && pattern.startsWith('**/')) {
    if (slowMatch(pattern.slice(3), text, true)) return true;
    const slash = text.indexOf('/', 1);
    return slash > 0 && !text.startsWith('/') && slowMatch(pattern, text.slice(slash + 1), true);
  }
  if (pattern.startsWith('**')) {
    for (let end = 0; end <= text.length; end++) {
      if (slowMatch(pattern.slice(2), text.slice(end), false)) return true;
    }
    return false;
  }
  if (pattern.startsWith('*')) {
    for (let end = 0; end <= text.length; end++) {
      if (slowMatch(pattern.slice(1), text.slice(end), false)) return true;
      if (text[end] === '/') return false;
    }
    return false;
  }
  const [first, next] = [pattern[0], text[0]];
  if (next === undefined || (first === '?' ? next === '/' : first !== next)) return false;
  return slowMatch(pattern.slice(1), text.slice(1), first === '/');
}
