import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseRepoPath } from '../../src/protocol/repo-path.ts';

for (const [raw, repo, path] of [
  ['acme/app', 'acme/app', 'acme/app'],
  ['acme/app.git', 'acme/app', 'acme/app.git'],
  ['/acme/app.git', 'acme/app', 'acme/app.git'],
  ['/acme/app.git/', 'acme/app', 'acme/app.git'],
  ['acme/app/', 'acme/app', 'acme/app'],
  ['app', 'app', 'app'],
  ['a/b/c/d/e.git', 'a/b/c/d/e', 'a/b/c/d/e.git'],
  ['acme/.github', 'acme/.github', 'acme/.github'],
  ['acme/.github.git', 'acme/.github', 'acme/.github.git'],
  ['acme/app.js', 'acme/app.js', 'acme/app.js'],
  ['acme/app.gitlab', 'acme/app.gitlab', 'acme/app.gitlab'],
  ['acme/digit', 'acme/digit', 'acme/digit'],
  ['org/_git/app', 'org/_git/app', 'org/_git/app'],
  ['a@b/c+d', 'a@b/c+d', 'a@b/c+d'],
] as const) {
  test(`accepted: ${raw}`, () => assert.deepEqual(parseRepoPath(raw), { repo, path }));
}

for (const raw of [
  '',
  '/',
  '//',
  '//acme/app',
  'acme//app',
  'acme/app//',
  'acme/../app',
  'acme/./app',
  '../acme/app',
  'acme/..',
  'acme/...',
  '.',
  '..',
  '~alice/app',
  '/~alice/app',
  '-x/app',
  'acme/-app',
  '--upload-pack=x',
  'acme/.git',
  '.git',
  'acme/app/.git',
  'acme/app.git/.git',
  'acme/app.git/x',
  'acme/app.git.git',
  'acme/app.GIT',
  'acme/app.Git.git',
  'acme/.GIT',
  'acme/app.GIT/x',
  'acme/app.',
  'acme/app..git',
  'acme./app',
  'acme/app.git.',
  'acme\\app',
  'acme/app;x',
  'acme/app%2e%2e',
  'acme/app%',
  'acme/a b',
  'acme/a:b',
  'acme/app?x',
  'acme/app#x',
  "acme/'app'",
  'acme/$(id)',
  'acme/`id`',
  'acme/a&b',
  'acme/a|b',
  'acme/a*b',
  'acme/app\0',
  'acme/app\n',
  'acme/\x1b[0m',
  'acme/app\x7f',
  'acme/é',
  'acme/\u2024\u2024/x',
  'acme/\udcff',
  `acme/${'a'.repeat(256)}`,
  'a/'.repeat(25).slice(0, -1),
  `${'a/'.repeat(600)}a`,
]) {
  test(`refused: ${JSON.stringify(raw.slice(0, 40))}`, () => assert.ok('refused' in parseRepoPath(raw)));
}

test('whatever is accepted is one repository under one name, and stays so when named again', () => {
  const piece = fc.constantFrom('a', 'B', '.', '..', '/', '.git', '.GIT', '-', '~', '%2e', '\\', 'x');
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const parsed = parseRepoPath(pieces.join(''));
      if ('refused' in parsed) return;
      accepted += 1;
      assert.match(parsed.repo, /^[A-Za-z0-9._+@][A-Za-z0-9._+@-]*(\/[A-Za-z0-9._+@][A-Za-z0-9._+@-]*)*$/);
      assert.doesNotMatch(parsed.repo, /\.git(\/|$)/i);
      assert.doesNotMatch(parsed.repo, /(^|\/)\.{1,}(\/|$)/);
      for (const again of [parsed.path, parsed.repo, `/${parsed.repo}.git`, `${parsed.repo}/`]) {
        const other = parseRepoPath(again);
        assert.equal('refused' in other ? undefined : other.repo, parsed.repo);
      }
    }),
    { numRuns: 5000 },
  );
  assert.ok(accepted > 100);
});
