import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { npmToken } from '../domain/secrets/support/tokens.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const HOOK = join(REPOSITORY, 'hooks/pre-push');
const PROGRAM = `${process.execPath} ${join(REPOSITORY, 'src/cli/sallyport.mjs')}`;
const workspace = mkdtempSync(join(tmpdir(), 'sallyport-hook-'));
after(() => rmSync(workspace, { recursive: true, force: true }));

let count = 0;

/** A clone with the hook, and the bare repository that it pushes to. */
function clone(config: Readonly<Record<string, string>> = { 'sallyport.command': PROGRAM }) {
  const root = join(workspace, String(count++));
  mkdirSync(root);
  const env = { PATH: '/usr/bin:/bin', HOME: root, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
      cwd: join(root, 'work'),
      env,
      encoding: 'utf8',
    });
    return { code: status, out: stdout.trim(), err: stderr };
  };
  const git = (...args: string[]): string => {
    const { code, out, err } = run(...args);
    assert.equal(code, 0, err);
    return out;
  };
  mkdirSync(join(root, 'work'));
  git('init', '-q', '--bare', '-b', 'main', join(root, 'bare.git'));
  git('init', '-q', '-b', 'main', '.');
  git('remote', 'add', 'origin', join(root, 'bare.git'));
  mkdirSync(join(root, 'work/.git/hooks'), { recursive: true });
  copyFileSync(HOOK, join(root, 'work/.git/hooks/pre-push'));
  for (const [key, value] of Object.entries(config)) git('config', key, value);
  const commit = (file: string, content: string): void => {
    writeFileSync(join(root, 'work', file), content);
    git('add', '-A');
    git('commit', '-qm', `change ${file}`);
  };
  const remoteTip = (ref: string): string =>
    run('--git-dir', join(root, 'bare.git'), 'rev-parse', '--verify', '-q', ref).out;
  return { run, git, commit, remoteTip };
}

const secret = (seed: string) => `token = "${npmToken(seed)}"\n`;

test('a push without secrets goes through, and one with a secret stays, with words how to mend it', () => {
  const { run, git, commit, remoteTip } = clone();
  commit('a.txt', 'fine\n');
  assert.equal(run('push', 'origin', 'main').code, 0);
  const landed = git('rev-parse', 'HEAD');
  commit('a.txt', `fine\n${secret('a')}`);
  commit('a.txt', 'fine again\n');
  const refused = run('push', 'origin', 'main');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /[0-9a-f]{12} a\.txt:2:10 {2}critical {2}npm-access-token {2}npm_…/);
  assert.match(refused.err, /git rebase -i/);
  assert.match(refused.err, /--no-verify/);
  assert.ok(!refused.err.includes(npmToken('a').slice(4, -4)));
  assert.equal(remoteTip('refs/heads/main'), landed);
});

test('a mended history is pushed', () => {
  const { run, git, commit, remoteTip } = clone();
  commit('a.txt', secret('mend'));
  assert.equal(run('push', 'origin', 'main').code, 1);
  writeFileSync(join(git('rev-parse', '--show-toplevel'), 'a.txt'), 'mended\n');
  git('commit', '-qa', '--amend', '-m', 'mended');
  assert.equal(run('push', 'origin', 'main').code, 0);
  assert.equal(remoteTip('refs/heads/main'), git('rev-parse', 'HEAD'));
});

test('what the remote has already is not looked at again, also on a new branch and a tag', () => {
  const { run, git, commit } = clone();
  commit('a.txt', secret('old'));
  git('push', '-q', '--no-verify', 'origin', 'main');
  commit('b.txt', 'fine\n');
  assert.equal(run('push', 'origin', 'main', 'main:refs/heads/other').code, 0);
  git('tag', '-a', 'v1', '-m', 'v1');
  assert.equal(run('push', 'origin', 'v1').code, 0);
  assert.equal(run('push', 'origin', ':other').code, 0);
});

test('a secret on a second branch of the same push is seen', () => {
  const { run, git, commit } = clone();
  commit('a.txt', 'fine\n');
  git('checkout', '-qb', 'side');
  commit('s.txt', secret('side'));
  assert.equal(run('push', 'origin', 'main', 'side').code, 1);
});

test('a remote tip that is not known here makes the range larger, never smaller', () => {
  const { run, git, commit } = clone();
  commit('a.txt', 'fine\n');
  git('push', '-q', 'origin', 'main');
  commit('b.txt', secret('forced'));
  git('update-ref', '-d', 'refs/remotes/origin/main');
  assert.equal(run('push', '--force', 'origin', 'main').code, 1);
});

test('without the command it says so, and leaves the push to the gate', () => {
  const { run, commit } = clone({});
  commit('a.txt', secret('none'));
  const pushed = run('push', 'origin', 'main');
  assert.equal(pushed.code, 0);
  assert.match(pushed.err, /not looked through/);
});

test('a scan that fails stops the push', () => {
  const { run, commit } = clone();
  commit('.gitleaks.toml', '[[rules]]\nid = "x"\nregex = "(?<bad"\n');
  const refused = run('push', 'origin', 'main');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /the scan itself failed/);
});
