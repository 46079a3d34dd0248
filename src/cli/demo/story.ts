// The story that `npm run demo -- --script` plays: real git, the real command line, and a judgement of each step.
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { print } from '../terminal.ts';
import { CAST, type Name } from './cast.ts';
import { beginSession } from './coding-agent.ts';
import { sampleToken } from './sample-token.ts';
import { openScene, type Ran, type Scene, StepFailure } from './scene.ts';
import type { Stage } from './stage.ts';
import { DEPLOY, GATE, type Repository, SHOP } from './upstreams.ts';

interface Step {
  readonly title: string;
  run(): Promise<void>;
}

/** Plays every step, or up to the first that does not do what it says; answers whether all did. */
export async function playStory(stage: Stage, signal: AbortSignal): Promise<boolean> {
  const startedAt = performance.now();
  print(`sallyport demo: ${stage.doors.http} and ssh://${stage.doors.ssh}, in ${stage.directory}`);
  const steps = stepsOf(stage, openScene(stage, signal));
  for (const [at, step] of steps.entries()) {
    print('');
    print(`${`${at + 1}.`.padStart(3)} ${step.title}`);
    try {
      await step.run();
    } catch (error) {
      if (error instanceof StepFailure) print(`      FAILED: this should hold, and does not: ${error.message}`);
      else print(`      FAILED: ${error instanceof Error ? error.message : String(error)}`);
      print('');
      print(`step ${at + 1} of ${steps.length} did not do what it says: ${step.title}`);
      return false;
    }
  }
  print('');
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  print(`all ${steps.length} steps did what they say, in ${seconds} s`);
  return true;
}

function stepsOf(stage: Stage, scene: Scene): readonly Step[] {
  const { run, check, upstreamRef } = scene;
  const work = (name: Name, repository: Repository) =>
    join(stage.directory, name, repository.path.split('/').at(-1) ?? '');
  const urls = {
    http: ({ path }: Repository) => `${stage.doors.http}/${path}.git`,
    ssh: ({ path }: Repository) => `ssh://${stage.doors.ssh}/${path}.git`,
  };
  const git = (name: Name, repository: Repository, args: readonly string[], onLine?: (line: string) => void) =>
    run(name, 'git', args, { cwd: work(name, repository), ...(onLine && { onLine }) });
  const clone = (name: Name, url: string) => run(name, 'git', ['clone', url], { cwd: join(stage.directory, name) });
  const sallyport = (name: Name, ...args: readonly string[]) => run(name, 'sallyport', args);

  /** Adds lines to files and commits them; answers the commit. */
  async function commit(name: Name, repository: Repository, lines: Record<string, string>, message: string) {
    const cwd = work(name, repository);
    for (const [path, line] of Object.entries(lines)) {
      await mkdir(join(cwd, path, '..'), { recursive: true });
      await appendFile(join(cwd, path), `${line}\n`);
    }
    await scene.quietly(name, cwd, ['add', '--all']);
    await git(name, repository, ['commit', '-m', message]);
    return scene.quietly(name, cwd, ['rev-parse', 'HEAD']);
  }

  function heldId(pushed: Ran): string {
    const id = /held for approval: push (\d+)/.exec(pushed.text)?.[1];
    check(
      `the push is held, as push ${id ?? '?'}, and git says so with exit code 1`,
      pushed.code === 1 && id !== undefined,
    );
    return id ?? '';
  }

  async function isAt(repository: Repository, refName: string, oid: string): Promise<void> {
    const short = oid.slice(0, 10);
    check(`${refName} of the upstream is at ${short}`, (await upstreamRef(repository, refName)) === oid);
  }

  async function hasLanded(name: Name, id: string): Promise<void> {
    const waited = await sallyport(name, 'push', 'wait', id, '--timeout', '30s');
    check(
      'nobody pushed again, the gate relayed it',
      waited.code === 0 && waited.text.includes(`push ${id} has landed`),
    );
  }

  let held = '';
  let oid = '';
  return [
    {
      title: 'alice clones over http and over ssh; the gate asks the upstreams, one over http and one over ssh',
      async run() {
        const one = await clone('alice', urls.http(SHOP));
        const other = await clone('alice', urls.ssh(DEPLOY));
        check('both clones are there', one.code === 0 && other.code === 0);
      },
    },
    {
      title: 'an ordinary push lands',
      async run() {
        oid = await commit('alice', SHOP, { 'README.md': 'Open all day.' }, 'readme: opening hours');
        const pushed = await git('alice', SHOP, ['push']);
        check('git ends with exit code 0', pushed.code === 0);
        await isAt(SHOP, MAIN, oid);
      },
    },
    {
      title: 'a push that touches production is held: nothing reaches the upstream',
      async run() {
        const before = await upstreamRef(SHOP, MAIN);
        oid = await commit('alice', SHOP, { 'infra/prod/db.tf': '# a bigger instance' }, 'infra: bigger database');
        held = heldId(await git('alice', SHOP, ['push']));
        await isAt(SHOP, MAIN, before);
      },
    },
    {
      title: 'alice cannot approve her own push',
      async run() {
        const approved = await sallyport('alice', 'push', 'approve', held);
        check('she is refused', approved.code === 1 && approved.text.includes('you pushed this yourself'));
      },
    },
    {
      title: 'bob, an SRE, looks at it and approves it; the gate relays it by itself',
      async run() {
        const diff = await sallyport('bob', 'push', 'diff', held);
        check('bob saw the very change', diff.text.includes('+# a bigger instance'));
        const approved = await sallyport('bob', 'push', 'approve', held, '-m', 'looks right');
        check('his approval counts', approved.code === 0);
        await hasLanded('alice', held);
        await isAt(SHOP, MAIN, oid);
      },
    },
    {
      title: 'the same through the ssh door, to the upstream over ssh',
      async run() {
        const before = await upstreamRef(DEPLOY, MAIN);
        oid = await commit('alice', DEPLOY, { 'infra/prod/hosts': 'shop-3.example.com' }, 'prod: a third machine');
        held = heldId(await git('alice', DEPLOY, ['push']));
        await isAt(DEPLOY, MAIN, before);
        const approved = await sallyport('bob', 'push', 'approve', held, '-m', 'welcome, shop-3');
        check('bob approved it', approved.code === 0);
        await hasLanded('alice', held);
        await isAt(DEPLOY, MAIN, oid);
      },
    },
    {
      title: "copilot, alice's coding agent, pushes to production: alice, its sponsor, cannot approve that",
      async run() {
        const before = await upstreamRef(SHOP, MAIN);
        await clone('copilot', urls.http(SHOP));
        await commit('copilot', SHOP, { 'infra/prod/db.tf': '# tuned by a machine' }, 'infra: tune the database');
        held = heldId(await git('copilot', SHOP, ['push']));
        const bySponsor = await sallyport('alice', 'push', 'approve', held);
        check(
          'alice is refused',
          bySponsor.code === 1 && bySponsor.text.includes('coding agent that pushed this acts for you'),
        );
        const byItself = await sallyport('copilot', 'push', 'approve', held);
        check('so is copilot', byItself.code === 1 && byItself.text.includes('only people decide'));
        const rejected = await sallyport('bob', 'push', 'reject', held, '-m', 'no comment lines, please');
        check('bob may decide, and rejects it', rejected.code === 0);
        await isAt(SHOP, MAIN, before);
      },
    },
    {
      title: 'a force push to main is refused, with a hint',
      async run() {
        const before = await upstreamRef(SHOP, MAIN);
        await git('alice', SHOP, ['commit', '--amend', '-m', 'infra: as if it had always been so']);
        const pushed = await git('alice', SHOP, ['push', '--force']);
        const isRefused = pushed.code === 1 && pushed.text.includes('(refused: nobody rewrites main)');
        check('it is refused by rule, and says what to do', isRefused && pushed.text.includes('git revert'));
        await isAt(SHOP, MAIN, before);
        await scene.quietly('alice', work('alice', SHOP), ['fetch', '--quiet']);
        await scene.quietly('alice', work('alice', SHOP), ['reset', '--quiet', '--hard', 'origin/main']);
      },
    },
    {
      title: 'a secret is refused before it is anywhere else; alice takes it out of her commit, and the push lands',
      async run() {
        const before = await upstreamRef(SHOP, MAIN);
        const token = sampleToken();
        await commit('alice', SHOP, { 'deploy.env': `GITHUB_TOKEN=${token}` }, 'deploy: with a token');
        const pushed = await git('alice', SHOP, ['push']);
        check('it is refused', pushed.code === 1 && pushed.text.includes('(refused: default: secrets)'));
        check('she reads where it is', pushed.text.includes('deploy.env:1 github-personal-access-token'));
        check('nobody reads the token', !pushed.text.includes(token));
        await isAt(SHOP, MAIN, before);
        await writeFile(join(work('alice', SHOP), 'deploy.env'), 'GITHUB_TOKEN_FILE=/run/secrets/github\n');
        await git('alice', SHOP, ['commit', '--all', '--amend', '--no-edit']);
        const mended = await git('alice', SHOP, ['push']);
        check('without it, git ends with exit code 0', mended.code === 0);
        await isAt(SHOP, MAIN, await scene.quietly('alice', work('alice', SHOP), ['rev-parse', 'HEAD']));
      },
    },
    {
      title: 'alice works with Claude Code, played here; the gate says which lines it wrote, and from which prompt',
      async run() {
        const cwd = work('alice', SHOP);
        const here = (...args: readonly string[]) => run('alice', 'sallyport', args, { cwd });
        const installed = await here('hook', 'install', '--coding-agent', 'claude-code');
        check('the hooks are in its settings, and in this clone', installed.code === 0);
        const agent = await beginSession(join(stage.directory, 'alice'), cwd, (command, payload) =>
          scene.feed('alice', cwd, command, payload),
        );
        await agent.asks(PROMPT);
        await agent.writes('src/cart.js', CART);
        await agent.ends();
        await commit('alice', SHOP, { 'README.md': 'Carts are added up.' }, 'cart: total of all items');
        const pushed = await git('alice', SHOP, ['push']);
        check('it lands, and git says what is known', pushed.code === 0 && pushed.text.includes('claude-code'));
        const pushes = await sallyport('alice', 'push', 'ls', '--state', 'landed');
        const id = /^\s*(\d+)\s.*refs\/heads\/main|^\s*(\d+)\s/m.exec(pushes.text)?.[1] ?? '';
        const blamed = await sallyport('bob', 'push', 'blame', id, 'src/cart.js');
        check('bob sees whose lines these are', blamed.text.includes('claude-code'));
        const sessions = await sallyport('alice', 'ai', 'ls');
        check('her session is recorded', sessions.text.includes('claude-code'));
        const removed = await here('hook', 'uninstall');
        check('the hooks are taken out again', removed.code === 0);
      },
    },
    {
      title: 'a push of two refs lands whole',
      async run() {
        await git('alice', SHOP, ['tag', '-a', 'v1.0', '-m', 'first release']);
        const tag = await scene.quietly('alice', work('alice', SHOP), ['rev-parse', 'v1.0']);
        const tip = await scene.quietly('alice', work('alice', SHOP), ['rev-parse', 'main']);
        const pushed = await git('alice', SHOP, ['push', 'origin', 'main:release/1', 'v1.0']);
        check('git ends with exit code 0', pushed.code === 0);
        await isAt(SHOP, 'refs/heads/release/1', tip);
        await isAt(SHOP, 'refs/tags/v1.0', tag);
      },
    },
    {
      title: 'alice waits: two rules ask for two people, and her git stays until both have approved',
      async run() {
        const lines = {
          'infra/prod/db.tf': '# twice as big',
          '.github/workflows/release.yml': 'on: { push: { tags: ["v*"] } }',
        };
        oid = await commit('alice', SHOP, lines, 'release: from tags, to a bigger database');
        let asked: (id: string) => void = () => {};
        const waiting = new Promise<string>((resolve) => {
          asked = resolve;
        });
        const pushing = git('alice', SHOP, ['push', '-o', 'sallyport.wait=1m'], (line) => {
          const id = /waiting for approval of push (\d+)/.exec(line)?.[1];
          if (id !== undefined) asked(id);
        });
        // When git ends without having waited, there is nobody to approve anything for.
        held = await Promise.race([waiting, pushing.then(() => '')]);
        check('git waits', held !== '');
        const bob = await sallyport('bob', 'push', 'approve', held);
        check('bob is not enough', bob.code === 0 && bob.text.includes('still waits for 1 of security'));
        const carol = await sallyport('carol', 'push', 'approve', held, '-m', 'pinned, good');
        check('bob and carol are', carol.code === 0);
        const pushed = await pushing;
        check("alice's git ends with the upstream's own answer and exit code 0", pushed.code === 0);
        await isAt(SHOP, MAIN, oid);
      },
    },
    {
      title: 'carol, who audits, finds the whole trail sound',
      async run() {
        await sallyport('carol', 'audit', 'search', '--push', held, '--type', 'push.approved,push.landed');
        const verified = await sallyport('carol', 'audit', 'verify');
        check('every entry is there, unchanged', verified.code === 0 && verified.text.startsWith('sound: '));
      },
    },
    {
      title: "the upstreams have seen the gate's credentials, and nobody else's",
      async run() {
        const log = await readFile(stage.upstreamLog, 'utf8');
        const lines = log.split('\n').filter((line) => line !== '');
        for (const line of [...lines.slice(0, 2), ...lines.slice(-2)]) print(`        ${line}`);
        const doors = new Set(lines.map((line) => line.split(/\s+/)[1]));
        check(`both upstreams were at work, ${lines.length} requests in all`, doors.has('http') && doors.has('ssh'));
        check(
          `every one came as ${GATE}`,
          lines.every((line) => line.split(/\s+/)[2] === GATE),
        );
        const tokens = await Promise.all(
          CAST.map(({ name }) => readFile(join(stage.directory, name, 'token'), 'utf8')),
        );
        const records = log + (await readFile(join(stage.directory, 'gateway.log'), 'utf8'));
        check(
          "no person's token is in any log",
          tokens.every((token) => !records.includes(token.trim())),
        );
      },
    },
  ];
}

const MAIN = 'refs/heads/main';
const PROMPT = 'Write a function that adds up the prices of a cart.';
const CART = `/** The sum of the prices of all items. */
export function cartTotal(items) {
  return items.reduce((sum, { price, count }) => sum + price * count, 0);
}
`;
