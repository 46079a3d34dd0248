import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { foldName, foldPath, judgeName, judgePath, oddPath } from '../../../src/domain/push/odd-path.ts';

describe('oddPath', () => {
  const odd: readonly (readonly [path: string, severity: string, text: RegExp])[] = [
    ['.git', 'high', /opens \.git/],
    ['a/.GIT/config', 'high', /opens \.git/],
    ['.git /hooks', 'high', /opens \.git/],
    ['.git...', 'high', /opens \.git/],
    ['git~1', 'high', /opens \.git/],
    ['GIT~1/config', 'high', /opens \.git/],
    ['.g\u200cit', 'high', /opens \.git/],
    ['.G\u200dI\ufeffT', 'high', /opens \.git/],
    ['.git::$INDEX_ALLOCATION', 'high', /opens \.git/],
    ['.git:stream', 'high', /opens \.git/],
    ['.git\\config', 'high', /opens \.git/],
    ['..', 'high', /leaves its directory/],
    ['a/../b', 'high', /leaves its directory/],
    ['..\\b', 'high', /leaves its directory/],
    ['./a', 'high', /leaves its directory/],
    ['', 'high', /empty name/],
    ['a//b', 'high', /empty name/],
    ['.GitModules', 'medium', /another spelling of \.gitmodules/],
    ['.gitattributes ', 'medium', /another spelling of \.gitattributes/],
    ['gi7eba~1', 'medium', /short name/],
    ['GITMOD~1', 'medium', /short name/],
    ['a\nb', 'medium', /control/],
    ['a\u001b[31m', 'medium', /control/],
    ['a\u0085', 'medium', /control/],
    ['a\\b', 'medium', /backslash/],
    ['CODEOWNERS::$DATA', 'medium', /stream/],
    ['a\u202eb', 'medium', /invisible/],
    ['a\u200bb', 'medium', /invisible/],
    ['CODEOWNERS.', 'low', /dot or a space/],
    ['CODEOWNERS ', 'low', /dot or a space/],
    ['aux.c', 'low', /Windows device/],
    ['src/NUL', 'low', /Windows device/],
    ['com1.txt', 'low', /Windows device/],
    ['com¹', 'low', /Windows device/],
    ['con .txt', 'low', /Windows device/],
    ['GITHUB~1', 'low', /short name/],
    ['CODEOW~2.TXT', 'low', /short name/],
  ];
  for (const [path, severity, text] of odd) {
    test(`${JSON.stringify(path)} is ${severity}`, () => {
      assert.match(oddPath(path) ?? 'not odd', text);
      assert.equal(judgePath(path)?.severity, severity);
    });
  }

  const plain = [
    'README.md',
    '.github/workflows/ci.yml',
    '.gitmodules',
    '.gitignore',
    '.gitkeep',
    'a b/c d.txt',
    'Foo::Bar.3pm',
    'naïve/日本語.txt',
    'console.c',
    'auxiliary',
    'com10.txt',
    'a..b',
    '…',
    'c++/x~',
    '.mailmap',
  ];
  for (const path of plain) test(`${JSON.stringify(path)} is ordinary`, () => assert.equal(oddPath(path), undefined));

  test('a slash inside one name is odd, though the same text is an ordinary path', () => {
    assert.equal(oddPath('a/b'), undefined);
    assert.equal(judgeName('a/b')?.severity, 'high');
  });

  test('the worst segment is the one reported', () => assert.equal(judgePath('aux/.git/x.')?.severity, 'high'));
});

describe('foldPath', () => {
  const same: readonly (readonly string[])[] = [
    ['.github/workflows/ci.yml', '.GitHub/Workflows/CI.yml', '.github\\workflows\\ci.yml', '.github//workflows/ci.yml'],
    ['codeowners', 'CODEOWNERS', 'CODEOWNERS.', 'CODEOWNERS ', 'CODEOWNERS. .', 'CODEOWNERS::$DATA', 'CODEOWNERS:'],
    ['infra/prod/db.tf', 'infra /prod./db.tf', 'in\u200cfra/prod/db.tf', 'infra:$I30:$INDEX_ALLOCATION/prod/db.tf'],
    ['caf\u00e9', 'cafe\u0301', 'CAFE\u0301', 'CAF\u00c9'],
    ['straße', 'STRASSE', 'strasse'],
    ['k', '\u212a'],
    ['s', '\u017f'],
    ['οδος', 'ΟΔΟΣ', 'οδοσ'],
  ];
  for (const paths of same) {
    test(`${JSON.stringify(paths[0])} folds with its other spellings`, () => {
      for (const path of paths) assert.equal(foldPath(path), foldPath(paths[0] as string), JSON.stringify(path));
    });
  }

  test('different files stay different', () => {
    const paths = [
      'a/b',
      'ab',
      'a.b',
      'a/b.c',
      'Foo::Bar.pm',
      'Foo::Baz.pm',
      '..',
      '...',
      'a/...',
      'a-b',
      '.git',
      'git',
    ];
    assert.equal(new Set(paths.map(foldPath)).size, paths.length);
  });

  test('folding twice changes nothing', () => {
    const unit = fc.oneof(
      fc.constantFrom('a', 'Σ', 'ß', 'İ', 'ı', '.', ' ', ':', '$', '/', '\\', '\u0301', '\u200c', 'ΐ'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 12 }), (parts) => {
        const once = foldPath(parts.join(''));
        assert.equal(foldPath(once), once);
      }),
      { numRuns: 2000 },
    );
  });

  test('a path folds as its names do', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[^/\\]{1,6}$/), { minLength: 1, maxLength: 4 }), (names) => {
        assert.equal(foldPath(names.join('/')), names.map(foldName).join('/'));
      }),
    );
  });

  test('hostile lengths take no time', () => {
    const started = performance.now();
    for (const unit of ['.', ' ', ':', ':$', '\\', '/', '\u0301', '~1', 'a.', '.git']) {
      const long = unit.repeat(50_000);
      foldPath(long);
      oddPath(long);
    }
    assert.ok(performance.now() - started < 5000);
  });
});
