// The command line from outside: real processes, one set-up directory, first without a gateway, then with one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openQueue, type Queue } from '../gateway/api/queue.ts';
import { type Run, type RunOptions, runProgram, startProgram } from './program.ts';

let root: string;
let dir: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'sallyport-cli-'));
  dir = join(root, 'gate');
  const made = await runProgram(['init', '--dir', dir, '--upstream', 'http://127.0.0.1:9']);
  assert.deepEqual([made.code, made.stdout], [0, `${join(dir, 'admin.token')}\n`], made.stderr);
  const config = join(dir, 'sallyport.yaml');
  await writeFile(config, (await readFile(config, 'utf8')).replace(':8080', ':0').replace(':2222', ':0'));
});
after(() => rm(root, { recursive: true, force: true }));

const run = (args: string, options: RunOptions = {}): Promise<Run> =>
  runProgram(args.split(' '), { cwd: dir, ...options });

async function ok(args: string, options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(args, options);
  assert.equal(code, 0, `${args}: ${stderr}`);
  return stdout;
}

test('init writes what serve needs, secrets for nobody else to read', async () => {
  for (const [file, mode] of [
    ['admin.token', 0o600],
    ['data', 0o700],
    ['keys', 0o700],
    ['keys/ssh_host_ed25519_key', 0o600],
    ['data/sallyport.db', 0o600],
  ] as const) {
    assert.equal((await stat(join(dir, file))).mode & 0o777, mode, file);
  }
  assert.match(await readFile(join(dir, 'admin.token'), 'utf8'), /^sp_[0-9A-Za-z]{46}\n$/);
  assert.match(await ok('policy check'), /policy\.yaml: ok, \d rules/);
  assert.match(await ok('whoami'), /^admin\n {2}kind {4}human\n {2}groups {2}admin\n/);
});

test('init changes nothing where something is already', async () => {
  const before = await readFile(join(dir, 'sallyport.yaml'), 'utf8');
  const again = await runProgram(['init', '--dir', dir]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /exists already/);
  assert.equal(await readFile(join(dir, 'sallyport.yaml'), 'utf8'), before);
});

const UPSTREAMS: readonly [given: string, url: string, credential: RegExp][] = [
  [
    'https://git.example.com',
    'https://git.example.com/{path}',
    /main: \{ kind: basic, username: "sallyport", password: \{ env: UPSTREAM_PASSWORD \} \}/,
  ],
  [
    'https://bot@git.example.com/{repo}.git',
    'https://git.example.com/{repo}.git',
    /main: \{ kind: basic, username: "bot"/,
  ],
  ['http://127.0.0.1:9000/{path}', 'http://127.0.0.1:9000/{path}', /main: \{ kind: none \}/],
  [
    'ssh://git@git.example.com/{path}',
    'ssh://git@git.example.com/{path}',
    /main: \{ kind: ssh-key, username: "git", privateKey: \{ file: .\/keys\/upstream_key \} \}/,
  ],
];
for (const [given, url, credential] of UPSTREAMS) {
  test(`init --upstream ${given} writes a configuration that is valid`, async () => {
    const target = await mkdtemp(join(root, 'up-'));
    const made = await runProgram(['init', '--dir', join(target, 'g'), '--upstream', given]);
    assert.equal(made.code, 0, made.stderr);
    const text = await readFile(join(target, 'g/sallyport.yaml'), 'utf8');
    assert.equal(text.includes(`url: "${url}"`), true, text);
    assert.match(text, credential);
    assert.equal((await runProgram(['user', 'ls'], { cwd: join(target, 'g') })).code, 0);
  });
}

test('init refuses an upstream that is none, or holds a password, and leaves nothing behind', async () => {
  for (const given of [
    'git.example.com',
    'file:///srv',
    'https://u:pw@host/',
    'https://host/{path}"',
    'https://{path}/',
  ]) {
    const target = join(root, 'refused');
    const made = await runProgram(['init', '--dir', target, '--upstream', given]);
    assert.equal(made.code, 2, given);
    assert.equal(made.stdout, '');
    await assert.rejects(stat(join(target, 'sallyport.yaml')));
  }
});

test('calling it wrongly is exit 2 with an explanation, and commands of other versions are not known', async () => {
  for (const args of [
    'frob',
    'push frob',
    'user',
    'push show',
    'push show x',
    'push show 0',
    'push reject 1',
    'exception',
    'exception revoke',
    'exception revoke x',
    'token create',
    'token create --user a --expires soon',
    'user add',
    'user add x --kind robot',
    'push ls --jsn',
    'agent frob',
    'agent rename dc1',
    'agent-token create',
    'attribute',
    'hook',
    'replay 1',
    'policy replay',
    'audit export',
    'credential',
    'user link alice',
  ]) {
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 2, args);
    assert.equal(stdout, '', args);
    assert.notEqual(stderr, '', args);
  }
  assert.equal((await run('--help')).code, 0);
  assert.equal((await run('push --help')).code, 0);
  assert.match((await run('--version')).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('a wrong value is exit 2 and one line that names it, whoever finds it out', async () => {
  for (const [args, expected] of [
    ['push ls --state bogus', /option '--state <state>' argument 'bogus' is invalid\. Must be of receiving, .*held/],
    ['push ls --limit 501', /option '--limit <n>' argument '501' is invalid\. Must be a whole number from 1 to 500/],
    [
      'audit search --since yesterday',
      /option '--since <time>' argument 'yesterday' is invalid\. Must be a time: 2026-/,
    ],
    ['audit search --type push', /option '--type <types>' argument 'push' is invalid\. Must be of gateway\.started, /],
    ['token create --user a --scope all', /option '--scope <scopes>' argument 'all' is invalid\. Must be of git, api/],
    ['user add a!', /^sallyport: name: must be 1 to 64 letters/],
    ['user add a --groups b!', /^sallyport: groups: must be a group name/],
  ] as const) {
    const { code, stdout, stderr } = await run(args);
    assert.deepEqual([code, stdout], [2, ''], args);
    assert.match(stderr, expected);
    assert.ok(stderr.trimEnd().split('\n').length <= 2, stderr);
  }
});

test('without a gateway, users, tokens and keys are kept in the store itself', async () => {
  assert.equal(await ok('user add alice --groups dev'), 'added human alice in dev\n');
  assert.equal(
    await ok('user add copilot --kind coding-agent --sponsor alice --groups dev'),
    'added coding-agent copilot in dev\n',
  );
  const taken = await run('user add alice');
  assert.deepEqual([taken.code, taken.stdout, taken.stderr], [1, '', 'sallyport: there is a user alice already\n']);
  const token = (await ok('token create --user alice --expires 30d --scope api')).trimEnd();
  assert.match(token, /^sp_[0-9A-Za-z]{46}$/);
  const who = JSON.parse(await ok('whoami --json', { env: { SALLYPORT_TOKEN: token } }));
  assert.deepEqual([who.name, who.groups, who.token.scopes], ['alice', ['dev'], ['api']]);
  const denied = await run('user add eve --groups admin', { env: { SALLYPORT_TOKEN: token } });
  assert.deepEqual([denied.code, denied.stderr], [1, 'sallyport: only an admin may do this\n']);
  const tokens = JSON.parse(await ok('token ls --json')) as { id: string; user: string; revokedAt?: string }[];
  const { id } = tokens.find(({ user }) => user === 'alice') ?? { id: '' };
  assert.equal(await ok(`token revoke ${id}`), `revoked ${id}\n`);
  assert.equal((await run('whoami', { env: { SALLYPORT_TOKEN: token } })).code, 1);
  assert.match(await ok('token ls'), new RegExp(`^${id} +alice +api .* revoked$`, 'm'));
});

test('key add takes a public key, from a file or standard input, and never a private one', async () => {
  const file = join(root, 'id');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'c', '-f', file]);
  const wrong = await run(`key add ${file} --user admin`);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /is a private key\nhint: /);
  assert.match(await ok(`key add ${file}.pub --user admin`), /^added SHA256:\S+ for admin, key-\w+\n$/);
  const input = await readFile(`${file}.pub`, 'utf8');
  assert.match((await run('key add -', { input })).stderr, /registered already/);
  const keys = JSON.parse(await ok('key ls --json')) as { id: string; comment: string }[];
  assert.deepEqual(
    keys.map(({ comment }) => comment),
    ['c'],
  );
  await ok(`key revoke ${keys[0]?.id}`);
});

test('every listing with --json is one document on stdout and nothing else', async () => {
  for (const args of [
    'user ls',
    'token ls',
    'key ls',
    'push ls',
    'exception ls',
    'audit search',
    'audit verify',
    'whoami',
  ]) {
    const { code, stdout, stderr } = await run(`${args} --json`);
    assert.deepEqual([code, stderr], [0, ''], args);
    assert.equal(typeof JSON.parse(stdout), 'object', args);
  }
});

test('policy check names the place of a mistake, without a gateway or a configuration', async () => {
  const file = join(root, 'broken.yaml');
  await writeFile(file, 'version: 1\nrules:\n  - name: x\n    wen: { refs: ["refs/heads/main"] }\n    then: hold\n');
  const { code, stdout, stderr } = await runProgram(['policy', 'check', file], { cwd: root });
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, new RegExp(`^${file}:4:5: `, 'm'));
  assert.equal((await runProgram(['policy', 'check', '/nonexistent'], { cwd: root })).code, 1);
});

test('a mistake in sallyport.yaml is told with its place', async () => {
  const file = join(root, 'bad.yaml');
  await writeFile(file, 'upstreems: []\n');
  for (const args of [['user', 'ls'], ['serve']]) {
    const { code, stderr } = await runProgram([...args, '--config', file]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`${file}:1:1: upstreems: unknown key`));
  }
});

test('with neither configuration nor environment, a command says what it needs', async () => {
  const { code, stderr } = await runProgram(['push', 'ls'], { cwd: root });
  assert.equal(code, 1);
  assert.match(stderr, /SALLYPORT_URL.*\nhint: .*sallyport init/);
  const half = await runProgram(['push', 'ls'], { cwd: dir, env: { SALLYPORT_URL: 'http://127.0.0.1:9' } });
  assert.equal(half.code, 2);
  const gone = await runProgram(['push', 'ls'], {
    cwd: dir,
    env: { SALLYPORT_URL: 'http://127.0.0.1:9', SALLYPORT_TOKEN: 'x' },
  });
  assert.equal(gone.code, 1);
  assert.match(gone.stderr, /does not answer/);
});

test('doctor finds the faults and says what to mend', async () => {
  const keyFile = join(dir, 'keys/ssh_host_ed25519_key');
  await chmod(keyFile, 0o644);
  try {
    const { code, stdout, stderr } = await run('doctor');
    assert.equal(code, 1);
    assert.match(stdout, /^ok {7}git: /m);
    assert.match(stdout, /^fault {4}host key: .*can be read by others\n {9}hint: chmod 600/m);
    assert.match(stdout, /^fault {4}upstream main: 127\.0\.0\.1:9 refused the connection\n {9}hint: is it running/m);
    assert.match(stderr, /2 faults found/);
  } finally {
    await chmod(keyFile, 0o600);
  }
  const report = JSON.parse((await run('doctor --json')).stdout) as {
    ok: boolean;
    checks: { name: string; status: string }[];
  };
  assert.equal(report.ok, false);
  assert.deepEqual(
    report.checks.filter(({ status }) => status === 'fault').map(({ name }) => name),
    ['upstream main'],
  );
});

test('a trail that was changed is found out, and the exit says so', async () => {
  const target = join(root, 'forged');
  await runProgram(['init', '--dir', target]);
  assert.equal((await runProgram(['audit', 'verify'], { cwd: target })).code, 0);
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(join(target, 'data/sallyport.db'));
  for (const { name } of database.prepare("select name from sqlite_schema where type = 'trigger'").all()) {
    database.exec(`drop trigger ${name}`);
  }
  database.exec("update trail set line = replace(line, 'user added', 'user added!') where idx = 0");
  database.close();
  const { code, stdout, stderr } = await runProgram(['audit', 'verify'], { cwd: target });
  assert.deepEqual([code, stdout], [1, ''], stderr);
  assert.match(stderr, /not sound/);
});

test('serve says when it is ready, is found by commands, and ends in good order', async () => {
  const child = startProgram(['serve', '--config', join(dir, 'sallyport.yaml')]);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  try {
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout?.setEncoding('utf8').once('data', resolve);
      child.once('close', () => reject(new Error('serve ended')));
    });
    const gateway = JSON.parse(await readFile(join(dir, 'data/gateway.json'), 'utf8')) as {
      http: string;
      ssh: string;
      pid: number;
    };
    assert.equal(line, `sallyport is ready: ${gateway.http} ssh://${gateway.ssh} pid ${child.pid}\n`);
    assert.equal(gateway.pid, child.pid);
    assert.equal(await ok('user add bob --groups sre'), 'added human bob in sre\n');
    const token = (await ok('token create --user bob')).trimEnd();
    const env = { SALLYPORT_URL: gateway.http, SALLYPORT_TOKEN: token };
    assert.match((await runProgram(['whoami'], { cwd: root, env })).stdout, /^bob\n/);
    assert.deepEqual(JSON.parse((await runProgram(['push', 'ls', '--json'], { cwd: root, env })).stdout), []);
    assert.equal((await fetch(`${gateway.http}/readyz`)).status, 200);
  } finally {
    child.kill('SIGTERM');
  }
  assert.equal(await ended, 0);
  await assert.rejects(stat(join(dir, 'data/gateway.json')));
  assert.match(
    await ok('audit search --type gateway.started,gateway.stopped'),
    /gateway\.started[\s\S]*gateway\.stopped/,
  );
});

test('a gateway file that a killed gateway left is no gateway', async () => {
  const file = join(dir, 'data/gateway.json');
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  await writeFile(file, JSON.stringify({ http: `http://127.0.0.1:${port}`, ssh: '127.0.0.1:1', pid: process.pid }));
  assert.equal((await run('user ls')).code, 0);
  await rm(file);
});

test('the queue: list, show, explain, approve, reject, withdraw, wait, diff', async () => {
  const queue: Queue = await openQueue();
  const server = createServer(queue.api.handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const as = (name: 'alice' | 'bob' | 'mallory', args: readonly string[]) =>
    runProgram(args, { cwd: root, env: { SALLYPORT_URL: url, SALLYPORT_TOKEN: queue.token(name) } });
  try {
    const hostile = 'refs/heads/\u001b]0;x\u0007\u202e\u009b31m';
    const push = await queue.push({ refName: hostile, reason: '\u001b[2J' });
    queue.diffs = [{ refName: hostile, text: '+\ttab\u001b[31m\u202e\n-x\n', truncated: true }];
    const id = String(push.id);
    for (const args of [
      ['push', 'ls'],
      ['push', 'ls', '--json'],
      ['push', 'show', id],
      ['push', 'show', id, '--json'],
      ['push', 'diff', id],
      ['push', 'diff', id, '--json'],
      ['push', 'explain', id],
      ['policy', 'explain', id, '--json'],
    ]) {
      const { code, stdout, stderr } = await as('bob', args);
      assert.equal(code, 0, `${args}: ${stderr}`);
      assert.doesNotMatch(stdout + stderr, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/, args.join(' '));
    }
    const shown = JSON.parse((await as('bob', ['push', 'show', id, '--json'])).stdout);
    assert.deepEqual([shown.updates[0].refName, shown.reason], [hostile, '\u001b[2J']);
    const diff = await as('bob', ['push', 'diff', id]);
    assert.match(diff.stdout, /^\+\ttab/m);
    assert.match(diff.stderr, /is longer than shown/);

    assert.equal((await as('mallory', ['push', 'show', id])).code, 1);
    const own = await as('alice', ['push', 'approve', id]);
    assert.deepEqual([own.code, own.stdout], [1, '']);
    assert.match(own.stderr, /^sallyport: you pushed this yourself\nhint: /);
    const approved = await as('bob', ['push', 'approve', id, '-m', 'fine']);
    assert.deepEqual([approved.code, approved.stdout], [0, `approved push ${id}; it is relaying\n`]);
    assert.equal((await as('bob', ['push', 'approve', id])).code, 1);

    const waiting = as('alice', ['push', 'wait', id]);
    const claimed = await queue.store.pushes.claimRelay(push.id, 'test', Date.now() + 60_000, Date.now());
    await queue.store.pushes.transition({
      id: push.id,
      from: ['relaying'],
      to: 'landed',
      fence: claimed?.lease.token ?? -1,
      entry: { type: 'push.landed', body: {} },
    });
    assert.deepEqual([(await waiting).code, (await waiting).stdout], [0, `push ${id} has landed\n`]);

    const second = String((await queue.push()).id);
    assert.equal(
      (await as('bob', ['push', 'reject', second, '-m', 'wrong region'])).stdout,
      `rejected push ${second}\n`,
    );
    const waited = await as('alice', ['push', 'wait', second]);
    assert.deepEqual(
      [waited.code, waited.stderr],
      [1, `sallyport: push ${second} is rejected: rejected by bob: wrong region\n`],
    );

    const third = String((await queue.push()).id);
    assert.match((await as('alice', ['push', 'wait', third, '--timeout', '10ms'])).stderr, /gave up waiting/);
    assert.equal((await as('alice', ['push', 'withdraw', third])).stdout, `withdrew push ${third}\n`);
    assert.match((await as('alice', ['push', 'ls', '--state', 'withdrawn'])).stdout, new RegExp(`^${third} `, 'm'));
    const page = await as('alice', ['push', 'ls', '--limit', '1', '--before', third, '--json']);
    assert.deepEqual(
      (JSON.parse(page.stdout) as { id: number }[]).map((one) => String(one.id)),
      [second],
    );
  } finally {
    server.closeAllConnections();
    server.close();
    await queue.close();
  }
});

test('the token goes nowhere else: not to another host by a redirect', async () => {
  const seen: (string | undefined)[] = [];
  const target = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end('{}');
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const bait = createServer((_, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${(target.address() as AddressInfo).port}/` }).end();
  });
  await new Promise<void>((resolve) => bait.listen(0, '127.0.0.1', resolve));
  try {
    const env = { SALLYPORT_URL: `http://127.0.0.1:${(bait.address() as AddressInfo).port}`, SALLYPORT_TOKEN: 'sp_x' };
    assert.equal((await runProgram(['whoami'], { cwd: root, env })).code, 1);
    assert.deepEqual(seen, []);
  } finally {
    bait.close();
    target.close();
  }
});
