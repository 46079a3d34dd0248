// The upstream side, what lies in the data directory, and what people are shown: rows 43, 55, 74, 77, 78, 88, 92 and 93
// of THREATS.md.
import assert from 'node:assert/strict';
import { access, chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { CAST, must, openWorld, type World } from '../support/world.ts';
import { Attacker, NO_OBJECTS, newestPush, pushAfter, reasonsOf, ZERO } from './attacker.ts';

const POLICY = `version: 1
rules:
  - name: production needs SRE
    when: { paths: ["infra/prod/**"] }
    then: hold
    approvals: [{ group: sre, count: 1 }]
  - name: no such words
    when: { message: ["forbidden"] }
    then: refuse
`;
const ESCAPE = '\u001b]0;owned\u0007\u001b[2J\u009b31m';

let world: World;
let alice: Attacker;
let base: string;

before(async () => {
  world = await openWorld({ policy: POLICY });
  alice = new Attacker(world, 'alice', await world.clone('http', 'alice'));
  base = await alice.oid('origin/main');
});

after(() => world?.close());

async function mirrorDirectory(): Promise<string> {
  const [name] = await readdir(join(world.dataDir, 'mirrors'));
  return join(world.dataDir, 'mirrors', name ?? '');
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Bytes that make a terminal do something: C0 but tab, line feed and carriage return; DEL; C1 as UTF-8 or bare. */
function controls(text: string): readonly string[] {
  return text.match(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]/g) ?? [];
}

async function hook(name: string, script: string): Promise<() => Promise<void>> {
  const file = join(world.upstreamDirectory, 'hooks', name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return () => rm(file);
}

test('77: a push that names a thousand absent objects asks the upstream a few times', async () => {
  const entries = Array.from({ length: 1000 }, (_, at) => ({
    mode: '100644',
    name: `f${`${at}`.padStart(4, '0')}`,
    oid: `${at}`.padStart(40, 'a'),
  }));
  const tree = await alice.tree(entries);
  const tip = await alice.commitOf(tree, [base]);
  const pack = await alice.git(['pack-objects', '--stdout', '-q'], `${tip}\n${tree}\n`);
  const asked = world.upstreamRequests.length;
  const answer = await alice.send([{ oldOid: ZERO, newOid: tip, refName: 'refs/heads/absent' }], pack);
  assert.equal(answer.report?.refs[0]?.ok, false);
  assert.match(reasonsOf(await newestPush(world)), /missing|neither/);
  assert.ok(world.upstreamRequests.length - asked <= 15, `${world.upstreamRequests.length - asked} requests`);
});

test('43: an object that the mirror has under the same id with other bytes refuses the push', async () => {
  await alice.startFrom(base);
  const tip = await alice.commit({ 'src/swapped.txt': 'what is pushed\n' });
  const blob = await alice.oid('HEAD:src/swapped.txt');
  // Somebody has put other bytes under this id into the mirror: what was reviewed would not be what lands.
  const planted = Buffer.from('what is shown!\n');
  const loose = join(await mirrorDirectory(), 'objects', blob.slice(0, 2), blob.slice(2));
  await mkdir(join(loose, '..'), { recursive: true });
  await writeFile(loose, deflateSync(Buffer.concat([Buffer.from(`blob ${planted.length}\0`), planted])));
  const pushed = await world.git('alice', ['push', world.url('ssh', 'alice'), `${tip}:refs/heads/swapped`], {
    cwd: alice.cwd,
  });
  await rm(loose);
  assert.equal(pushed.code, 1, pushed.stderr);
  const push = await newestPush(world);
  assert.equal(push.state, 'refused');
  assert.match(reasonsOf(push), /collision/i);
  assert.equal((await world.upstreamRefs())['refs/heads/swapped'], undefined);
});

test('78: nothing that is planted in the mirror runs', async () => {
  const mirror = await mirrorDirectory();
  const flag = join(world.directory, 'ran');
  const script = join(world.directory, 'planted.sh');
  await writeFile(script, `#!/bin/sh\necho "$0 $*" >> '${flag}'\ncat\n`);
  await chmod(script, 0o755);
  await mkdir(join(mirror, 'hooks'), { recursive: true });
  for (const name of [
    'pre-receive',
    'update',
    'reference-transaction',
    'post-index-change',
    'pre-auto-gc',
    'fsmonitor-watchman',
    'post-rewrite',
    'post-checkout',
  ]) {
    await writeFile(join(mirror, 'hooks', name), `#!/bin/sh\necho ${name} >> '${flag}'\n`);
    await chmod(join(mirror, 'hooks', name), 0o755);
  }
  const config = join(mirror, 'config');
  const good = await readFile(config, 'utf8');
  await writeFile(
    config,
    `${good}\tfsmonitor = ${script}
\thooksPath = ${join(mirror, 'hooks')}
\tsshCommand = ${script}
\tgitProxy = ${script}
\talternateRefsCommand = ${script}
\tpager = ${script}
\teditor = ${script}
[diff]
\texternal = ${script}
[diff "planted"]
\tcommand = ${script}
\ttextconv = ${script}
[filter "planted"]
\tsmudge = ${script}
\tclean = ${script}
\tprocess = ${script}
[uploadpack]
\tpackObjectsHook = ${script}
[credential]
\thelper = ${script}
[gpg]
\tprogram = ${script}
[remote "origin"]
\turl = ext::${script}
\tpromisor = true
\tpartialclonefilter = blob:none
`,
  );
  await mkdir(join(mirror, 'info'), { recursive: true });
  await writeFile(join(mirror, 'info/attributes'), '* diff=planted filter=planted\n');
  // Everything that a gateway does with a repository, on a gateway that has just started.
  await world.stop();
  await world.start();
  await alice.startFrom(base);
  const tip = await alice.commit({ 'infra/prod/x.tf': 'x\n', 'src/file-1.txt': 'changed\n' });
  await world.git('alice', ['push', world.url('http', 'alice'), `${tip}:refs/heads/planted`], { cwd: alice.cwd });
  const push = await newestPush(world);
  assert.equal(push.state, 'held', reasonsOf(push));
  const { status, body } = await world.api('bob', 'GET', `/api/v1/pushes/${push.id}/diff`);
  assert.equal(status, 200);
  assert.match(JSON.stringify(body), /\+changed/);
  await world.api('bob', 'POST', `/api/v1/pushes/${push.id}/approve`, {});
  assert.equal((await pushAfter(world, push.id, ['held', 'relaying'])).state, 'landed');
  await alice.send([{ oldOid: ZERO, newOid: 'b'.repeat(40), refName: 'refs/heads/absent' }], NO_OBJECTS);
  await world.clone('ssh', 'bob');
  await world.stop();
  await writeFile(config, good);
  await rm(join(mirror, 'info/attributes'));
  await rm(join(mirror, 'hooks'), { recursive: true });
  await world.start();
  assert.equal(await exists(flag), false, (await exists(flag)) ? await readFile(flag, 'utf8') : '');
});

describe('88: what a terminal would obey is never passed on raw', () => {
  test('from a hook of the upstream: its messages and its reason', async () => {
    const remove = await hook('pre-receive', `printf '${octal(ESCAPE)} from the hook\\n' >&2; exit 1`);
    await alice.startFrom(base);
    const tip = await alice.commit({ 'src/a.txt': 'a\n' });
    const commands = [{ oldOid: ZERO, newOid: tip, refName: 'refs/heads/hooked' }];
    const answer = await alice.send(commands, await alice.pack([tip]));
    await remove();
    assert.equal(answer.report?.refs[0]?.ok, false);
    assert.match(answer.messages, /from the hook/);
    assert.deepEqual(controls(answer.messages), []);
    assert.deepEqual(controls(JSON.stringify(answer.report)), []);
    const over = await world.git('alice', ['push', world.url('ssh', 'alice'), `${tip}:refs/heads/hooked`], {
      cwd: alice.cwd,
    });
    assert.deepEqual(controls(over.stderr), []);
    const { body } = await world.api('root', 'GET', '/api/v1/pushes?limit=1');
    assert.deepEqual(controls(JSON.stringify(body)), []);
  });

  test('from names, messages and reasons of the pusher', async () => {
    await alice.startFrom(base);
    const blob = await alice.object('blob', 'x\n');
    const prod = await alice.tree([{ mode: '100644', name: `${ESCAPE}.tf`, oid: blob }]);
    const infra = await alice.tree([{ mode: '40000', name: 'prod', oid: prod }]);
    const root = await alice.tree([{ mode: '40000', name: 'infra', oid: infra }]);
    const tip = await alice.commitOf(root, [], `${ESCAPE} forbidden\n`);
    const pack = await alice.git(['pack-objects', '--stdout', '-q'], `${[tip, root, infra, prod, blob].join('\n')}\n`);
    // git's rules for ref names know of C0 only: a C1 control in UTF-8 is a fine name.
    const commands = [{ oldOid: ZERO, newOid: tip, refName: 'refs/heads/\u009b31m' }];
    const options = [`sallyport.reason=${ESCAPE}`, `sallyport.${ESCAPE}=1`];
    for (const wanted of [[], options.slice(0, 1), options]) {
      const answer = await alice.send(commands, pack, { options: wanted });
      assert.equal(answer.report?.refs[0]?.ok, false);
      assert.deepEqual(controls(answer.messages), []);
      // The name itself is the client's own word, which it looks for in the report.
      assert.deepEqual(controls(answer.report?.refs[0]?.ok === false ? answer.report.refs[0].reason : ''), []);
    }
    const json = await alice.send(commands, pack, { options: ['sallyport.format=json'] });
    assert.deepEqual(controls(json.messages), []);
  });
});

test('93: a name that looks like an address does not get into the address that is shown', async () => {
  await alice.startFrom(base);
  const tip = await alice.commit({ 'infra/prod/y.tf': 'y\n' });
  const commands = [{ oldOid: ZERO, newOid: tip, refName: 'refs/heads/@evil.example/x' }];
  const answer = await alice.send(commands, await alice.pack([tip]));
  const push = await newestPush(world);
  assert.equal(push.state, 'held');
  assert.deepEqual(answer.messages.match(/https?:\S+/g), [`${world.http}/pushes/${push.id}`]);
});

test('55: the trail names each step before it was taken, and is sound', async () => {
  await alice.startFrom(base);
  const tip = await alice.commit({ 'infra/prod/z.tf': 'z\n' });
  await world.git('alice', ['push', world.url('ssh', 'alice'), `${tip}:refs/heads/line\u00adfeed`], { cwd: alice.cwd });
  const push = await newestPush(world);
  await world.api('bob', 'POST', `/api/v1/pushes/${push.id}/approve`, { comment: `fine\n{"type":"push.landed"}` });
  assert.equal((await pushAfter(world, push.id, ['held', 'relaying'])).state, 'landed');
  const { body } = await world.api('root', 'GET', `/api/v1/audit?push=${push.id}`);
  assert.deepEqual(
    (body as readonly { type: string }[]).map(({ type }) => type),
    ['push.received', 'push.held', 'push.approved', 'push.released', 'push.relay-claimed', 'push.landed'],
  );
  const { body: verified } = await world.api('root', 'GET', '/api/v1/audit/verify');
  assert.equal((verified as { fault?: unknown }).fault ?? null, null);
});

test('74: no credential is in anything that this world has written or said', async () => {
  const password = (await readFile(join(world.directory, 'upstream-password'), 'utf8')).trim();
  const secrets = [
    password,
    Buffer.from(`gate:${password}`).toString('base64'),
    ...CAST.map(({ name }) => world.token(name)),
  ];
  const said: string[] = [];
  await alice.startFrom(base);
  const tip = await alice.commit({ 'src/c.txt': 'c\n' });
  // The ways on which a credential would slip out: an upstream that declines and says much, one that is away.
  const remove = await hook('pre-receive', 'env >&2; exit 1');
  for (const door of ['http', 'ssh'] as const) {
    const run = await world.git('alice', ['push', world.url(door, 'alice'), `${tip}:refs/heads/leak`], {
      cwd: alice.cwd,
    });
    said.push(run.stdout, run.stderr);
  }
  await remove();
  await world.upstreamRelay.goDown();
  for (const door of ['http', 'ssh'] as const) {
    const run = await world.git('alice', ['ls-remote', world.url(door, 'alice')]);
    said.push(run.stdout, run.stderr.replaceAll(world.url(door, 'alice'), ''));
  }
  await world.upstreamRelay.comeBack();
  for (const path of ['pushes?limit=500', 'users', 'tokens', 'keys', 'audit?limit=1000', 'policy', 'whoami']) {
    said.push(JSON.stringify((await world.api('root', 'GET', `/api/v1/${path}`)).body));
  }
  said.push(await (await fetch(`${world.http}/metrics`)).text(), await (await fetch(`${world.http}/readyz`)).text());
  await must(world.git('alice', ['ls-remote', world.url('ssh', 'alice')]));
  for (const entry of await readdir(world.dataDir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) said.push(await readFile(join(entry.parentPath, entry.name), 'latin1'));
  }
  for (const text of said) for (const secret of secrets) assert.ok(!text.includes(secret), text.slice(0, 200));
  // What is started for the work has nothing on its command line that others may not read.
  for (const line of await commandLines()) for (const secret of secrets) assert.ok(!line.includes(secret), line);
});

/** Of this process's children; where there is no /proc, none. */
async function commandLines(): Promise<readonly string[]> {
  const names = await readdir('/proc').catch(() => []);
  const lines: string[] = [];
  for (const name of names.filter((one) => /^\d+$/.test(one))) {
    const status = await readFile(`/proc/${name}/status`, 'latin1').catch(() => '');
    if (!status.includes(`\nPPid:\t${process.pid}\n`)) continue;
    lines.push(await readFile(`/proc/${name}/cmdline`, 'latin1').catch(() => ''));
  }
  return lines;
}

/** As printf(1) takes any byte. */
function octal(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
