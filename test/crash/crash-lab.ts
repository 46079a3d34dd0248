// A world whose gateway is a process of its own that can be made to die, throw or stop at a named step, with commits
// ready to be pushed and the checker watching.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FailPointName } from '../../src/conversation/gate.ts';
import { Checker } from '../support/checker.ts';
import {
  type Door,
  must,
  type NewRepo,
  openWorld,
  type Run,
  run,
  type World,
  type WorldOptions,
} from '../support/world.ts';

export type Action = 'kill' | 'throw' | 'hang' | 'stop';

/** Short, so that what a dead owner left is taken up as soon as another gateway is there. */
export const LEASE_MS = 500;
const DEADLINE_MS = 30_000;

/** What goes to `refs/heads/held/` waits for bob (sre), everything else is forwarded. */
export const POLICY = `version: 1
rules:
  - name: needs SRE
    when: { refs: ["refs/heads/held/**"] }
    then: hold
    approvals: [{ group: sre, count: 1 }]
    expires: 7d
`;

export interface ShownPush {
  readonly id: number;
  readonly state: string;
  readonly note?: string;
  readonly updates: readonly { readonly refName: string; readonly oldOid: string; readonly newOid: string }[];
  readonly verdict?: { readonly reasons: readonly { readonly rule: string; readonly text: string }[] };
}

/** A commit on top of main, the ref it is to be pushed to, and what that ref names before. */
export interface Change {
  readonly refName: string;
  readonly newOid: string;
  readonly oldOid: string;
}

export class CrashLab {
  readonly world: World;
  readonly checker: Checker;
  readonly client: string;
  readonly #failPointFile: string;
  /** What the checker objects to because of a case that has failed already. */
  #knownFaults: readonly string[] = [];
  #changes = 0;

  private constructor(world: World, checker: Checker, client: string, failPointFile: string) {
    this.world = world;
    this.checker = checker;
    this.client = client;
    this.#failPointFile = failPointFile;
  }

  static async open(options: WorldOptions = {}): Promise<CrashLab> {
    const checker = new Checker();
    const failPointFile = join(process.env['TMPDIR'] ?? '/tmp', `sallyport-fail-point-${process.pid}-${labs++}`);
    const world = await openWorld({
      policy: POLICY,
      program: true,
      ...options,
      env: { SALLYPORT_FAIL_POINT: `@${failPointFile}`, SALLYPORT_LEASE_MS: `${LEASE_MS}`, ...options.env },
      onUpstreamBytes: checker.onUpstreamBytes,
    });
    const client = await world.clone('http', 'alice');
    const lab = new CrashLab(world, checker, client, failPointFile);
    await lab.watch([]);
    return lab;
  }

  /** The checker watches acme/shop, and from now on these as well. */
  async watch(repos: readonly NewRepo[]): Promise<void> {
    const { world } = this;
    const main = { path: 'acme/shop.git', directory: world.upstreamDirectory };
    for (const { directory } of [main, ...repos]) {
      // As a server of an auditor would: every move of every ref, which the checker counts.
      await must(world.git('alice', ['config', 'core.logAllRefUpdates', 'always'], { cwd: directory }));
    }
    const named = [main, ...repos].map(({ path, directory }) => ({ repo: path.replace(/\.git$/, ''), directory }));
    await this.checker.begin(world, named);
  }

  async close(): Promise<void> {
    this.world.goOn(); // a stopped process would not hear that it is to end
    await this.world.close();
    await rm(this.#failPointFile, { force: true });
  }

  /** For `afterEach`: a case that failed is mended behind it, so that it takes no other with it. */
  readonly recover = async (context: object): Promise<void> => {
    if ('passed' in context && context.passed === true) return;
    const { world } = this;
    await this.disarm();
    world.goOn();
    await world.upstreamRelay.mend();
    await world.stop();
    await world.start();
    this.#knownFaults = await this.checker.faults();
  };

  /** Commits for these refs, one each; refs that `exist` are made upstream first, by somebody with a key of their own. */
  async changes(refs: readonly NewChange[]): Promise<readonly Change[]> {
    const { world, client } = this;
    const base = (await must(world.git('alice', ['rev-parse', 'origin/main'], { cwd: client }))).stdout.trim();
    const first = this.#changes;
    this.#changes += refs.length;
    const stream = refs.map(({ refName, bytes = 0 }, at) => {
      // Hex of random bytes: text, of which a pack keeps about half.
      const content = `${refName}, change ${first + at}\n${randomBytes(bytes / 2).toString('hex')}`;
      const message = `change ${first + at}\n`;
      const when = `Alice <alice@example.com> ${1_700_100_000 + first + at} +0000`;
      return [
        `commit refs/changes/${first + at}`,
        `author ${when}`,
        `committer ${when}`,
        `data ${message.length}`,
        `${message}from ${base}`,
        `M 100644 inline changes/${first + at}.txt`,
        `data ${content.length}`,
        content,
      ].join('\n');
    });
    await must(world.git('alice', ['fast-import', '--quiet'], { cwd: client, input: stream.join('\n') }));
    const names = refs.map((_, at) => `refs/changes/${first + at}`);
    const oids = (await must(world.git('alice', ['rev-parse', ...names], { cwd: client }))).stdout.trim().split('\n');
    const existing = refs.filter((ref) => ref.exists);
    if (existing.length > 0) {
      const refspecs = existing.map(({ refName }) => `${base}:${refName}`);
      // Hooks of the upstream are for what the gateway sends.
      const receive = '--receive-pack=git -c core.hooksPath=/dev/null receive-pack';
      await must(world.git('alice', ['push', '-q', receive, world.upstreamDirectory, ...refspecs], { cwd: client }));
      await this.checker.takeAsGiven(existing.map(({ refName }) => refName));
    }
    return refs.map(({ refName, exists }, at) => ({
      refName,
      newOid: oids[at] as string,
      oldOid: exists ? base : '0'.repeat(base.length),
    }));
  }

  /** git's own push; what it said goes to the checker. */
  async push(door: Door, changes: readonly Change[], options: PushOptions = {}): Promise<Run> {
    const { world, client } = this;
    const refspecs = changes.map(({ newOid, refName }) => `${newOid}:${refName}`);
    const url = options.url ?? world.url(door, 'alice');
    const done = await world.git('alice', [...(options.git ?? []), 'push', '--porcelain', url, ...refspecs], {
      cwd: client,
    });
    this.checker.sawClient(done);
    return done;
  }

  async arm(point: FailPointName, action: Action): Promise<void> {
    await writeFile(this.#failPointFile, `${point}:${action}`);
  }

  async disarm(): Promise<void> {
    await rm(this.#failPointFile, { force: true });
  }

  wasReached(): boolean {
    return !existsSync(this.#failPointFile);
  }

  /** Process id of the gateway. */
  async pid(): Promise<number> {
    const text = await readFile(join(this.world.dataDir, 'gateway.json'), 'utf8');
    return (JSON.parse(text) as { pid: number }).pid;
  }

  /** Waits until the gateway has stopped itself at the armed point; answers what makes it go on. */
  async stopped(): Promise<() => void> {
    const pid = await this.pid();
    await until('the gateway to stop', async () => {
      const { stdout } = await run('ps', ['-o', 'stat=', '-p', `${pid}`], environment(), '/');
      return stdout.startsWith('T') ? { value: undefined } : undefined;
    });
    return () => process.kill(pid, 'SIGCONT');
  }

  /** Pushes to this ref, oldest first. */
  async pushesTo(refName: string): Promise<readonly ShownPush[]> {
    const { status, body } = await this.world.api('bob', 'GET', '/api/v1/pushes?limit=500');
    assert.equal(status, 200, JSON.stringify(body));
    const own = (body as readonly ShownPush[]).filter(({ updates }) =>
      updates.some((update) => update.refName === refName),
    );
    return own.toSorted((a, b) => a.id - b.id);
  }

  async approve(id: number): Promise<number> {
    return (await this.world.api('bob', 'POST', `/api/v1/pushes/${id}/approve`, { comment: 'looked at' })).status;
  }

  /** Waits until nothing about this ref is under way; answers its latest push, if there was any. */
  async settled(refName: string): Promise<ShownPush | undefined> {
    return until(`pushes to ${refName} to settle`, async () => {
      const pushes = await this.pushesTo(refName);
      const isOver = pushes.every(({ state }) => !['receiving', 'relaying', 'unknown'].includes(state));
      return isOver ? { value: pushes.at(-1) } : undefined;
    });
  }

  /** Nothing left that the checker objects to, now or (what is cleared behind an answer) in a moment. */
  async assertSound(): Promise<void> {
    let faults: readonly string[] = [];
    await until(
      'the checker',
      async () => {
        faults = (await this.checker.faults()).filter((fault) => !this.#knownFaults.includes(fault));
        return faults.length === 0 ? { value: undefined } : undefined;
      },
      15_000,
    ).catch(() => {});
    assert.deepEqual(faults, []);
  }

  /** Waits until the gateway has logged this. */
  async logged(text: string): Promise<void> {
    await until(`"${text}" in the log`, async () => {
      const { stdout } = await run('grep', ['-c', text, this.world.logFile], environment(), '/');
      return Number(stdout) > 0 ? { value: undefined } : undefined;
    });
  }
}

export interface NewChange {
  readonly refName: string;
  readonly exists: boolean;
  /** Size of the file that the commit adds. */
  readonly bytes?: number;
}

export interface PushOptions {
  /** Instead of the door's own. */
  readonly url?: string;
  /** Options of git itself, before `push`. */
  readonly git?: readonly string[];
}

let labs = 0;

export function environment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' };
}

/** Asks until there is an answer. A condition, not a pause: the deadline only says when it is hopeless. */
export async function until<T>(
  what: string,
  ask: () => Promise<{ readonly value: T } | undefined>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer.value;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
