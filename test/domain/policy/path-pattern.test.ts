import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compilePathPattern, type PathPattern, pathForms } from '../../../src/domain/policy/path-pattern.ts';

function pattern(source: string): PathPattern {
  const compiled = compilePathPattern(source);
  assert.ok(compiled.ok, compiled.ok ? '' : compiled.message);
  return compiled.value;
}

describe('path patterns, as CODEOWNERS', () => {
  /** Pattern; paths it matches; paths it does not. */
  const table: readonly [string, readonly string[], readonly string[]][] = [
    ['foo', ['foo', 'foo/bar', 'bar/foo', 'bar/foo/baz'], ['foo.txt', 'bar/foo.txt', 'bar/baz', 'xfoo']],
    ['/foo', ['foo', 'foo/bar', 'foo/bar/baz'], ['fool.txt', 'bar/foo', 'bar/foo/baz']],
    ['foo/', ['foo/bar', 'foo/bar/baz', 'bar/foo/baz', 'a/b/foo/c/d'], ['foo', 'bar/foo', 'bar/baz']],
    ['/foo/', ['foo/bar', 'foo/bar/baz'], ['foo', 'bar/foo', 'bar/foo/baz']],
    ['foo/bar', ['foo/bar', 'foo/bar/baz'], ['foo/bart', 'baz/foo/bar', 'baz/foo/bar/qux']],
    ['/foo/bar', ['foo/bar', 'foo/bar/baz'], ['foo/bart', 'baz/foo/bar']],
    ['foo/bar/', ['foo/bar/baz', 'foo/bar/baz/qux'], ['foo/bar', 'foo/bart', 'baz/foo/bar/qux']],
    ['/foo/bar/', ['foo/bar/baz', 'foo/bar/baz/qux'], ['foo/bar', 'baz/foo/bar/qux']],
    ['*', ['foo', 'foo/bar', 'a/b/c', '.github/x'], []],
    ['**', ['foo', 'foo/bar', 'a/b/c'], []],
    ['f*', ['foo', 'f', 'foo/bar', 'bar/foo', 'bar/foo/baz'], ['bar/baz', 'xfoo']],
    ['/*', ['foo', 'bar', '.env'], ['foo/bar', 'foo/bar/baz']],
    ['/f*', ['foo', 'foo/bar', 'foo/bar/baz'], ['bar/foo', 'bar/foo/baz', 'xfoo']],
    ['f*/', ['foo/bar', 'bar/foo/baz'], ['foo', 'bar/foo', 'bar/baz', 'xfoo/a']],
    ['/*/', ['foo/bar', 'bar/foo', 'bar/foo/baz'], ['foo']],
    ['/f*/', ['foo/bar', 'foo/bar/baz'], ['foo', 'bar/foo/baz']],
    ['f\\*o', ['f*o', 'a/f*o', 'f*o/x'], ['foo']],
    ['foo/*', ['foo/bar', 'foo/.x'], ['foo', 'foo/bar/baz', 'bar/foo/baz', 'xfoo/a']],
    ['docs/*', ['docs/a.md'], ['docs/a/b.md', 'x/docs/a.md']],
    ['foo/*.txt', ['foo/bar.txt', 'foo/.txt'], ['foo', 'foo/bar/baz.txt', 'qux/foo/bar.txt']],
    ['foo/*/baz', ['foo/bar/baz', 'foo/bar/baz/qux'], ['foo/bar', 'foo/baz', 'foo/a/b/baz']],
    ['f?o', ['foo', 'fxo', 'a/fxo/b'], ['fo', 'fooo', 'f/o']],
    ['f\\?o', ['f?o'], ['foo']],
    ['**/foo', ['foo', 'a/foo', 'a/b/foo', 'a/foo/b'], ['xfoo', 'a/xfoo']],
    ['**/foo/bar', ['foo/bar', 'qux/foo/bar', 'qux/foo/bar/baz'], ['foo/baz/bar', 'qux/foo/baz/bar']],
    ['**/*bar*', ['bar', 'foo/bar', 'foo/rebar', 'foo/barrio', 'foo/qux/bar'], ['foo/ba']],
    ['foo/bar/**', ['foo/bar/baz', 'foo/bar/baz/qux'], ['foo/bar', 'qux/foo/bar/baz']],
    ['foo/**/bar', ['foo/bar', 'foo/bar/baz', 'foo/a/bar', 'foo/a/b/bar/c'], ['qux/foo/bar', 'foox/bar', 'foo/xbar']],
    ['foo/**/', ['foo/bar', 'foo/bar/baz'], ['foo']],
    ['foo/**/bar/b*', ['foo/bar/baz', 'foo/qux/bar/baz'], ['foo/bar', 'foo/bar/qux', 'foo/qux/bar/qux']],
    [
      '/apps/[param]/file.ts',
      ['apps/[param]/file.ts'],
      ['apps/p/file.ts', 'apps/[other]/file.ts', 'apps/param/file.ts'],
    ],
    ['services/foo:bar/**/*', ['services/foo:bar/baz.json', 'services/foo:bar/a/b'], ['services/foo-bar/baz.json']],
    ['vllm/v1/^cpu', ['vllm/v1/^cpu'], ['vllm/v1/cpu']],
    ['*.js', ['a.js', 'a/b/c.js', 'a.js/x'], ['a.jsx', 'ajs']],
    ['a\\ b/c', ['a b/c', 'a b/c/d'], ['a\\ b/c', 'ab/c']],
    ['**/**', ['a', 'a/b'], []],
    ['/.github/workflows/', ['.github/workflows/ci.yml'], ['.github/workflows', '.github/CODEOWNERS']],
    ['?', ['x', 'a/x', '\u00e9', '😀', 'x/y'], ['xy']],
    ['a**b', ['ab', 'axxb', 'c/axb'], ['a/b']],
  ];
  assert.ok(table.length >= 31);
  for (const [source, yes, no] of table) {
    it(source, () => {
      const compiled = pattern(source);
      for (const path of yes) assert.equal(compiled.matchesExactly(path), true, `${source} should match ${path}`);
      for (const path of no) assert.equal(compiled.matchesExactly(path), false, `${source} should not match ${path}`);
    });
  }

  const refused: readonly [string, RegExp][] = [
    ['', /empty/],
    ['/', /matches no path/],
    ['!foo', /negated/],
    ['a/***', /no meaning/],
    ['a//b', /empty name/],
    ['//a', /empty name/],
    ['./a', /no path has a name `\.`/],
    ['a/../b', /no path has a name `\.\.`/],
    ['a\\', /lone backslash/],
    ['a\\/b', /lone backslash/],
  ];
  for (const [source, message] of refused) {
    it(`refuses "${source}"`, () => {
      const compiled = compilePathPattern(source);
      assert.ok(!compiled.ok);
      assert.match(compiled.message, message);
    });
  }

  it('is case-sensitive when exact', () => {
    assert.equal(pattern('Docs/').matchesExactly('docs/a'), false);
  });

  it('agrees with a slow reference matcher', () => {
    const name = fc.constantFrom('a', 'b', 'ab', '*', '**', 'a*', '*b', '?', 'a?', '?*', '*a*', 'a**');
    const source = fc
      .tuple(fc.boolean(), fc.array(name, { minLength: 1, maxLength: 5 }), fc.boolean())
      .map(([rooted, names, directory]) => `${rooted ? '/' : ''}${names.join('/')}${directory ? '/' : ''}`);
    const segment = fc.constantFrom('a', 'b', 'ab', 'ba', 'aab', 'abb', 'c');
    const path = fc.array(segment, { minLength: 1, maxLength: 6 }).map((names) => names.join('/'));
    fc.assert(
      fc.property(source, path, (text, subject) => {
        const compiled = compilePathPattern(text);
        fc.pre(compiled.ok);
        const expected = reference(text).test(subject);
        assert.equal(compiled.value.matchesExactly(subject), expected, `${text} on ${subject}`);
        // Folding changes nothing about plain lower-case names, and the leading names never hide a match.
        assert.equal(compiled.value.matches(pathForms(subject)), expected);
        const { names } = compiled.value;
        if (expected) assert.deepEqual(subject.split('/').slice(0, names.length), names);
      }),
      { numRuns: 20_000 },
    );
  });

  it('takes time linear in the path, whatever the pattern', () => {
    const evil = pattern(`${'**/*a*a*/'.repeat(30)}b`);
    const path = `${'aaaa/'.repeat(800)}c`;
    const started = process.hrtime.bigint();
    assert.equal(evil.matchesExactly(path), false);
    assert.ok(process.hrtime.bigint() - started < 2_000_000_000n);
  });
});

describe('path patterns against other spellings', () => {
  /** Pattern, path: the pattern protects the path, though GitHub would not match it. */
  const folded: readonly [string, string, string][] = [
    ['infra/prod/**', 'Infra/PROD/db.tf', 'case'],
    ['Infra/Prod/**', 'infra/prod/db.tf', 'case of the pattern'],
    ['/caf\u00e9/', 'cafe\u0301/x', 'NFD path'],
    ['/cafe\u0301/', 'caf\u00e9/x', 'NFD pattern'],
    ['/.github/workflows/', '.g\u200cithub/workflows/ci.yml', 'HFS+ ignorable'],
    ['/.github/workflows/', '.github./workflows/ci.yml', 'NTFS trailing dot'],
    ['/.github/workflows/', '.github /workflows/ci.yml', 'NTFS trailing space'],
    ['/.github/workflows/', '.github\\workflows\\ci.yml', 'backslash'],
    ['CODEOWNERS', 'codeowners::$DATA', 'NTFS stream'],
    ['*.tf', 'a/MAIN.TF', 'case of an extension'],
    ['/stra\u00dfe/', 'STRASSE/x', 'sharp s'],
    ['/kelvin', '\u212aelvin', 'Kelvin sign'],
    ['secret.', 'SECRET', 'a pattern that ends in a dot'],
  ];
  for (const [source, path, what] of folded) {
    it(`${what}: ${source} protects ${JSON.stringify(path)}`, () => {
      assert.equal(pattern(source).matchesExactly(path), false);
      assert.equal(pattern(source).matches(pathForms(path)), true);
    });
  }

  it('what matches exactly matches, though folding makes it longer', () => {
    assert.equal(pattern('?.txt').matchesExactly('\u00df.txt'), true);
    assert.equal(pattern('?.txt').matches(pathForms('\u00df.txt')), true);
  });

  it('exempts only what is spelt as written', () => {
    assert.equal(pattern('docs/**').covers(pathForms('docs/a')), true);
    assert.equal(pattern('docs/**').covers(pathForms('DOCS/a')), false);
    assert.equal(pattern('docs/*').covers(pathForms('docs/..\\infra\\x')), false);
  });

  it('matches undecodable bytes as themselves', () => {
    assert.equal(pattern('/a\udcff/').matches(pathForms('a\udcff/x')), true);
    assert.equal(pattern('/a\udcff/').matches(pathForms('a\udcfe/x')), false);
    assert.equal(pattern('/a?/').matches(pathForms('a\udcff/x')), true);
  });
});

/** The documented rules as a regular expression, one segment at a time; slow and plain. */
function reference(source: string): RegExp {
  const rooted = source.startsWith('/');
  let segments = (rooted ? source.slice(1) : source).split('/');
  const directory = segments.length > 1 && segments.at(-1) === '';
  if (directory) segments[segments.length - 1] = '**';
  const single = segments.length === 1 || (segments.length === 2 && directory);
  if (!rooted && single) segments = ['**', ...segments];
  // Runs of ** say the same as one.
  segments = segments.filter((name, index) => name !== '**' || segments[index - 1] !== '**');
  const last = segments.length - 1;
  let regex = '';
  for (const [index, name] of segments.entries()) {
    if (name === '**') {
      regex += index < last ? '(?:[^/]+/)*' : '.+';
      continue;
    }
    if (index > 0 && segments[index - 1] !== '**') regex += '/';
    if (name === '*') regex += '[^/]+';
    else {
      for (const character of name) {
        regex +=
          character === '*' ? '[^/]*' : character === '?' ? '[^/]' : character.replace(/[.^$[\]\\+(){}|]/, '\\$&');
      }
      if (index === last) regex += '(?:/.*)?';
    }
    if (segments[index + 1] === '**') regex += '/';
  }
  return new RegExp(`^${regex}$`, 'u');
}
