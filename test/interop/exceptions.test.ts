// A false positive from beginning to end, with real git, through both doors in front of both kinds of upstream; and the
// canary: whatever was pushed, its value is in no answer and in no file of the gateway but the recording.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { sampleSecret } from '../support/sample-secret.ts';
import { type Door, must, type NewRepo, openWorld, type UpstreamKind, type World } from '../support/world.ts';

const DAY_MS = 24 * 3600 * 1000;
const RULE = 'github-personal-access-token';
const POLICY = `version: 1
defaults: { secrets: { exceptions: { group: security, count: 1, expires: 30d } } }
rules: []
`;
const REASON = 'sallyport.reason=a sample of the documentation';

interface ExceptionSeen {
  readonly id: number;
  readonly state: string;
  readonly fingerprint: string;
  readonly push: number;
}

let ahead = 0;
const worlds = new Map<UpstreamKind, Promise<World>>();
after(async () => {
  for (const world of worlds.values()) await (await world).close();
});

function worldOf(upstream: UpstreamKind): Promise<World> {
  const world =
    worlds.get(upstream) ?? openWorld({ upstream, policy: POLICY, clock: { now: () => Date.now() + ahead } });
  worlds.set(upstream, world);
  return world;
}

class Developer {
  readonly #world: World;
  readonly #door: Door;
  readonly #name: string;
  readonly #repo: NewRepo;
  #clones = 0;

  constructor(world: World, door: Door, name: string, repo: NewRepo) {
    this.#world = world;
    this.#door = door;
    this.#name = name;
    this.#repo = repo;
  }

  /** Pushes a commit with this text to a new branch, from a clone of its own. */
  async push(branch: string, text: string, ...options: readonly string[]) {
    const directory = join(
      this.#world.directory,
      `${this.#name}-${this.#repo.path.replaceAll('/', '-')}-${this.#clones++}`,
    );
    const url = this.#world.url(this.#door, this.#name, this.#repo.path);
    await must(this.#world.git(this.#name, ['clone', '-q', url, directory]));
    const oid = await this.#world.commit(directory, this.#name, { 'docs/sample.md': text });
    const asked = options.flatMap((option) => ['-o', option]);
    const { code, stderr } = await this.#world.git(
      this.#name,
      ['push', ...asked, 'origin', `HEAD:refs/heads/${branch}`],
      { cwd: directory },
    );
    return { oid, code, stderr, id: Number(/push (\d+)/.exec(stderr)?.[1]) };
  }

  async landed(branch: string): Promise<string | undefined> {
    return (await this.#world.upstreamRefs(this.#repo))[`refs/heads/${branch}`];
  }

  async exceptions(query = ''): Promise<readonly ExceptionSeen[]> {
    const repo = encodeURIComponent(this.#repo.path.replace(/\.git$/, ''));
    const { body } = await this.#world.api('carol', 'GET', `/api/v1/exceptions?repo=${repo}${query}`);
    return body as readonly ExceptionSeen[];
  }
}

for (const upstream of ['http', 'ssh'] satisfies UpstreamKind[]) {
  for (const door of ['http', 'ssh'] satisfies Door[]) {
    describe(`over ${door}, ${upstream} upstream`, () => {
      const open = async (seed: string) => {
        const world = await worldOf(upstream);
        const repo = await world.newRepo();
        const value = sampleSecret(RULE, `${seed} ${door} ${upstream}`);
        const text = `Call it with \`${value}\`.\n`;
        const act = async (who: string, verb: string, id: number) =>
          (await world.api(who, 'POST', `/api/v1/pushes/${id}/${verb}`, { comment: 'seen' })).status;
        return { world, repo, value, text, act, alice: new Developer(world, door, 'alice', repo) };
      };

      const granted = async (seed: string) => {
        const opened = await open(seed);
        const { alice, text, act } = opened;
        const asked = await alice.push('asked', text, REASON);
        assert.match(asked.stderr, /held for approval, push \d+/);
        assert.equal(await act('carol', 'approve', asked.id), 200);
        while ((await alice.landed('asked')) !== asked.oid) await new Promise((next) => setImmediate(next));
        return { ...opened, asked };
      };

      test('asked for, granted, landed; revoked, refused again', async () => {
        const { world, alice, text, value, asked } = await granted('cycle');
        const [exception] = await alice.exceptions();
        assert.deepEqual([exception?.state, exception?.push], ['valid', asked.id]);

        const again = await alice.push('again', text);
        assert.equal(again.code, 0, again.stderr);
        assert.equal(await alice.landed('again'), again.oid);
        const more = await alice.push('more', `${text}and ${sampleSecret(RULE, `other ${door} ${upstream}`)}\n`);
        assert.match(more.stderr, /refused/, 'it covers its own value alone');

        const revoked = await world.api('carol', 'DELETE', `/api/v1/exceptions/${exception?.id}`);
        assert.equal(revoked.status, 204);
        const late = await alice.push('late', text);
        assert.match(late.stderr, /refused: default: secrets/);
        assert.equal(await alice.landed('late'), undefined);
        for (const { stderr } of [asked, again, more, late]) assert.equal(stderr.includes(value), false);
      });

      test('refused without a reason, with the way to ask, before and after a grant elsewhere', async () => {
        const { world, alice, text, asked } = await granted('elsewhere');
        const other = new Developer(world, door, 'alice', await world.newRepo());
        const refused = await other.push('main-copy', text);
        assert.match(refused.stderr, /refused: default: secrets/);
        assert.match(refused.stderr, /git push -o sallyport\.reason="why this is no secret"/);
        assert.equal(await other.landed('main-copy'), undefined);
        assert.deepEqual(await other.exceptions(), []);
        assert.deepEqual(
          (await alice.exceptions()).map(({ push }) => push),
          [asked.id],
        );
      });

      test('neither the pusher, nor a coding agent, nor its sponsor grants what they asked for', async () => {
        const { world, repo, text, act } = await open('own');
        for (const [who, deciders] of [
          ['carol', ['carol', 'copilot']],
          ['copilot', ['copilot', 'alice']],
        ] as const) {
          const asker = new Developer(world, door, who, repo);
          const asked = await asker.push(`by-${who}`, text, REASON);
          assert.match(asked.stderr, /held for approval/);
          for (const decider of deciders) assert.equal(await act(decider, 'approve', asked.id), 403, decider);
          assert.equal(await asker.landed(`by-${who}`), undefined);
          assert.deepEqual(await asker.exceptions(), []);
          assert.equal((await world.api(who, 'POST', `/api/v1/pushes/${asked.id}/withdraw`, {})).status, 200);
        }
      });

      test('when its time is over it covers nothing, and the trail says so', async () => {
        const { world, alice, text } = await granted('time');
        const [exception] = await alice.exceptions();
        ahead += 30 * DAY_MS;
        const late = await alice.push('late', text);
        assert.match(late.stderr, /refused: default: secrets/);
        const isRecorded = async () => {
          const { body } = await world.api('root', 'GET', '/api/v1/audit?type=exception.expired');
          return (body as { body: { exception: number } }[]).some((entry) => entry.body.exception === exception?.id);
        };
        while (!(await isRecorded())) await new Promise((next) => setImmediate(next));
        assert.deepEqual(
          (await alice.exceptions()).map(({ state }) => state),
          ['expired'],
        );
      });

      test('a rejected request grants nothing', async () => {
        const { alice, text, act } = await open('rejected');
        const asked = await alice.push('asked', text, REASON);
        assert.equal(await act('carol', 'reject', asked.id), 200);
        assert.match((await alice.push('again', text)).stderr, /refused: default: secrets/);
      });

      test('no value that was pushed is in the store, the trail or an answer', async () => {
        const { world, alice, value, asked } = await granted('canary');
        const answers = ['exceptions', `pushes/${asked.id}`, `pushes/${asked.id}/explain`, 'audit?limit=1000'];
        for (const path of answers) {
          const { status, body } = await world.api('root', 'GET', `/api/v1/${path}`);
          assert.equal(status, 200, path);
          assert.equal(JSON.stringify(body).includes(value), false, path);
        }
        const files = readdirSync(world.dataDir).filter((name) => name.startsWith('sallyport.db'));
        assert.ok(files.length > 0);
        for (const name of files) assert.equal(readFileSync(join(world.dataDir, name)).includes(value), false, name);
        assert.equal((await alice.exceptions())[0]?.fingerprint.includes(value.slice(4, 12)), false);
      });
    });
  }
}
