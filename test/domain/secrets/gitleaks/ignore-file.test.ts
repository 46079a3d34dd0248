import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprintOf, parseGitleaksIgnore } from '../../../../src/domain/secrets/gitleaks/ignore-file.ts';

const COMMIT = 'c'.repeat(40);
const FINDING = { path: 'src/app.ts', rule: 'acme', line: 7, commit: COMMIT };

describe('.gitleaksignore', () => {
  const cases: readonly [string, string, boolean][] = [
    ['an entry without commit', 'src/app.ts:acme:7', true],
    ['an entry with the commit', `${COMMIT}:src/app.ts:acme:7`, true],
    ['an entry with another commit', `${'d'.repeat(40)}:src/app.ts:acme:7`, false],
    ['another line', 'src/app.ts:acme:8', false],
    ['another rule', 'src/app.ts:acm:7', false],
    ['another path', 'app.ts:acme:7', false],
    ['the end of a longer line', 'src/app.ts:acme:71', false],
    ['backslashes in the path', 'src\\app.ts:acme:7', true],
    ['space around it', '  src/app.ts:acme:7 \r', true],
    ['a comment', '# src/app.ts:acme:7', false],
    ['other lines around it', '\n# why\nx:y:1\nsrc/app.ts:acme:7\n', true],
    ['a byte order mark', '\ufeffsrc/app.ts:acme:7', true],
    ['a pattern', 'src/*:acme:7', false],
    ['nothing', '', false],
  ];
  for (const [title, text, expected] of cases) {
    it(`${title} ${expected ? 'ignores' : 'does not ignore'} the finding`, () => {
      assert.equal(parseGitleaksIgnore(text).isIgnored(FINDING), expected);
    });
  }

  it('a finding outside of any commit is ignored by entries without one', () => {
    const { commit: _, ...finding } = FINDING;
    assert.equal(parseGitleaksIgnore('src/app.ts:acme:7').isIgnored(finding), true);
    assert.equal(parseGitleaksIgnore(`${COMMIT}:src/app.ts:acme:7`).isIgnored(finding), false);
  });

  it('a path may hold colons', () => {
    const finding = { path: 'a:b.txt', rule: 'acme', line: 1 };
    assert.equal(parseGitleaksIgnore('a:b.txt:acme:1').isIgnored(finding), true);
  });

  it('the fingerprint of a finding ignores that finding', () => {
    assert.equal(fingerprintOf(FINDING), `${COMMIT}:src/app.ts:acme:7`);
    assert.equal(parseGitleaksIgnore(fingerprintOf(FINDING)).isIgnored(FINDING), true);
  });

  it('tells which line of the file it was', () => {
    assert.equal(parseGitleaksIgnore('# x\nsrc/app.ts:acme:7\n').entryFor(FINDING), 2);
  });

  it('what is no fingerprint is told with its line, and ignores nothing', () => {
    const { warnings, size } = parseGitleaksIgnore('a:b:1\nsrc/app.ts\nsrc/app.ts:acme\nx:y:z\n');
    assert.equal(size, 1);
    assert.deepEqual(
      warnings.map(({ line }) => line),
      [2, 3, 4],
    );
  });

  it('a file that is too large ignores nothing, and says so', () => {
    const ignore = parseGitleaksIgnore(`src/app.ts:acme:7\n${'#\n'.repeat(9_000_000)}`);
    assert.equal(ignore.isIgnored(FINDING), false);
    assert.match(ignore.warnings[0]?.message ?? '', /nothing is ignored/);
  });
});
