// git children, started directly and through the launcher: the same behaviour from outside.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openCatFile } from '../../../src/adapters/git/cat-file.ts';
import { gitProgram, keepGitReady, runGit, spawnGit } from '../../../src/adapters/git/git-process.ts';
import { type GitChild, type Launcher, startLauncher } from '../../../src/adapters/git/launcher.ts';
import { startLines } from '../../../src/adapters/git/launcher-protocol.ts';

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-git-'));
  execFileSync('git', ['init', '-q', '--bare', directory]);
});
after(() => rmSync(directory, { recursive: true, force: true }));

for (const ready of [0, 3]) {
  describe(ready === 0 ? 'git started directly' : 'git started by the launcher', () => {
    before(async () => {
      keepGitReady(ready);
      // The first ones are on their way; later runs take over whichever is there.
      for (let at = 0; at < 5; at++) await runGit({ gitDir: directory }, ['version']);
    });
    after(() => keepGitReady(0));

    test('input arrives, output and exit code come back', async () => {
      const run = await runGit({ gitDir: directory }, ['hash-object', '--stdin'], { input: 'hello\n' });
      assert.deepEqual([run.code, run.stdout.toString()], [0, 'ce013625030ba8dba906f756967f9e9ca394464a\n']);
    });

    test('a failure has its exit code and its words', async () => {
      const run = await runGit({ gitDir: directory }, ['cat-file', '-p', '0'.repeat(40)]);
      assert.equal(run.code, 128);
      assert.match(run.stderr, /Not a valid object name|bad file|could not get/i);
    });

    test('megabytes pass unharmed in both directions', async () => {
      const data = randomBytes(8 * 1024 * 1024);
      const written = await runGit({ gitDir: directory }, ['hash-object', '-w', '--stdin'], { input: data });
      const read = await runGit({ gitDir: directory }, ['cat-file', 'blob', written.stdout.toString().trim()]);
      assert.ok(read.stdout.equals(data));
    });

    test('too much output, the time limit and the signal end it', async () => {
      const blob = await runGit({ gitDir: directory }, ['hash-object', '-w', '--stdin'], {
        input: 'x'.repeat(1 << 20),
      });
      const oid = blob.stdout.toString().trim();
      const loud = await runGit({ gitDir: directory }, ['cat-file', '--batch'], {
        input: `${oid}\n`.repeat(200),
        maxOutput: 1000,
      });
      assert.notEqual(loud.code, 0);
      const child = spawnGit({ gitDir: directory }, ['cat-file', '--batch']);
      child.stdout.resume();
      child.stderr.resume();
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      assert.notEqual(await closed, 0);
    });

    test('a reader that is closed and opened again still reads', async () => {
      const { stdout } = await runGit({ gitDir: directory }, ['hash-object', '-w', '--stdin'], { input: 'again\n' });
      const oid = stdout.toString().trim();
      for (let at = 0; at < 3; at++) {
        const reader = openCatFile({ gitDir: directory });
        reader.warm();
        assert.equal((await reader.read(oid))?.content.toString(), 'again\n');
        assert.equal(await reader.info('1'.repeat(40)), undefined);
        reader.close();
      }
    });
  });
}

test('what was taken from a launcher works on when the launcher is closed, and its end is heard of', async () => {
  const launcher = startLauncher({ git: gitProgram(), args: [], environment: { PATH: process.env['PATH'] }, count: 2 });
  const child = await taken(launcher);
  const out: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.resume();
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.stdin.write(startLines({ GIT_DIR: directory }, ['hash-object', '--stdin']));
  launcher.close();
  assert.equal(launcher.take(), undefined);
  child.stdin.end('hello\n');
  assert.equal(await closed, 0);
  assert.equal(Buffer.concat(out).toString(), 'ce013625030ba8dba906f756967f9e9ca394464a\n');
});

test('nothing in a value is evaluated by the waiting shell', async () => {
  const launcher = startLauncher({ git: gitProgram(), args: [], environment: { PATH: process.env['PATH'] }, count: 1 });
  try {
    const child = await taken(launcher);
    child.stdout.resume();
    child.stderr.resume();
    const closed = new Promise((resolve) => child.once('close', resolve));
    const marker = join(directory, 'evaluated');
    const evil = `$(touch ${marker}) \`touch ${marker}\` "; touch ${marker}; ' * \\`;
    child.stdin.write(startLines({ GIT_DIR: directory, EVIL: evil }, ['check-ref-format', evil]));
    assert.equal(await closed, 1);
    assert.throws(() => readFileSync(marker));
    assert.throws(() => startLines({ A: 'x\ngo' }, []), TypeError);
  } finally {
    launcher.close();
  }
});

/** The first process that is ready. */
async function taken(launcher: Launcher): Promise<GitChild> {
  for (;;) {
    const child = launcher.take();
    if (child !== undefined) return child;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
