// Large pushes are attributed in a process beside the gateway. It may end at any time: the push goes its way, or is refused
// where a rule asks, and what is not known yet is found out later.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { attributionOf, attributors, newestPush, showPush, until } from '../support/attribution-world.ts';
import { must, openWorld, type Run, type World } from '../support/world.ts';

const POLICY = `version: 1
rules:
  - name: machine-written payment code
    when: { refs: ["refs/heads/asked/**"], ai: { lines: ">=1" } }
    then: hold
    approvals: [{ group: security }]
`;
/** The rules ask nothing that must be known before the verdict. */
const EASY_POLICY = `version: 1
rules:
  - name: waits
    when: { refs: ["refs/heads/held/**"] }
    then: hold
    approvals: [{ group: security }]
`;
const TRAILER = '\nCo-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>\n';
/** More commits than the gateway looks at by itself. */
const COMMITS = 240;

/** Every third is declared to be a coding agent's; each adds two lines to a file that others change, and one of its own. */
async function largeHistory(world: World, cwd: string, branch: string): Promise<void> {
  const contents = new Map<number, string>();
  const stream = Array.from({ length: COMMITS }, (_, at) => {
    const message = `step ${at}\n${at % 3 === 0 ? TRAILER : ''}`;
    const file = at % 20;
    const content = `${contents.get(file) ?? ''}const ${branch}${at} = ${at};\nexport { ${branch}${at} };\n`;
    contents.set(file, content);
    const own = `${branch} ${at}\n`;
    return [
      `commit refs/heads/${branch}`,
      `committer Alice <alice@example.com> ${1_700_200_000 + at} +0000`,
      `data ${message.length}`,
      `${message}${at === 0 ? 'from refs/remotes/origin/main\n' : ''}M 100644 inline ${branch}/shared-${file}.ts`,
      `data ${content.length}`,
      `${content}M 100644 inline ${branch}/own-${at}.txt`,
      `data ${own.length}`,
      `${own}`,
    ].join('\n');
  });
  await must(world.git('alice', ['fast-import', '--quiet'], { cwd, input: stream.join('\n') }));
}

/** Ends every process that attributes, as long as this is under way. Answers how many, too. */
async function whileTheyAreKilled(work: Promise<Run>): Promise<{ readonly run: Run; readonly killed: number }> {
  let isOver = false;
  const run = work.finally(() => {
    isOver = true;
  });
  const killed = new Set<number>();
  while (!isOver) {
    for (const pid of attributors()) {
      process.kill(pid, 'SIGKILL');
      killed.add(pid);
    }
    await new Promise((next) => setImmediate(next));
  }
  return { run: await run, killed: killed.size };
}

const EXPECTED = { declared: COMMITS, unknown: COMMITS * 2 };

describe('a large push', { skip: process.platform !== 'linux' && 'finds its processes in /proc' }, () => {
  describe('of which no rule asks who wrote it', () => {
    let world: World;
    let cwd: string;
    before(async () => {
      world = await openWorld({ policy: EASY_POLICY });
      cwd = await world.clone('http', 'alice');
    });
    after(() => world.close());

    test('is attributed beside the gateway, and said with the push', async () => {
      await largeHistory(world, cwd, 'plain');
      const { stderr } = await must(world.git('alice', ['push', 'origin', 'plain'], { cwd }));
      assert.equal(attributors().length, 1);
      assert.match(stderr, /\+720 lines: at least 240 declared, 480 unknown \(claude-code/);
      const { id, attribution } = await newestPush(world);
      assert.deepEqual({ ...attribution.lines, ...EXPECTED }, attribution.lines);
      const known = await attributionOf(world, id);
      assert.equal(known?.attribution.commits.length, COMMITS);
      assert.deepEqual(known?.attribution.unseen, []);
    });

    test('lands though the process ends again and again, and who wrote it is known later', async () => {
      await largeHistory(world, cwd, 'killed');
      const { run, killed } = await whileTheyAreKilled(world.git('alice', ['push', 'origin', 'killed'], { cwd }));
      assert.equal(run.code, 0, run.stderr);
      assert.ok(killed >= 2, `${killed} were killed`);
      assert.ok((await world.upstreamRefs())['refs/heads/killed']);
      const { id } = await newestPush(world);
      const late = await until(async () => {
        const known = await attributionOf(world, id);
        return known?.cause === 'push' && known.revision > 0 ? known : undefined;
      });
      assert.equal(late.attribution.lines.declared, EXPECTED.declared);
      assert.equal((await showPush(world, id)).attribution.lines.unknown, EXPECTED.unknown);
    });

    test('that waits for approval is looked at again while it waits', async () => {
      await largeHistory(world, cwd, 'waits');
      const push = world.git('alice', ['push', 'origin', 'waits:refs/heads/held/waits'], { cwd });
      assert.match((await whileTheyAreKilled(push)).run.stderr, /held for approval/);
      const { id, state } = await newestPush(world);
      assert.equal(state, 'held');
      const late = await until(async () => await attributionOf(world, id));
      assert.equal(late.attribution.lines.declared, EXPECTED.declared);
    });
  });

  describe('of which a rule asks who wrote it', () => {
    let world: World;
    before(async () => {
      world = await openWorld({ policy: POLICY });
    });
    after(() => world.close());

    test('is held for what the process finds, and refused when it cannot be said', async () => {
      const cwd = await world.clone('ssh', 'alice');
      await largeHistory(world, cwd, 'asked');
      const push = () => world.git('alice', ['push', 'origin', 'asked:refs/heads/asked/one'], { cwd });
      const { run, killed } = await whileTheyAreKilled(push());
      assert.equal(killed, 2);
      assert.match(run.stderr, /a rule asks who wrote it, and that could not be said/);
      assert.match(run.stderr, /push again/);
      assert.equal((await newestPush(world)).state, 'refused');
      assert.equal((await world.upstreamRefs())['refs/heads/asked/one'], undefined);
      assert.match((await push()).stderr, /held for approval/);
      assert.equal((await newestPush(world)).attribution.lines.declared, EXPECTED.declared);
    });
  });
});
