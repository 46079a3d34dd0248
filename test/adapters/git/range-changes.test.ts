import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { RevisionError, rangeChanges } from '../../../src/adapters/git/range-changes.ts';

const directory = mkdtempSync(join(tmpdir(), 'range-changes-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const env = { PATH: process.env['PATH'] ?? '', HOME: directory, GIT_CONFIG_GLOBAL: '/dev/null' };

function git(...args: string[]): string {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@b.c'];
  return execFileSync('git', ['-C', directory, ...who, ...args], { env, encoding: 'utf8', stdio: 'pipe' }).trim();
}

function commit(files: Readonly<Record<string, string>>): string {
  for (const [path, content] of Object.entries(files)) writeFileSync(join(directory, path), content);
  git('add', '-A');
  git('commit', '-q', '--allow-empty', '-m', 'x');
  return git('rev-parse', 'HEAD');
}

/** `commit path < what it replaces`, by names. */
async function changes(...revisions: string[]): Promise<string[]> {
  const told: string[] = [];
  for await (const change of rangeChanges({ gitDir: join(directory, '.git') }, revisions)) {
    if (change.kind === 'commit') told.push(change.commit);
    else
      told.push(
        `${change.path} ${git('cat-file', '-p', change.oid).length} < ${change.replaces.map((oid) => git('cat-file', '-p', oid).length)}`,
      );
  }
  return told;
}

git('init', '-q', '-b', 'main');
const lines = (count: number) => Array.from({ length: count }, (_, at) => `line ${at}\n`).join('');
const one = commit({ 'a.txt': 'a', 'long.txt': lines(50) });
const two = commit({ 'a.txt': 'aaa' });
renameSync(join(directory, 'long.txt'), join(directory, 'moved.txt'));
const three = commit({ 'moved.txt': `${lines(50)}more\n`, 'new\nname.txt': '12345' });
rmSync(join(directory, 'a.txt'));
const four = commit({});
const [before, later] = [lines(50).trimEnd().length, `${lines(50)}more`.length];

test('a range is told oldest first: each commit, its blobs, and what these replace, through a rename too', async () => {
  assert.deepEqual(await changes('HEAD'), [
    ...[one, 'a.txt 1 < ', `long.txt ${before} < `],
    ...[two, 'a.txt 3 < 1'],
    ...[three, `moved.txt ${later} < ${before}`, 'new\nname.txt 5 < '],
    four,
  ]);
});

test('only the range is told', async () => {
  assert.deepEqual(await changes(`${two}..HEAD~1`), [three, `moved.txt ${later} < ${before}`, 'new\nname.txt 5 < ']);
  assert.deepEqual(await changes('HEAD..HEAD'), []);
});

test('a merge tells what none of its parents has, and a submodule is nobody’s blob', async () => {
  git('checkout', '-qb', 'side', one);
  const side = commit({ 'side.txt': 'side' });
  git('checkout', '-q', 'main');
  git('merge', '-q', '--no-commit', '-s', 'ours', 'side');
  git('update-index', '--add', '--cacheinfo', `160000,${side},sub`);
  mkdirSync(join(directory, 'sub'));
  writeFileSync(join(directory, 'evil.txt'), 'evil');
  git('add', 'evil.txt');
  git('commit', '-qm', 'merge');
  const merge = git('rev-parse', 'HEAD');
  assert.deepEqual(await changes('HEAD', '^HEAD^1'), [side, 'side.txt 4 < ', merge, 'evil.txt 4 < ']);
});

test('what git does not know is told as wrong revisions', async () => {
  await assert.rejects(changes('nope..'), RevisionError);
});
