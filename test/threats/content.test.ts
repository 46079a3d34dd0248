// What a pack carries, and what its commands say of it: rows 19 to 44 of THREATS.md, pushed for real. Each attempt ends
// with the upstream exactly as it was, and without a push request to it.
import assert from 'node:assert/strict';
import { chmod, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Door, must, openWorld, type World } from '../support/world.ts';
import { Attacker, NO_OBJECTS, newestPush, reasonsOf, relayedPushes, ZERO } from './attacker.ts';

const POLICY = `version: 1
rules:
  - name: protected paths
    when: { paths: ["infra/prod/**", "/.github/workflows/", "/CODEOWNERS", "/caf\\u00e9/"] }
    then: hold
    approvals: [{ group: sre, count: 1 }]
  - name: submodules
    when: { submodules: true }
    then: hold
    approvals: [{ group: security, count: 1 }]
  - name: owners
    when: { refs: ["refs/heads/owned"] }
    then: hold
    approvals: [{ codeowners: true, fallback: sre }]
  - name: nobody rewrites main
    when: { refs: ["refs/heads/main"], update: [force, delete] }
    then: refuse
  - name: canary in a message
    when: { message: ["canary-[0-9]+"] }
    then: refuse
`;

const UPSTREAM_COMMITS = [
  {
    message: 'first\n',
    files: {
      'README.md': 'read me\n',
      'src/app.js': 'let a = 1;\n',
      'infra/prod/db.tf': 'size = 1\n',
      '.github/workflows/ci.yml': 'on: push\n',
      CODEOWNERS: '/src/ @security\n',
    },
  },
  { message: 'second\n', files: { 'src/b.js': 'let b = 1;\n' } },
  { message: 'third\n', files: { 'src/b.js': 'let b = 2;\n' } },
];

let world: World;
let eve: Attacker;
let base: string;

before(async () => {
  world = await openWorld({ policy: POLICY, commits: UPSTREAM_COMMITS });
  // Eve has stolen nothing: she is alice, a developer who may push.
  eve = new Attacker(world, 'alice', await world.clone('http', 'alice'));
  base = await eve.oid('origin/main');
  // What the upstream has besides: branches, and a pull request that nobody has merged.
  await eve.startFrom(base);
  await eve.commit({ 'infra/prod/db.tf': 'size = 1000\n' }, 'pull request');
  const refs = [
    `HEAD:refs/pull/1/head`,
    `${base}:refs/heads/topic`,
    `${base}:refs/heads/owned`,
    `${base}:refs/tags/v1`,
  ];
  await eve.git(['push', '-q', world.upstreamDirectory, ...refs]);
  await eve.git(['fetch', '-q', 'origin']);
});

after(() => world?.close());

interface Attempt {
  readonly row: number;
  readonly title: string;
  readonly ends: 'refused' | 'held';
  /** In the reasons that are recorded. */
  readonly because: RegExp;
  /** Makes the objects; answers the arguments of `git push`, or has sent a push by hand. */
  make(): Promise<readonly string[] | 'sent'>;
}

/** Runs the attempts one after the other, over both doors in turn. */
function attempts(list: readonly Attempt[]): void {
  for (const [at, { row, title, ends, because, make }] of list.entries()) {
    const door: Door = at % 2 === 0 ? 'http' : 'ssh';
    test(`${row}: ${title}`, async () => {
      const refs = await world.upstreamRefs();
      const relayed = relayedPushes(world);
      const before = await newestPush(world).catch(() => undefined);
      await eve.startFrom(base);
      const args = await make();
      if (args !== 'sent') {
        const pushed = await world.git('alice', ['push', world.url(door, 'alice'), ...args], { cwd: eve.cwd });
        assert.equal(pushed.code, 1, pushed.stderr);
        assert.match(pushed.stderr, /\[remote rejected\]/);
      }
      const push = await newestPush(world);
      assert.notEqual(push.id, before?.id, 'the attempt was recorded');
      assert.equal(push.state, ends, reasonsOf(push));
      assert.match(reasonsOf(push), because);
      assert.equal(push.principal.name, 'alice');
      assert.deepEqual(await world.upstreamRefs(), refs);
      assert.equal(relayedPushes(world), relayed, 'no push request went upstream');
    });
  }
}

/** The root tree of main with some entries put in front or behind, in this order. */
async function rootWith(entries: (blob: string) => readonly { mode: string; name: string; oid: string }[]) {
  const blob = await eve.object('blob', `content ${Math.random()}\n`);
  return eve.commitOf(await eve.tree(entries(blob)), [base]);
}

async function pushCommit(make: Promise<string>, refName = 'refs/heads/x'): Promise<readonly string[]> {
  return [`${await make}:${refName}`];
}

describe('objects that no ref would show', () => {
  attempts([
    {
      row: 19,
      title: 'a blob in the pack that nothing names',
      ends: 'refused',
      because: /hidden/,
      async make() {
        const tip = await eve.commit({ 'src/c.js': 'c\n' });
        const hidden = await eve.object('blob', 'stolen goods\n');
        const pack = await eve.pack([tip], [hidden]);
        const answer = await eve.send([{ oldOid: ZERO, newOid: tip, refName: 'refs/heads/x' }], pack);
        assert.deepEqual(answer.report?.refs, [
          { refName: 'refs/heads/x', ok: false, reason: 'refused: default: hidden objects' },
        ]);
        return 'sent';
      },
    },
    {
      row: 19,
      title: 'a commit in the pack that no command reaches',
      ends: 'refused',
      because: /hidden/,
      async make() {
        const shown = await eve.commit({ 'src/d.js': 'd\n' });
        const hidden = await eve.commit({ 'src/e.js': 'e\n' });
        const pack = await eve.pack([hidden]);
        await eve.send([{ oldOid: ZERO, newOid: shown, refName: 'refs/heads/x' }], pack);
        return 'sent';
      },
    },
    {
      row: 24,
      title: 'a refused commit named again without its objects',
      ends: 'refused',
      because: /missing|lacks|neither|not sent/i,
      async make() {
        const refused = await eve.commit({ 'src/f.js': 'f\n' }, 'canary-1');
        const first = await eve.send(
          [{ oldOid: ZERO, newOid: refused, refName: 'refs/heads/x' }],
          await eve.pack([refused]),
        );
        assert.equal(first.report?.refs[0]?.ok, false);
        await eve.send([{ oldOid: base, newOid: refused, refName: 'refs/heads/main' }], NO_OBJECTS);
        return 'sent';
      },
    },
    {
      row: 24,
      title: 'a refused commit pushed again, below a harmless one',
      ends: 'refused',
      because: /canary/,
      async make() {
        await eve.commit({ 'src/f.js': 'f\n' }, 'canary-1');
        await world.git('alice', ['push', world.url('ssh', 'alice'), 'HEAD:refs/heads/y'], { cwd: eve.cwd });
        await eve.commit({ 'src/f.js': 'ff\n' }, 'harmless');
        return ['HEAD:refs/heads/x'];
      },
    },
    {
      row: 25,
      title: 'a branch at the head of a pull request, without a pack',
      ends: 'held',
      because: /infra\/prod\/db\.tf/,
      async make() {
        await eve.git(['fetch', '-q', 'origin', 'refs/pull/1/head:refs/remotes/origin/pull-1']);
        await eve.send([{ oldOid: ZERO, newOid: await eve.oid('origin/pull-1'), refName: 'refs/heads/x' }], NO_OBJECTS);
        return 'sent';
      },
    },
  ]);
});

describe('changes that the net difference does not show', () => {
  attempts([
    {
      row: 20,
      title: 'a protected path changed in the first of five commits of a new branch, and changed back in the third',
      ends: 'held',
      because: /infra\/prod\/db\.tf/,
      async make() {
        for (const [at, text] of ['size = 9\n', 'size = 9\n', 'size = 1\n', 'size = 1\n', 'size = 1\n'].entries()) {
          await eve.commit({ 'infra/prod/db.tf': text, 'src/n.js': `${at}\n` });
        }
        return ['HEAD:refs/heads/x'];
      },
    },
    {
      row: 21,
      title: 'the same on a branch that is there',
      ends: 'held',
      because: /infra\/prod\/db\.tf/,
      async make() {
        await eve.commit({ 'infra/prod/db.tf': 'size = 9\n' });
        await eve.commit({ 'infra/prod/db.tf': 'size = 1\n' });
        return ['HEAD:refs/heads/topic'];
      },
    },
    {
      row: 22,
      title: 'main moved back to an older version',
      ends: 'refused',
      because: /nobody rewrites main/,
      make: async () => ['--force', `${base}~1:refs/heads/main`],
    },
    {
      row: 22,
      title: 'main rewritten under an older merge base',
      ends: 'refused',
      because: /nobody rewrites main/,
      async make() {
        await eve.startFrom(`${base}~2`);
        await eve.commit({ 'src/b.js': 'let b = 3;\n' });
        return ['--force', 'HEAD:refs/heads/main'];
      },
    },
    {
      row: 23,
      title: 'an old value of zero for a branch that exists',
      ends: 'refused',
      because: /stale/,
      async make() {
        const tip = await eve.commit({ 'src/g.js': 'g\n' });
        await eve.send([{ oldOid: ZERO, newOid: tip, refName: 'refs/heads/main' }], await eve.pack([tip]));
        return 'sent';
      },
    },
    {
      row: 23,
      title: 'an old value that makes the difference small',
      ends: 'refused',
      because: /stale/,
      async make() {
        const big = await eve.commit({ 'infra/prod/db.tf': 'size = 7\n' });
        const tip = await eve.commit({ 'src/g.js': 'g\n' });
        await eve.send([{ oldOid: big, newOid: tip, refName: 'refs/heads/main' }], await eve.pack([tip]));
        return 'sent';
      },
    },
    {
      row: 26,
      title: 'a protected path changed in the resolution of a merge alone',
      ends: 'held',
      because: /infra\/prod\/db\.tf/,
      async make() {
        await eve.commit({ 'src/side.js': 'side\n' });
        await eve.git(['checkout', '-q', '-b', 'evil', base]);
        await eve.git(['merge', '-q', '--no-ff', '--no-commit', 'HEAD@{1}']);
        await eve.commit({ 'infra/prod/db.tf': 'size = 666\n' }, 'merge');
        assert.equal((await eve.git(['rev-list', '--parents', '-1', 'HEAD'])).toString().split(' ').length, 3);
        await eve.git(['checkout', '-q', '--detach']);
        await eve.git(['branch', '-q', '-D', 'evil']);
        return ['HEAD:refs/heads/main'];
      },
    },
    {
      row: 27,
      title: 'an unrelated history with a protected path',
      ends: 'held',
      because: /infra\/prod\/new\.tf/,
      async make() {
        const blob = await eve.object('blob', 'new\n');
        const prod = await eve.tree([{ mode: '100644', name: 'new.tf', oid: blob }]);
        const infra = await eve.tree([{ mode: '40000', name: 'prod', oid: prod }]);
        const root = await eve.tree([{ mode: '40000', name: 'infra', oid: infra }]);
        return pushCommit(eve.commitOf(root, []));
      },
    },
    {
      row: 27,
      title: 'an octopus whose third parent brings a protected path',
      ends: 'held',
      because: /infra\/prod\/db\.tf/,
      async make() {
        const one = await eve.commit({ 'src/one.js': '1\n' });
        await eve.startFrom(base);
        const two = await eve.commit({ 'infra/prod/db.tf': 'size = 8\n' });
        return pushCommit(eve.commitOf(await eve.oid(`${base}^{tree}`), [base, one, two]));
      },
    },
    {
      row: 27,
      title: 'a protected path from a clone of depth 1',
      ends: 'held',
      because: /infra\/prod\/db\.tf/,
      async make() {
        const shallow = await world.clone('http', 'alice', ['--depth', '1']);
        await world.commit(shallow, 'alice', { 'infra/prod/db.tf': 'size = 5\n' });
        const pushed = await world.git('alice', ['push', 'origin', 'HEAD:refs/heads/x'], { cwd: shallow });
        assert.equal(pushed.code, 1, pushed.stderr);
        return 'sent';
      },
    },
    {
      row: 28,
      title: 'what a rule forbids in the message of an annotated tag',
      ends: 'refused',
      because: /canary in a message/,
      make: async () => [`${await eve.tagOf(base, 'commit', 'canary-2\n')}:refs/tags/v2`],
    },
    {
      row: 28,
      title: 'what a rule forbids in the message of a commit that is merged, not first parent',
      ends: 'refused',
      because: /canary in a message/,
      async make() {
        const side = await eve.commit({ 'src/s.js': 's\n' }, 'canary-3');
        return pushCommit(eve.commitOf(await eve.oid(`${side}^{tree}`), [base, side]));
      },
    },
    {
      row: 29,
      title: 'a tag of a tag on a commit with a protected path',
      ends: 'held',
      because: /infra\/prod\/db\.tf/,
      async make() {
        const tip = await eve.commit({ 'infra/prod/db.tf': 'size = 4\n' });
        const inner = await eve.tagOf(tip, 'commit');
        return [`${await eve.tagOf(inner, 'tag', 'outer\n')}:refs/tags/v3`];
      },
    },
    {
      row: 29,
      title: 'what a rule forbids in the innermost tag of a chain',
      ends: 'refused',
      because: /canary in a message/,
      async make() {
        const inner = await eve.tagOf(base, 'commit', 'canary-4\n');
        return [`${await eve.tagOf(inner, 'tag')}:refs/tags/v4`];
      },
    },
  ]);

  test('26: a plain merge of main is held for nothing', async () => {
    await eve.startFrom(`${base}~1`);
    await eve.commit({ 'src/topic.js': 'topic\n' });
    await eve.git(['merge', '-q', '--no-ff', '-m', 'merge main', base]);
    await must(world.git('alice', ['push', world.url('ssh', 'alice'), 'HEAD:refs/heads/merged'], { cwd: eve.cwd }));
    assert.equal((await newestPush(world)).state, 'landed');
  });
});

describe('names and modes', () => {
  const evil: readonly (readonly [string, string])[] = [
    ['.git', '.git'],
    ['.GIT', '.GIT'],
    ['.git with a space behind it', '.git '],
    ['.git with a dot behind it', '.git.'],
    ['the short name of .git', 'git~1'],
    ['.git with a character that one disk ignores', '.g\u200cit'],
    ['.git with a stream', '.git::$INDEX_ALLOCATION'],
    ['.git with a backslash', '.git\\hooks'],
    ['two dots', '..'],
    ['one dot', '.'],
    ['a slash in a name', 'a/b'],
  ];
  attempts(
    evil.map(([title, name]) => ({
      row: 33,
      title: `${title} in a tree`,
      ends: 'refused',
      because: /malformed pack|odd paths/,
      make: () => pushCommit(rootWith((oid) => [{ mode: '100644', name, oid }])),
    })),
  );
  attempts([
    {
      row: 33,
      title: 'an empty name in a tree',
      ends: 'refused',
      because: /malformed pack/,
      async make() {
        // git's own client will not walk such a tree, so the pack is put together by hand.
        const blob = await eve.object('blob', 'no name\n');
        const tree = await eve.tree([{ mode: '100644', name: '', oid: blob }]);
        const tip = await eve.commitOf(tree, [base]);
        const pack = await eve.git(['pack-objects', '--stdout', '-q'], `${tip}\n${tree}\n${blob}\n`);
        await eve.send([{ oldOid: ZERO, newOid: tip, refName: 'refs/heads/x' }], pack);
        return 'sent';
      },
    },
    {
      row: 33,
      title: 'two entries of one name',
      ends: 'refused',
      because: /malformed pack|malformed object/,
      make: () =>
        pushCommit(
          rootWith((oid) => [
            { mode: '100644', name: 'a', oid },
            { mode: '100755', name: 'a', oid },
          ]),
        ),
    },
    {
      row: 33,
      title: 'entries that are not in order',
      ends: 'refused',
      because: /malformed pack|malformed object/,
      make: () =>
        pushCommit(
          rootWith((oid) => [
            { mode: '100644', name: 'b', oid },
            { mode: '100644', name: 'a', oid },
          ]),
        ),
    },
    {
      row: 32,
      title: 'a submodule whose url is an option',
      ends: 'refused',
      because: /gitmodules/i,
      async make() {
        await eve.commit({ '.gitmodules': '[submodule "a"]\n\tpath = a\n\turl = -u./x\n' });
        return ['HEAD:refs/heads/x'];
      },
    },
    {
      row: 32,
      title: 'a submodule that no file names',
      ends: 'held',
      because: /submodules/,
      make: () => pushCommit(rootWith(() => [{ mode: '160000', name: 'vendor', oid: base }])),
    },
    {
      row: 34,
      title: 'CODEOWNERS replaced by a symbolic link',
      ends: 'held',
      because: /CODEOWNERS/,
      async make() {
        await rm(join(eve.cwd, 'CODEOWNERS'));
        await symlink('README.md', join(eve.cwd, 'CODEOWNERS'));
        await eve.commit({});
        return ['HEAD:refs/heads/x'];
      },
    },
    {
      row: 34,
      title: 'a protected directory replaced by a symbolic link',
      ends: 'held',
      because: /infra\/prod/,
      async make() {
        await rm(join(eve.cwd, 'infra/prod'), { recursive: true });
        await symlink('../src', join(eve.cwd, 'infra/prod'));
        await eve.commit({});
        return ['HEAD:refs/heads/x'];
      },
    },
    {
      row: 34,
      title: 'a symbolic link named .gitmodules',
      ends: 'refused',
      because: /gitmodules/i,
      make: () => pushCommit(rootWith((oid) => [{ mode: '120000', name: '.gitmodules', oid }])),
    },
    ...(
      [
        ['other letters', '.GitHub/Workflows/x.yml'],
        ['a decomposed accent', 'cafe\u0301/x'],
        ['other letters and a trailing dot', 'Infra/Prod./x.tf'],
      ] as const
    ).map(([title, path]) => ({
      row: 35,
      title: `a protected path in ${title}`,
      ends: 'held' as const,
      because: /protected paths/,
      async make() {
        await eve.commit({ [path]: 'x\n' });
        return ['HEAD:refs/heads/x'];
      },
    })),
    {
      row: 35,
      title: 'a protected path whose name needs quoting',
      ends: 'held',
      because: /protected paths/,
      async make() {
        await eve.commit({ 'infra/prod/a\n"b".tf': 'x\n' });
        return ['HEAD:refs/heads/x'];
      },
    },
    {
      row: 36,
      title: 'a file moved into a protected directory',
      ends: 'held',
      because: /\.github\/workflows\/app\.yml/,
      async make() {
        await rename(join(eve.cwd, 'src/app.js'), join(eve.cwd, '.github/workflows/app.yml'));
        await eve.commit({});
        return ['HEAD:refs/heads/x'];
      },
    },
    {
      row: 36,
      title: 'a protected file moved away',
      ends: 'held',
      because: /infra\/prod\/db\.tf/,
      async make() {
        await rename(join(eve.cwd, 'infra/prod/db.tf'), join(eve.cwd, 'src/db.tf'));
        await eve.commit({});
        return ['HEAD:refs/heads/x'];
      },
    },
    {
      row: 36,
      title: 'a protected file deleted',
      ends: 'held',
      because: /CODEOWNERS/,
      async make() {
        await rm(join(eve.cwd, 'CODEOWNERS'));
        await eve.commit({});
        return ['HEAD:refs/heads/x'];
      },
    },
    {
      row: 36,
      title: 'a protected file made executable',
      ends: 'held',
      because: /infra\/prod\/db\.tf/,
      async make() {
        await chmod(join(eve.cwd, 'infra/prod/db.tf'), 0o755);
        await eve.commit({});
        return ['HEAD:refs/heads/x'];
      },
    },
  ]);
});

describe('refs and options', () => {
  const special = [
    'refs/for/main',
    'refs/changes/01/1/1',
    'refs/meta/config',
    'refs/pull/1/head',
    'refs/pull/2/head',
    'refs/merge-requests/1/head',
    'refs/keep-around/x',
    'refs/environments/x',
    'refs/remotes/origin/main',
    'refs/heads.x/y',
  ];
  attempts([
    ...special.map((refName) => ({
      row: 40,
      title: `a push to ${refName}`,
      ends: 'refused' as const,
      because: /outside the allowed refs/,
      make: async () => ['--force', `${base}:${refName}`],
    })),
    {
      row: 40,
      title: 'a push to HEAD',
      ends: 'refused',
      because: /invalid ref name: HEAD/,
      async make() {
        await eve.send([{ oldOid: ZERO, newOid: base, refName: 'HEAD' }], NO_OBJECTS);
        return 'sent';
      },
    },
    {
      row: 40,
      title: 'a push to refs/stash',
      ends: 'refused',
      because: /invalid ref name: refs\/stash/,
      make: async () => [`${base}:refs/stash`],
    },
    {
      row: 40,
      title: 'a forbidden namespace beside an allowed one',
      ends: 'refused',
      because: /refs\/meta\/config is outside/,
      make: async () => [`${base}:refs/heads/fine`, `${base}:refs/meta/config`],
    },
    {
      row: 40,
      title: 'a release tag moved',
      ends: 'held',
      because: /refs\/tags\/v1/,
      make: async () => ['--force', `${base}~1:refs/tags/v1`],
    },
    {
      row: 40,
      title: 'a release tag deleted',
      ends: 'held',
      because: /refs\/tags\/v1/,
      make: async () => [':refs/tags/v1'],
    },
    {
      row: 39,
      title: 'a replacement for an object that others read',
      ends: 'refused',
      because: /would change what others see/,
      async make() {
        const tip = await eve.commit({ 'src/h.js': 'h\n' });
        return [`${tip}:refs/replace/${base}`];
      },
    },
    ...['secret_push_protection.skip_all', 'merge_request.merge_when_pipeline_succeeds', 'repo.private=false'].map(
      (option) => ({
        row: 41,
        title: `the push option ${option}`,
        ends: 'refused' as const,
        because: /push option .* is not allowed/,
        make: async () => ['-o', option, `${base}:refs/heads/x`],
      }),
    ),
    {
      row: 41,
      title: 'an option that looks like one of ours',
      ends: 'refused',
      because: /sallyport\.approve is not known/,
      make: async () => ['-o', 'sallyport.approve=yes', `${base}:refs/heads/x`],
    },
  ]);

  test('39: a replacement in the own clone hides nothing from the gate', async () => {
    await eve.startFrom(base);
    const evil = await eve.commit({ 'infra/prod/db.tf': 'size = 3\n' });
    const good = await eve.commitOf(await eve.oid(`${base}^{tree}`), [base]);
    await eve.git(['replace', evil, good]);
    const pushed = await world.git('alice', ['push', world.url('http', 'alice'), `${evil}:refs/heads/x`], {
      cwd: eve.cwd,
    });
    await eve.git(['replace', '-d', evil]);
    assert.equal(pushed.code, 1);
    assert.match(reasonsOf(await newestPush(world)), /infra\/prod\/db\.tf/);
  });
});

describe('who judges', () => {
  test('37: a push that rewrites CODEOWNERS is judged by the owners the upstream has', async () => {
    await eve.startFrom(base);
    await eve.commit({ CODEOWNERS: '* @dev\n', '.github/CODEOWNERS': '* @dev\n', 'src/app.js': 'let a = 2;\n' });
    await world.git('alice', ['push', world.url('http', 'alice'), 'HEAD:refs/heads/owned'], { cwd: eve.cwd });
    const push = await newestPush(world);
    assert.equal(push.state, 'held');
    const groups = push.requirements.map(({ group }) => group);
    assert.ok(
      groups.some((group) => group.includes('security')),
      groups.join(),
    );
    assert.ok(!groups.some((group) => group.includes('dev')), groups.join());
  });

  test('38: attributes in the push do not hide a line from the reviewer', async () => {
    await eve.startFrom(base);
    await eve.git(['config', 'diff.hide.textconv', 'true']);
    await eve.commit({
      '.gitattributes': '*.tf -diff binary linguist-generated diff=hide\n',
      'infra/prod/db.tf': 'size = 1\nbackdoor = true\n',
    });
    await world.git('alice', ['push', world.url('http', 'alice'), 'HEAD:refs/heads/x'], { cwd: eve.cwd });
    const push = await newestPush(world);
    assert.match(reasonsOf(push), /infra\/prod\/db\.tf/);
    const { body } = await world.api('bob', 'GET', `/api/v1/pushes/${push.id}/diff`);
    assert.match((body as { updates: readonly { text: string }[] }).updates[0]?.text ?? '', /^\+backdoor = true$/m);
  });

  test('44: commits in the name of somebody else are recorded under who pushed them', async () => {
    await eve.startFrom(base);
    const ceo = { GIT_AUTHOR_NAME: 'bob', GIT_AUTHOR_EMAIL: 'bob@example.com', GIT_COMMITTER_NAME: 'bob' };
    await must(world.git('alice', ['commit', '-q', '--allow-empty', '-m', 'by the boss'], { cwd: eve.cwd, env: ceo }));
    await must(world.git('alice', ['push', world.url('ssh', 'alice'), 'HEAD:refs/heads/boss'], { cwd: eve.cwd }));
    const push = await newestPush(world);
    assert.equal(push.principal.name, 'alice');
    const { body } = await world.api('root', 'GET', `/api/v1/audit?type=push.forwarded&push=${push.id}`);
    assert.deepEqual([...new Set((body as { actor: string }[]).map(({ actor }) => actor))], ['alice']);
  });
});
