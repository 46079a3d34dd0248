import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { tarOf, zipOf } from '../domain/secrets/support/archives.ts';
import { npmToken, plainText } from '../domain/secrets/support/tokens.ts';
import { type Run, runProgram } from './program.ts';

const workspace = mkdtempSync(join(tmpdir(), 'sallyport-scan-'));
after(() => rmSync(workspace, { recursive: true, force: true }));
let count = 0;

/** A new directory with these files. */
function directory(files: Readonly<Record<string, string | Buffer>>): string {
  const root = join(workspace, String(count++));
  mkdirSync(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

interface Told {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly rule: string;
  readonly severity: string;
  readonly masked: string;
  readonly commit?: string;
}

async function found(
  args: readonly string[],
  options: Parameters<typeof runProgram>[1] = {},
): Promise<{ told: Told[]; run: Run }> {
  const run = await runProgram(['scan', ...args, '--json'], options);
  return { told: JSON.parse(run.stdout), run };
}

const A = npmToken('a');
const assign = (token: string, comment = '') => `x\nconst t = "${token}";${comment}\n`;

test('a directory is scanned with all that is in it, and the findings are one JSON array', async () => {
  const member = { name: 'x/.npmrc', content: Buffer.from(`\n//r/:_authToken=${npmToken('member')}\n`) };
  const root = directory({
    'src/a.ts': assign(A),
    'b/c/bin.dat': Buffer.concat([Buffer.from([0, 1, 2, 255, 10]), Buffer.from(npmToken('bin')), Buffer.from([0, 9])]),
    'arch/a.tgz': gzipSync(tarOf([member])),
    'arch/b.zip': zipOf([member], 'deflated'),
    empty: '',
    'fine.md': plainText('fine', 5000),
  });
  const { told, run } = await found([root]);
  assert.equal(run.code, 1);
  assert.deepEqual(
    told.map(({ file, line, column }) => `${file}:${line}:${column}`),
    ['arch/a.tgz!x/.npmrc:2:17', 'arch/b.zip!x/.npmrc:2:17', 'b/c/bin.dat:2:1', 'src/a.ts:2:12'],
  );
  const [one] = told;
  assert.deepEqual(Object.keys(one ?? {}), ['file', 'line', 'column', 'rule', 'severity', 'masked']);
  assert.deepEqual([one?.rule, one?.severity], ['npm-access-token', 'critical']);
  assert.ok(!run.stdout.includes(npmToken('member').slice(4, -4)));
});

test('nothing found is an empty array and exit 0', async () => {
  const { told, run } = await found([directory({ 'a.txt': 'nothing here\n' })]);
  assert.deepEqual([told, run.code, run.stderr], [[], 0, '']);
});

test('a file is told under the name it was given, standard input as -', async () => {
  const root = directory({ 'a.ts': assign(A) });
  assert.deepEqual(
    (await found(['a.ts'], { cwd: root })).told.map(({ file }) => file),
    ['a.ts'],
  );
  const file = join(root, 'a.ts');
  assert.deepEqual(
    (await found([file])).told.map((one) => one.file),
    [file],
  );
  const { told, run } = await found(['-'], { input: assign(A) });
  assert.deepEqual(
    told.map((one) => [one.file, one.line, one.column]),
    [['-', 2, 12]],
  );
  assert.equal(run.code, 1);
});

const USAGE: readonly (readonly [fact: string, args: readonly string[], message: RegExp])[] = [
  ['a path that is not there', ['nowhere'], /cannot be read \(ENOENT\)/],
  ['a format that there is not', ['--format', 'xml'], /Allowed choices/],
  ['a severity that there is not', ['--severity', '>=bad'], /--severity/],
  ['--json with another format', ['--json', '--format', 'sarif'], /choose one/],
  ['an option in place of a revision', ['--rev-range', '--output=x'], /no revision/],
  ['standard input and commits', ['-', '--rev-range', 'HEAD'], /not standard input/],
  ['an exclusion that is no pattern', ['--exclude', '[a'], /--exclude/],
  [
    'a .gitleaks.toml that is not there',
    ['--gitleaks-config', 'nowhere.toml'],
    /nowhere\.toml cannot be read \(ENOENT\)/,
  ],
];

for (const [fact, args, message] of USAGE) {
  test(`called wrongly: ${fact} is exit 2 and nothing on stdout`, async () => {
    const run = await runProgram(['scan', ...args], { cwd: directory({ a: assign(A) }) });
    assert.deepEqual([run.code, run.stdout], [2, '']);
    assert.match(run.stderr, message);
  });
}

test('exclusions, .git and what links lead to are left out', async () => {
  const outside = directory({ 'secret.txt': assign(A) });
  const root = directory({
    '.git/config': assign(A),
    'node_modules/x/a.ts': assign(A),
    'gen/a.min.js': assign(A),
    'src/a.ts': assign(A),
  });
  symlinkSync(outside, join(root, 'link'));
  symlinkSync(join(outside, 'secret.txt'), join(root, 'link.txt'));
  const { told } = await found([root, '--exclude', 'node_modules/', '--exclude', 'gen/*.min.js']);
  assert.deepEqual(
    told.map(({ file }) => file),
    ['src/a.ts'],
  );
});

test('a link that is named is followed', async () => {
  const root = directory({ 'src/a.ts': assign(A) });
  symlinkSync(root, `${root}-link`);
  assert.deepEqual(
    (await found([`${root}-link`])).told.map(({ file }) => file),
    ['src/a.ts'],
  );
});

test('what cannot be read is said, and is not the same as clean', async () => {
  const pipe = join(directory({}), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const { told, run } = await found([pipe]);
  assert.deepEqual([told, run.code], [[], 2]);
  assert.match(run.stderr, /pipe: cannot be read \(not a file\)/);
});

test('what is packed in a way that is not read is said', async () => {
  const root = directory({ 'a.7z': Buffer.from('7z\xbc\xaf\x27\x1c and more', 'latin1') });
  const { run } = await found([root]);
  assert.equal(run.code, 0);
  assert.match(run.stderr, /a\.7z!7z: not inspected: 7z/);
});

test('severity is a filter, and says how much it hides', async () => {
  const token = ['sk_', 'test_', 'aB3dE6gH9jK2mN5pQ8sT1vW4'].join('');
  const root = directory({ 'a.ts': `const key = "${token}";\n` });
  const hidden = await found([root]);
  assert.deepEqual([hidden.told, hidden.run.code], [[], 0]);
  assert.match(hidden.run.stderr, /not shown: 1 below medium/);
  const shown = await found([root, '--severity', 'low']);
  assert.deepEqual([shown.told.map(({ severity }) => severity), shown.run.code], [['low'], 1]);
});

test('comments allow, unless they may not', async () => {
  const root = directory({ 'a.ts': assign(A, ' // gitleaks:allow') });
  const allowed = await found([root]);
  assert.deepEqual([allowed.told, allowed.run.code], [[], 0]);
  assert.match(allowed.run.stderr, /1 allowed by comments/);
  assert.equal((await found([root, '--no-inline-allow'])).told.length, 1);
});

test('.gitleaks.toml and .gitleaksignore at the root hold', async () => {
  const acme = ['acme', '-0123456789ab'].join('');
  const root = directory({
    '.gitleaks.toml': `[[rules]]\nid = "acme"\nregex = '''acme-[0-9a-f]{12}'''\nkeywords = ["acme"]\n[[allowlists]]\npaths = ['''^test/''']\n`,
    '.gitleaksignore': '# known\nold.ts:npm-access-token:2\n',
    'a.ts': `${acme}\n`,
    'test/b.ts': assign(A),
    'old.ts': assign(A),
    'new.ts': assign(A),
  });
  const { told, run } = await found([root]);
  assert.deepEqual(
    told.map(({ file, rule }) => `${file} ${rule}`),
    ['a.ts acme', 'new.ts npm-access-token'],
  );
  assert.match(run.stderr, /1 by \.gitleaksignore/);
});

test('a .gitleaks.toml that is broken stops the scan, with file and line', async () => {
  const root = directory({ '.gitleaks.toml': '[[rules]]\nid = "x"\nregex = "(?<bad"\n', 'a.ts': assign(A) });
  const run = await runProgram(['scan', root]);
  assert.deepEqual([run.code, run.stdout], [2, '']);
  assert.match(run.stderr, /\.gitleaks\.toml:1: rule x: /);
});

test('the formats are what tools read', async () => {
  const root = directory({ 'a.ts': assign(A), 'b.ts': assign(A) });
  const output = async (format: string) => (await runProgram(['scan', root, '--format', format])).stdout;
  const lines = (await output('jsonl'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ file }) => file),
    ['a.ts', 'b.ts'],
  );
  const sarif = JSON.parse(await output('sarif'));
  assert.equal(sarif.runs[0].results.length, 2);
  assert.equal(sarif.runs[0].tool.driver.rules[0].helpUri.startsWith('https://'), true);
  const [entry] = JSON.parse(await output('gitleaks'));
  assert.deepEqual([entry.RuleID, entry.StartLine, entry.File], ['npm-access-token', 2, 'a.ts']);
  assert.match(await output('text'), /^a\.ts:2:12 {2}critical {2}npm-access-token {2}npm_…\w{4}\n/);
});

test('a secret in the name of a file is told, and not by its name', async () => {
  const name = `${npmToken('name')}.txt`;
  const { told, run } = await found([directory({ [name]: assign(A) })]);
  assert.deepEqual(
    told.map(({ line }) => line),
    [0, 2],
  );
  assert.ok(!run.stdout.includes(npmToken('name').slice(4, -4)));
});

test('more than one thread is used for a tree, and changes nothing', async () => {
  const files: Record<string, string> = {};
  for (let at = 0; at < 300; at++) {
    files[`d${at % 7}/f${at}.txt`] =
      plainText(`f${at}`, 40_000) + (at % 10 === 0 ? `\n${assign(npmToken(`t${at}`))}` : '');
  }
  const { told, run } = await found([directory(files)]);
  assert.equal(run.code, 1);
  assert.equal(told.length, 30);
  assert.deepEqual(
    told.map(({ file }) => file),
    told.map(({ file }) => file).sort(),
  );
});

test('hostile files end within bounds: one long line, near-matches, a bomb', async () => {
  const near = ['gh', 'p_'].join('');
  const root = directory({
    'line.js': Buffer.alloc(10 << 20, 'aB3='),
    'near.txt': near.repeat(1 << 20),
    'bomb.gz': gzipSync(Buffer.alloc(200 << 20), { level: 1 }),
    'nested.gz': gzipSync(gzipSync(gzipSync(gzipSync(gzipSync(A))))),
  });
  const started = performance.now();
  const { run } = await found([root]);
  assert.ok(performance.now() - started < 30_000);
  assert.match(run.stderr, /bomb\.gz!gzip: not inspected/);
  assert.match(run.stderr, /nested\.gz!.*not inspected: nested too deep/);
});

function repository(): {
  root: string;
  git: (...args: string[]) => string;
  commit: (message: string, files: Record<string, string | null>) => string;
} {
  const root = directory({});
  const env = { PATH: process.env['PATH'] ?? '', HOME: workspace, GIT_CONFIG_GLOBAL: '/dev/null' };
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', ...args], {
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  git('init', '-q', '-b', 'main');
  const commit = (message: string, files: Record<string, string | null>): string => {
    for (const [path, content] of Object.entries(files)) {
      if (content === null) rmSync(join(root, path));
      else writeFileSync(join(root, path), content);
    }
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', message);
    return git('rev-parse', 'HEAD');
  };
  return { root, git, commit };
}

const places = (told: readonly Told[]) => told.map(({ commit, file, line }) => `${commit} ${file}:${line}`);

test('a history is told by the commit that introduced a secret, also when a later one took it out', async () => {
  const { root, commit } = repository();
  commit('one', { 'a.ts': 'x\n' });
  const two = commit('two', { 'a.ts': assign(A) });
  commit('three', { 'a.ts': `y\n${assign(A)}z\n` });
  const four = commit(`four ${npmToken('message')}`, { 'b.ts': `1\n2\n${assign(npmToken('b'))}`, 'a.ts': 'x\n' });
  commit('five', { 'b.ts': null });
  const { told, run } = await found(['--rev-range', '--all', '-C', root]);
  assert.equal(run.code, 1);
  assert.deepEqual(places(told), [`${four} commit message:1`, `${two} a.ts:2`, `${four} b.ts:4`]);
});

test('only what the range introduces is told: not what was there, nor what a rename carries along', async () => {
  const { root, git, commit } = repository();
  commit('old', { 'old.ts': `${plainText('old', 2000)}\n${assign(A)}` });
  git('mv', 'old.ts', 'renamed.ts');
  const next = commit('next', { 'renamed.ts': `${plainText('old', 2000)}\n${assign(A)}\n${assign(npmToken('next'))}` });
  const { told } = await found(['--rev-range', 'HEAD~1..'], { cwd: root });
  assert.equal(told.length, 1);
  assert.deepEqual([told[0]?.commit, told[0]?.file], [next, 'renamed.ts']);
});

test('a second copy of a secret that was there is a new one', async () => {
  const { root, commit } = repository();
  commit('one', { 'a.ts': assign(A) });
  commit('two', { 'a.ts': assign(A) + assign(A) });
  assert.equal((await found(['--rev-range', 'HEAD~1..', '-C', root])).told.length, 1);
});

test('a merge introduces only what neither side had', async () => {
  const { root, git, commit } = repository();
  commit('base', { 'a.ts': '1\n2\n3\n' });
  git('checkout', '-qb', 'side');
  const side = commit('side', { 'side.ts': assign(A) });
  git('checkout', '-q', 'main');
  commit('main', { 'a.ts': '1\n2\n3\n4\n' });
  git('merge', '-q', '--no-commit', 'side');
  const merge = commit('merge', { 'evil.ts': assign(npmToken('evil')) });
  const { told } = await found(['--rev-range', 'main', '-C', root]);
  assert.deepEqual(places(told).sort(), [`${merge} evil.ts:2`, `${side} side.ts:2`].sort());
});

test('.gitleaksignore counts by commit, and the gitleaks report says who and when', async () => {
  const { root, commit } = repository();
  const one = commit('one', { 'a.ts': assign(A) });
  commit('two', { 'b.ts': assign(npmToken('b')) });
  writeFileSync(join(root, '.gitleaksignore'), `${one}:a.ts:npm-access-token:2\n`);
  const run = await runProgram(['scan', root, '--rev-range', 'HEAD', '--format', 'gitleaks']);
  const entries = JSON.parse(run.stdout);
  assert.deepEqual(
    entries.map((entry: Record<string, unknown>) => [entry['File'], entry['Author'], entry['Email'], entry['Message']]),
    [['b.ts', 'Ann', 'ann@example.org', 'two']],
  );
});

test('a range that git does not know, and a place without a repository, are wrong usage', async () => {
  const { root } = repository();
  assert.equal((await runProgram(['scan', '--rev-range', 'nope..', '-C', root])).code, 2);
  assert.equal(
    (
      await runProgram(['scan', '--rev-range', 'HEAD', '-C', directory({})], {
        env: { GIT_CEILING_DIRECTORIES: workspace },
      })
    ).code,
    2,
  );
});
