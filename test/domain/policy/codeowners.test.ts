import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Codeowners,
  codeownersFindings,
  type Owner,
  parseCodeowners,
} from '../../../src/domain/policy/codeowners.ts';
import { compileGitlabPattern } from '../../../src/domain/policy/gitlab-pattern.ts';
import { pathForms } from '../../../src/domain/policy/path-pattern.ts';

function show(owner: Owner): string {
  return owner.kind === 'group' ? owner.name : owner.kind === 'user' ? `@${owner.name}` : `?${owner.name}`;
}

/** `sre | @bob x2`: the votes a path needs, and the doubtful lines in brackets. */
function ask(codeowners: Codeowners, path: string): string {
  const { votes, doubtful } = codeowners.ownersOf(path);
  const asked = votes.map(({ owners, count }) => owners.map(show).join(' ') + (count > 1 ? ` x${count}` : ''));
  return [...asked, ...(doubtful.length > 0 ? [`[${doubtful}]`] : [])].join(' | ');
}

describe('CODEOWNERS of GitHub', () => {
  const file = parseCodeowners(
    [
      '\ufeff# people',
      '*        @acme/core',
      '*.js     @js-owner # an inline comment @nobody',
      '/docs/*  docs@example.com @acme/docs',
      '',
      '/docs/private/',
      '/with\\ space/ @acme/space',
      '/apps/   @octocat\t@acme/apps',
      '/apps/github',
      '  /indented @acme/indent  ',
      '/infra/** @acme/SRE.team',
      '\\*star @acme/star',
    ].join('\r\n'),
  );
  const cases: readonly [string, string, string][] = [
    ['README', 'core', 'the default'],
    ['src/a.js', '@js-owner', 'the last match wins, and the comment names nobody'],
    ['docs/a.md', '@docs@example.com docs', 'an address and a team'],
    ['docs/a/b.md', 'core', 'a last lone * does not reach deeper'],
    ['docs/a.js', '@docs@example.com docs', 'a later entry wins over an earlier'],
    ['docs/private/a.md', '', 'an entry without owners means nobody'],
    ['with space/a', 'space', 'an escaped space'],
    ['apps/x', '@octocat apps', 'tabs between owners'],
    ['apps/github/x', '', 'an exception without owners'],
    ['indented', 'indent', 'spaces around a line'],
    ['infra/a/b', 'SRE.team', 'dots in a team'],
    ['Infra/a/b', 'core', 'case matters, as on GitHub'],
    ['x/*star', 'star', 'an escaped star'],
  ];
  for (const [path, expected, what] of cases) {
    it(`${what}: ${path}`, () => assert.equal(ask(file, path), expected));
  }

  it('reads every line of that file', () => assert.deepEqual(file.faults, []));
  it('knows the owners for every path', () => assert.deepEqual(file.defaultOwners.map(show), ['core']));

  it('asks for the owners of every spelling of a path', () => {
    const { votes } = file.ownersOfAnySpelling(pathForms('Infra/a/b'));
    assert.deepEqual(
      votes.map(({ owners }) => owners.map(show)),
      [['core'], ['SRE.team']],
    );
    // A folded match never takes the exact owners' vote away.
    const unowned = parseCodeowners('* @acme/core\n/docs/\n');
    assert.equal(unowned.ownersOfAnySpelling(pathForms('Docs/a')).votes.length, 1);
    assert.equal(unowned.ownersOfAnySpelling(pathForms('docs/a')).votes.length, 0);
  });

  describe('a line that cannot be read makes the paths it may cover doubtful', () => {
    const bad: readonly [string, string, string, string][] = [
      ['/a/ core', 'a/x', 'b/x', 'an owner without @'],
      ['/a/ @acme/core @', 'a/x', 'b/x', 'one of two owners is none'],
      ['!/a/ @acme/core', 'a/x', 'b/x', 'a negation'],
      ['\\#a @acme/core', '#a', 'b/x', 'an escaped #'],
      ['/a#b/ @acme/core', 'a#b/x', 'b/x', 'a # inside, read as part of the pattern'],
      ['/a#b/ @acme/core', 'a', 'b/x', 'a # inside, read as a comment'],
    ];
    for (const [line, covered, other, what] of bad) {
      it(`${what}: ${line}`, () => {
        const codeowners = parseCodeowners(`* @acme/base\n${line}\n`);
        assert.equal(ask(codeowners, covered), 'base | [2]');
        assert.equal(ask(codeowners, other), 'base');
        assert.equal(codeowners.faults.length, 1);
        assert.equal(codeowners.faults[0]?.line, 2);
      });
    }

    for (const line of ['/a/***/b @acme/core', '//a @acme/core', '[Section] @acme/core', '^[Section][2]']) {
      it(`unless nobody can say which: ${line}`, () => {
        const codeowners = parseCodeowners(`* @acme/base\n${line}\n/late/ @acme/late\n`);
        assert.equal(ask(codeowners, 'anything'), 'base | [2]');
        // A later entry that can be read decides, whatever the bad one said.
        assert.equal(ask(codeowners, 'late/x'), 'late');
      });
    }
  });

  it('does not read a file of 3 MB', () => {
    const codeowners = parseCodeowners(`* @acme/core\n${'#'.repeat(3_000_000)}`);
    assert.equal(ask(codeowners, 'a'), '[0]');
    assert.deepEqual(codeowners.defaultOwners, []);
  });

  it('reports what it could not read as findings', () => {
    const findings = codeownersFindings('.github/CODEOWNERS', parseCodeowners('* \u001b[31m\n'));
    assert.equal(findings.length, 1);
    assert.deepEqual(
      { ...findings[0], text: '' },
      { rule: 'codeowners-unreadable', severity: 'medium', text: '', path: '.github/CODEOWNERS', line: 1 },
    );
    assert.doesNotMatch(findings[0]?.text ?? '', /\u001b/);
  });

  it('gives the same answer as asking every entry in turn', () => {
    const name = fc.constantFrom('a', 'b', '*', 'a*', '**');
    const source = fc
      .tuple(fc.boolean(), fc.array(name, { minLength: 1, maxLength: 3 }))
      .map(([rooted, names]) => (rooted ? '/' : '') + names.join('/'));
    const path = fc.array(fc.constantFrom('a', 'b', 'aa'), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(source, { maxLength: 8 }), path, (patterns, names) => {
        const lines = patterns.map((pattern, index) => `${pattern} @acme/t${index}`);
        const whole = parseCodeowners(lines.join('\n'));
        const last = lines.findLast((line) => ask(parseCodeowners(line), names.join('/')) !== '');
        assert.equal(ask(whole, names.join('/')), last?.split('/').at(-1) ?? '');
      }),
      { numRuns: 2000 },
    );
  });

  it('never fails, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.constantFrom('github', 'gitlab'),
        (text, dialect) => {
          parseCodeowners(text, dialect as 'github').ownersOf('a/b');
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('CODEOWNERS of GitLab', () => {
  const file = parseCodeowners(
    [
      '* @general',
      '!/generated/',
      '[Documentation][2] @docs-team',
      'docs/',
      'README.md @alice',
      '^[Optional] @helpers',
      '*',
      '[Database] @acme/db/admins',
      'model/db/',
      'config/db/setup.md @docs-team dba@example.com',
      '!model/db/fixtures/',
      '[DOCUMENTATION] @more-docs',
      '*.rst',
      '\\#hash @hash-owner',
      'a\\ b @space-owner',
    ].join('\n'),
    'gitlab',
  );
  const cases: readonly [string, string, string][] = [
    ['src/a', '?general', 'entries before the first section form their own'],
    ['generated/a', '', 'an exclusion'],
    ['docs/a/b.md', '?general | ?docs-team x2', 'the default owners of the section, and its count'],
    ['x/README.md', '?general | ?alice x2', 'owners of the entry'],
    ['model/db/x', '?general | admins', 'a nested group is our group of the last name'],
    ['model/db/fixtures/x', '?general', 'an exclusion counts in its section alone'],
    ['config/db/setup.md', '?general | ?docs-team @dba@example.com', 'a group or user, and an address'],
    ['x/a.rst', '?general | ?more-docs x2', 'sections of the same name are one'],
    ['#hash', '?general | ?hash-owner x2', 'an escaped #'],
    ['a b', '?general | ?space-owner x2', 'an escaped space'],
  ];
  for (const [path, expected, what] of cases) {
    it(`${what}: ${path}`, () => assert.equal(ask(file, path), expected));
  }
  it('reads every line of that file', () => assert.deepEqual(file.faults, []));

  it('where two headings of one section disagree, the stricter holds', () => {
    const joined = parseCodeowners('^[Docs] @a\ndocs/\n[DOCS][3] @b\n*.md\n', 'gitlab');
    assert.equal(ask(joined, 'docs/x'), '?a x3');
    assert.equal(ask(joined, 'x.md'), '?b x3');
  });

  const bad = ['/a/ core', '/a/ @@maintainer', '[Broken @x', '[', '[Section] @@developer'];
  for (const line of bad) {
    it(`a line that cannot be read: ${line}`, () => {
      assert.match(ask(parseCodeowners(`* @base\n${line}\n`, 'gitlab'), 'a/x'), /\[2\]/);
    });
  }

  const patterns: readonly [string, readonly string[], readonly string[]][] = [
    ['foo', ['foo', 'a/foo'], ['foo/x', 'xfoo']],
    ['/foo', ['foo'], ['a/foo', 'foo/x']],
    ['foo/', ['foo/x', 'a/foo/x/y', 'foo/.x'], ['foo']],
    ['/docs/*', ['docs/a', 'docs/.a'], ['docs/a/b']],
    ['/docs/**/*.md', ['docs/a.md', 'docs/a/b.md'], ['docs/a.txt', 'x/docs/a.md']],
    ['*', ['a', 'a/b', '.a/.b'], []],
    ['*.r[bk]', ['a.rb', 'x/a.rk'], ['a.rs']],
    ['a[^b-d]', ['ae', 'x/a1'], ['ab', 'ad', 'a/']],
    ['a[!b]', ['ac'], ['ab']],
    ['a**b', ['axb', 'ab'], ['a/b']],
    ['a\\*', ['a*'], ['ab']],
  ];
  for (const [source, yes, no] of patterns) {
    it(`pattern ${source}`, () => {
      const compiled = compileGitlabPattern(source);
      assert.ok(compiled.ok);
      for (const path of yes) assert.equal(compiled.value.matchesExactly(path), true, path);
      for (const path of no) assert.equal(compiled.value.matchesExactly(path), false, path);
    });
  }

  it('folds for protection', () => {
    const compiled = compileGitlabPattern('/Infra/[A-Z]x/');
    assert.ok(compiled.ok);
    assert.equal(compiled.value.matches(pathForms('infra/bx/y')), true);
    assert.equal(compiled.value.matchesExactly('infra/bx/y'), false);
  });
});
