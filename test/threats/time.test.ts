// Time and state: rows 46 to 54 of THREATS.md. What was approved is what lands, once, or nothing does.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { access, chmod, copyFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Door, must, openWorld, type World } from '../support/world.ts';
import { Attacker, newestPush, pushAfter, reasonsOf, relayedPushes, type ShownPush, shownPush } from './attacker.ts';

let world: World;
let alice: Attacker;
let files = 0;

before(async () => {
  world = await openWorld();
  alice = new Attacker(world, 'alice', await world.clone('http', 'alice'));
});

after(() => world?.close());

/** A commit on the upstream's main that changes what production needs SRE for. */
async function protectedCommit(who: Attacker, message = 'bigger'): Promise<string> {
  await who.git(['fetch', '-q', 'origin']);
  await who.startFrom('origin/main');
  files += 1;
  return who.commit({ [`infra/prod/${files}.tf`]: 'size = 2\n' }, message);
}

async function pushed(who: Attacker, door: Door, refspec: string): Promise<ShownPush> {
  await world.git(who.name, ['push', world.url(door, who.name), refspec], { cwd: who.cwd });
  return newestPush(world);
}

async function held(who: Attacker, door: Door = 'http'): Promise<ShownPush> {
  await protectedCommit(who);
  const push = await pushed(who, door, 'HEAD:refs/heads/main');
  assert.equal(push.state, 'held', reasonsOf(push));
  return push;
}

const approve = (name: string, id: number) => world.api(name, 'POST', `/api/v1/pushes/${id}/approve`, {});

/** Of the upstream's main, past the gate. */
async function moveMain(to: string): Promise<void> {
  await alice.git(['push', '-q', '--force', world.upstreamDirectory, `${to}:refs/heads/main`]);
}

async function mainUpstream(): Promise<string | undefined> {
  return (await world.upstreamRefs())['refs/heads/main'];
}

test('46: an amended push is held again, and the approval of what was before it lands nothing', async () => {
  const first = await held(alice);
  const before = await mainUpstream();
  await alice.git(['commit', '-q', '--amend', '-m', 'amended after it was looked at']);
  const second = await pushed(alice, 'ssh', 'HEAD:refs/heads/main');
  assert.equal(second.state, 'held');
  assert.notEqual(second.id, first.id);
  assert.equal((await shownPush(world, first.id)).state, 'superseded');
  assert.equal((await approve('bob', first.id)).status, 409);
  assert.equal((await shownPush(world, second.id)).approvals.length, 0);
  assert.equal(await mainUpstream(), before);
});

test('46: the same commands with other bytes find the hold, and the other bytes go nowhere', async () => {
  const push = await held(alice);
  const tip = await alice.oid('HEAD');
  const smuggled = await alice.object('blob', 'slipped in while it was held\n');
  const oldOid = (await mainUpstream()) ?? '';
  const again = await alice.send(
    [{ oldOid, newOid: tip, refName: 'refs/heads/main' }],
    await alice.pack([tip], [smuggled]),
  );
  assert.equal(again.report?.refs[0]?.ok, false);
  assert.equal((await newestPush(world)).id, push.id);
  assert.equal((await approve('bob', push.id)).status, 200);
  assert.equal((await pushAfter(world, push.id, ['held', 'relaying'])).state, 'landed');
  assert.equal(await mainUpstream(), tip);
  const upstream = new Attacker(world, 'alice', world.upstreamDirectory);
  await upstream.git(['cat-file', '-e', tip]);
  await assert.rejects(upstream.git(['cat-file', '-e', smuggled]));
});

test('47: a branch that moved after the review is not moved further by the approval', async () => {
  const push = await held(alice);
  const relayed = relayedPushes(world);
  await alice.git(['checkout', '-q', '--detach', 'origin/main']);
  const other = await alice.commit({ 'src/other.txt': `${push.id}\n` });
  await moveMain(other);
  assert.equal((await approve('bob', push.id)).status, 200);
  assert.equal((await pushAfter(world, push.id, ['held', 'relaying'])).state, 'stale');
  assert.equal(await mainUpstream(), other);
  assert.equal(relayedPushes(world), relayed);
});

describe('48: a recording that is altered while its push is held is not relayed', () => {
  const alterations: readonly (readonly [string, (file: string) => Promise<void>])[] = [
    ['one bit of the pack', (file) => changed(file, (bytes) => flip(bytes, bytes.length - 40))],
    ['the last byte of the pack', (file) => changed(file, (bytes) => flip(bytes, bytes.length - 1))],
    [
      'the ref in the commands',
      (file) => changed(file, (bytes) => bytes.write('maim', bytes.indexOf('main'), 'latin1')),
    ],
    ['the commands made unreadable', (file) => changed(file, (bytes) => flip(bytes, 0))],
    ['a byte less', async (file) => truncate(file, (await readFile(file)).length - 1)],
    ['a byte more', async (file) => writeFile(file, Buffer.concat([await readFile(file), Buffer.of(0)]))],
    ['no recording at all', (file) => rm(file)],
    [
      'the recording of another push',
      async (file) => {
        await copyFile(join(file, '../../1/request'), file);
      },
    ],
  ];
  test('a pack of its own in front of as many bytes as there were', async () => {
    // git acts on a pack as soon as it has seen its end: the digest of what comes behind it would be too late.
    await protectedCommit(alice);
    await alice.commit({ 'big.bin': randomBytes(700_000).toString('latin1') });
    const decided = await alice.oid('HEAD');
    const push = await pushed(alice, 'http', 'HEAD:refs/heads/main');
    assert.equal(push.state, 'held');
    const refs = await world.upstreamRefs();
    const file = join(world.dataDir, 'recordings', `${push.id}`, 'request');
    const bytes = await readFile(file);
    await protectedCommit(alice, 'never inspected');
    const evil = await alice.oid('HEAD');
    bytes.write(evil, bytes.indexOf(decided), 'latin1');
    (await alice.pack([evil])).copy(bytes, bytes.indexOf('PACK'));
    await writeFile(file, bytes);
    assert.equal((await approve('bob', push.id)).status, 200);
    const end = await pushAfter(world, push.id, ['held', 'relaying', 'unknown']);
    assert.deepEqual(await world.upstreamRefs(), refs);
    assert.equal(end.state, 'declined');
  });

  for (const [title, alter] of alterations) {
    test(title, async () => {
      const push = await held(alice);
      const refs = await world.upstreamRefs();
      await alter(join(world.dataDir, 'recordings', `${push.id}`, 'request'));
      assert.equal((await approve('bob', push.id)).status, 200);
      const end = await pushAfter(world, push.id, ['held', 'relaying', 'unknown']);
      assert.equal(end.state, 'declined');
      assert.match(end.note ?? '', /recording .* not what was recorded.*: nothing was relayed/);
      assert.deepEqual(await world.upstreamRefs(), refs);
    });
  }
});

test('49: an approval is used up: the same push again, after a revert, waits for a new one', async () => {
  const push = await held(alice);
  const tip = await alice.oid('HEAD');
  const before = (await mainUpstream()) ?? '';
  assert.equal((await approve('bob', push.id)).status, 200);
  assert.equal((await pushAfter(world, push.id, ['held', 'relaying'])).state, 'landed');
  await moveMain(before);
  assert.equal((await approve('bob', push.id)).status, 409);
  const again = await pushed(alice, 'ssh', `${tip}:refs/heads/main`);
  assert.equal(again.state, 'held');
  assert.deepEqual(again.approvals, []);
  assert.equal(await mainUpstream(), before);
});

describe('50: who had a part in a push does not approve it', () => {
  test('the pusher, who could approve for others', async () => {
    const bob = new Attacker(world, 'bob', await world.clone('ssh', 'bob'));
    const push = await held(bob);
    assert.equal((await approve('bob', push.id)).status, 403);
    assert.equal((await shownPush(world, push.id)).state, 'held');
  });

  const parts: readonly (readonly [string, string, Record<string, string>])[] = [
    ['the author of a commit', 'bigger', { GIT_AUTHOR_EMAIL: 'Bob@Example.com', GIT_AUTHOR_NAME: 'Robert' }],
    ['the committer of a commit', 'bigger', { GIT_COMMITTER_NAME: 'bob', GIT_COMMITTER_EMAIL: 'b@example.org' }],
    ['a co-author', 'bigger\n\nco-authored-by: Robert <12345+bob@users.noreply.github.com>', {}],
  ];
  for (const [title, message, env] of parts) {
    test(title, async () => {
      await protectedCommit(alice);
      await must(
        world.git('alice', ['commit', '-q', '--amend', '--reset-author', '-m', message], { cwd: alice.cwd, env }),
      );
      const push = await pushed(alice, 'http', 'HEAD:refs/heads/main');
      const refused = await approve('bob', push.id);
      assert.equal(refused.status, 403, JSON.stringify(refused.body));
      assert.equal((await shownPush(world, push.id)).state, 'held');
    });
  }

  test('an author whose name was taken out of what is stored', async () => {
    await protectedCommit(alice);
    const env = { GIT_AUTHOR_NAME: 'bob', GIT_AUTHOR_EMAIL: 'bob@example.com' };
    await must(world.git('alice', ['commit', '-q', '--amend', '--reset-author', '--no-edit'], { cwd: alice.cwd, env }));
    const push = await pushed(alice, 'http', 'HEAD:refs/heads/main');
    const file = join(world.dataDir, 'recordings', `${push.id}`, 'inputs.json.gz');
    const inputs = gunzipSync(await readFile(file)).toString();
    assert.match(inputs, /bob@example/);
    await writeFile(file, gzipSync(inputs.replaceAll('bob', 'eve')));
    assert.equal((await approve('bob', push.id)).status, 403);
    assert.equal((await shownPush(world, push.id)).approvals.length, 0);
  });

  test('a coding agent, its sponsor, somebody of another group, a stranger', async () => {
    const copilot = new Attacker(world, 'copilot', await world.clone('http', 'copilot'));
    const push = await held(copilot);
    const answers = { copilot: 403, alice: 403, carol: 403, mallory: 404 };
    for (const [name, status] of Object.entries(answers)) {
      assert.equal((await approve(name, push.id)).status, status, name);
    }
    assert.equal((await shownPush(world, push.id)).approvals.length, 0);
  });
});

test('51: a policy that no longer loads changes nothing, until it is mended', async () => {
  const file = join(world.directory, 'policy.yaml');
  const good = await readFile(file, 'utf8');
  for (const bad of ['rules: [', 'version: 1\nrules: []\nunknown: true\n', '', undefined]) {
    if (bad === undefined) await rm(file);
    else await writeFile(file, bad);
    const push = await held(alice);
    assert.match(reasonsOf(push), /production needs SRE/);
  }
  await writeFile(file, 'version: 1\nrules: []\n');
  await protectedCommit(alice);
  assert.equal((await pushed(alice, 'http', 'HEAD:refs/heads/free')).state, 'landed');
  await writeFile(file, good);
  await held(alice);
});

test('53: a report that is lost after the push went up is settled by asking, never by sending again', async () => {
  // The upstream has taken the push and is about to say so when its connection breaks.
  const hook = join(world.upstreamDirectory, 'hooks/post-receive');
  const flag = join(world.directory, 'arrived');
  await writeFile(hook, `#!/bin/sh\ntouch '${flag}'\nwhile [ -e '${flag}' ]; do sleep 0.02; done\n`);
  await chmod(hook, 0o755);
  await alice.git(['fetch', '-q', 'origin']);
  await alice.startFrom('origin/main');
  const tip = await alice.commit({ 'src/lost.txt': 'lost\n' });
  const relayed = relayedPushes(world);
  const pushing = world.git('alice', ['push', world.url('http', 'alice'), 'HEAD:refs/heads/lost'], { cwd: alice.cwd });
  while (!(await exists(flag))) await new Promise((resolve) => setTimeout(resolve, 10));
  await world.upstreamRelay.goDown();
  await rm(hook);
  await rm(flag);
  await world.upstreamRelay.comeBack();
  const done = await pushing;
  assert.equal(done.code, 0, done.stderr);
  assert.equal((await world.upstreamRefs())['refs/heads/lost'], tip);
  assert.equal(relayedPushes(world), relayed + 1);
  assert.equal((await newestPush(world)).state, 'landed');
});

describe('54: two pushes at once', () => {
  test('to one ref: one lands, the other is told that it did not', async () => {
    const bob = new Attacker(world, 'bob', await world.clone('http', 'bob'));
    const tips: string[] = [];
    for (const who of [alice, bob]) {
      await who.git(['fetch', '-q', 'origin']);
      await who.startFrom('origin/main');
      tips.push(await who.commit({ 'src/race.txt': `${who.name}\n` }));
    }
    const runs = await Promise.all(
      [alice, bob].map(({ name, cwd }) =>
        world.git(name, ['push', world.url(name === 'bob' ? 'ssh' : 'http', name), 'HEAD:refs/heads/main'], { cwd }),
      ),
    );
    assert.deepEqual(runs.map(({ code }) => code).toSorted(), [0, 1], runs.map(({ stderr }) => stderr).join());
    assert.equal(await mainUpstream(), tips[runs.findIndex(({ code }) => code === 0)]);
  });

  test('held for one ref: of two approvals one lands, the other push is stale', async () => {
    const bob = new Attacker(world, 'bob', await world.clone('http', 'bob'));
    const first = await held(alice);
    const firstTip = await alice.oid('HEAD');
    const second = await held(bob, 'ssh');
    const [one, other] = await Promise.all([approve('bob', first.id), approve('root', second.id)]);
    assert.equal(one.status, 200);
    assert.equal(other.status, 403, 'root is no sre');
    assert.equal((await pushAfter(world, first.id, ['held', 'relaying'])).state, 'landed');
    assert.equal(await mainUpstream(), firstTip);
    assert.equal((await shownPush(world, second.id)).state, 'held');
    const again = await pushed(bob, 'http', 'HEAD:refs/heads/main');
    assert.equal(again.id, second.id, 'git answers from what it knows, or the hold is found');
  });
});

function flip(bytes: Buffer, at: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
}

async function changed(file: string, change: (bytes: Buffer) => void): Promise<void> {
  const bytes = await readFile(file);
  change(bytes);
  await writeFile(file, bytes);
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
