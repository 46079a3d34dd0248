import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import fc from 'fast-check';
import { parseSshCommand } from '../../src/protocol/ssh-command.ts';

for (const [text, service, path, repo] of [
  ["git-upload-pack '/o/r.git'", 'git-upload-pack', '/o/r.git', 'o/r'],
  ["git-upload-pack 'o/r.git'", 'git-upload-pack', 'o/r.git', 'o/r'],
  ["git-receive-pack '/o/r'", 'git-receive-pack', '/o/r', 'o/r'],
  ["git receive-pack '/o/r.git'", 'git-receive-pack', '/o/r.git', 'o/r'],
  [" git receive-pack '/o/r.git'", 'git-receive-pack', '/o/r.git', 'o/r'],
  ["git-upload-archive '/o/r.git'", 'git-upload-archive', '/o/r.git', 'o/r'],
  ['git-upload-pack /o/r.git', 'git-upload-pack', '/o/r.git', 'o/r'],
  ['git-upload-pack o/r-s_t+u.git', 'git-upload-pack', 'o/r-s_t+u.git', 'o/r-s_t+u'],
] as const) {
  test(`accepted: ${text}`, () => {
    const parsed = parseSshCommand(text);
    assert.equal(parsed.kind, 'git');
    assert.ok(parsed.kind === 'git');
    assert.deepEqual([parsed.service, parsed.path, parsed.repo.repo], [service, path, repo]);
  });
}

for (const [text, command, operation] of [
  ['git-lfs-authenticate o/r.git upload', 'git-lfs-authenticate', 'upload'],
  ["git-lfs-authenticate '/o/r.git' download", 'git-lfs-authenticate', 'download'],
  ['git-lfs-transfer o/r upload', 'git-lfs-transfer', 'upload'],
] as const) {
  test(`recognised: ${text}`, () => {
    const parsed = parseSshCommand(text);
    assert.ok(parsed.kind === 'lfs');
    assert.deepEqual([parsed.command, parsed.operation, parsed.repo.repo], [command, operation, 'o/r']);
  });
}

for (const text of [
  '',
  'sh',
  'git-upload-pack',
  'git-upload-pack ',
  "git-upload-pack ''",
  "git-upload-pack  '/o/r.git'",
  "git-upload-pack '/o/r.git' ",
  "git-upload-pack '/o/r.git' --strict",
  "git-upload-pack --strict '/o/r.git'",
  "git-upload-pack '/o/r.git';id",
  "git-upload-pack '/o/r.git' '/o/s.git'",
  "git-upload-pack '/o/r.git''/o/s.git'",
  "git-upload-pack '/o/r.git",
  "git-upload-pack /o/r.git'",
  "git-upload-pack '/o/r'.git",
  "git-upload-pack '/o/it's.git'",
  "git-upload-pack '/o/'\\x'r.git'",
  "git-upload-pack '/o/'\\''",
  "git-upload-pack '/o/r.git'\\'",
  'git-upload-pack "/o/r.git"',
  'git-upload-pack $(id)',
  'git-upload-pack `id`',
  'git-upload-pack /o/r.git&',
  'git-upload-pack /o/r.git|id',
  'git-upload-pack -x',
  "git-upload-pack '-x'",
  "git-upload-pack '/-x/r'",
  "git-upload-pack '~bob/r.git'",
  "git-upload-pack '/~bob/r.git'",
  "git-upload-pack '/o/../r.git'",
  "git-upload-pack '/o//r.git'",
  "git-upload-pack '/a b.git'",
  "git-upload-pack '/it'\\''s'\\!'x.git'",
  "git-upload-pack '/o/r.git\n'",
  "git-upload-pack '/o/r.git'\n",
  "git-upload-pack '/o/r.git\0'",
  "git-upload-pack\t'/o/r.git'",
  "git-upload-pack '/o/\u202er.git'",
  "GIT-UPLOAD-PACK '/o/r.git'",
  "git  upload-pack '/o/r.git'",
  "  git upload-pack '/o/r.git'",
  " git-upload-pack '/o/r.git'",
  "git-shell -c 'git-upload-pack /o/r.git'",
  "/usr/bin/git-upload-pack '/o/r.git'",
  "git-upload-packx '/o/r.git'",
  'git-lfs-authenticate o/r.git',
  'git-lfs-authenticate o/r.git delete',
  'git-lfs-authenticate o/r.git upload x',
  'git-lfs-authenticate ../r.git upload',
  'git-lfs-authenticate o/r.git  upload',
  `git-upload-pack '/${'a'.repeat(5000)}'`,
]) {
  test(`refused: ${JSON.stringify(text.slice(0, 50))}`, () => {
    const parsed = parseSshCommand(text);
    assert.equal(parsed.kind, 'refused');
    assert.ok('refused' in parsed && parsed.refused !== '');
  });
}

// The quoting is git's own; what is in the quotes is then judged as a path, so the shell is asked what a client's
// string means and we must never accept another meaning.
test('no accepted string means another path to a shell', () => {
  const piece = fc.constantFrom("'", "'\\''", "'\\!'", 'a', '/', '.git', '\\', '!', '-', '"', '$', ' ');
  const accepted: { readonly text: string; readonly path: string }[] = [];
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 7 }), fc.boolean(), (pieces, quoted) => {
      const argument = quoted ? `'${pieces.join('')}'` : pieces.join('');
      const parsed = parseSshCommand(`git-upload-pack ${argument}`);
      if (parsed.kind === 'git') accepted.push({ text: argument, path: parsed.path });
    }),
    { numRuns: 5000 },
  );
  assert.ok(accepted.length > 50);
  const script = accepted.map(({ text }) => `printf '%s\\n' ${text}`).join('\n');
  const meant = execFileSync('sh', ['-c', script]).toString().split('\n').slice(0, -1);
  assert.deepEqual(
    accepted.map(({ path }) => path),
    meant,
  );
});
