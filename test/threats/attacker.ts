// What an attacker with a valid login can make beyond what git's own commands do: objects that git would not write,
// packs with more in them than their commands name, and push requests written by hand.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { encodeBytes } from '../../src/protocol/bytes.ts';
import { emptyPack } from '../../src/protocol/pack.ts';
import { encodePkt, FLUSH } from '../../src/protocol/pkt-line.ts';
import { parseReport, type Report } from '../../src/protocol/report-status.ts';
import { SidebandDecoder } from '../../src/protocol/sideband.ts';
import type { World } from '../support/world.ts';

export const ZERO = '0'.repeat(40);
export const NO_OBJECTS: Buffer = emptyPack('sha1');

export interface TreeEntry {
  readonly mode: string;
  readonly name: string;
  readonly oid: string;
}

export interface Command {
  readonly oldOid: string;
  readonly newOid: string;
  readonly refName: string;
}

/** What of a push the API shows and these tests look at. */
export interface ShownPush {
  readonly id: number;
  readonly state: string;
  readonly principal: { readonly name: string };
  readonly updates: readonly { readonly kind: string }[];
  readonly verdict: { readonly outcome: string; readonly reasons: readonly Reason[] } | null;
  readonly requirements: readonly { readonly group: string; readonly count: number; readonly given: number }[];
  readonly approvals: readonly { readonly by: string }[];
  readonly note?: string;
}

interface Reason {
  readonly rule: string;
  readonly text: string;
  readonly paths?: readonly string[];
}

/** A repository of one person, and what they can do with it. */
export class Attacker {
  readonly world: World;
  readonly name: string;
  readonly cwd: string;

  constructor(world: World, name: string, cwd: string) {
    this.world = world;
    this.name = name;
    this.cwd = cwd;
  }

  /** Output of a git command that must succeed; bytes in, bytes out. */
  async git(args: readonly string[], input?: Buffer | string): Promise<Buffer> {
    const child = spawn('git', [...args], { cwd: this.cwd, env: this.world.environment(this.name) });
    const out: Buffer[] = [];
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${errors}`);
    return Buffer.concat(out);
  }

  async oid(revision: string): Promise<string> {
    return (await this.git(['rev-parse', '--verify', revision])).toString().trim();
  }

  /** Starts over from `base`, whatever was left behind. */
  async startFrom(base: string): Promise<void> {
    await this.git(['checkout', '-q', '--force', '--detach', base]);
    await this.git(['clean', '-fdqx']);
  }

  commit(files: Readonly<Record<string, string>>, message = 'change'): Promise<string> {
    return this.world.commit(this.cwd, this.name, files, message);
  }

  /** Stores an object as it is, however broken. */
  async object(type: 'blob' | 'tree' | 'commit' | 'tag', content: Buffer | string): Promise<string> {
    const oid = await this.git(['hash-object', '-w', '--literally', '--stdin', '-t', type], content);
    return oid.toString().trim();
  }

  /** Entries in the order given, under names that need not be any. */
  tree(entries: readonly TreeEntry[]): Promise<string> {
    const parts = entries.map(({ mode, name, oid }) =>
      Buffer.concat([Buffer.from(`${mode} `), encodeBytes(name), Buffer.of(0), Buffer.from(oid, 'hex')]),
    );
    return this.object('tree', Buffer.concat(parts));
  }

  commitOf(tree: string, parents: readonly string[], message = 'made by hand\n'): Promise<string> {
    const person = 'Eve <eve@example.com> 1700002000 +0000';
    const lines = [`tree ${tree}`, ...parents.map((parent) => `parent ${parent}`), `author ${person}`];
    return this.object('commit', `${lines.join('\n')}\ncommitter ${person}\n\n${message}`);
  }

  tagOf(oid: string, type: string, message = 'a tag\n'): Promise<string> {
    return this.object('tag', `object ${oid}\ntype ${type}\ntag t\ntagger Eve <eve@example.com> 1 +0000\n\n${message}`);
  }

  /** What `revisions` bring over `origin/main`, and then `extra`. */
  async pack(revisions: readonly string[], extra: readonly string[] = []): Promise<Buffer> {
    const listed = await this.git(['rev-list', '--objects', ...revisions, '--not', 'origin/main']);
    const oids = [...listed.toString().split('\n'), ...extra].map((line) => line.split(' ')[0] ?? '');
    return this.git(['pack-objects', '--stdout', '-q'], `${oids.filter((oid) => oid !== '').join('\n')}\n`);
  }

  /** A push request written by hand, over HTTP, and what came back. */
  async send(
    commands: readonly Command[],
    pack: Buffer,
    more: { readonly capabilities?: string; readonly options?: readonly string[] } = {},
  ): Promise<{ readonly status: number; readonly report?: Report; readonly messages: string }> {
    const capabilities = `report-status side-band-64k ${more.options === undefined ? '' : 'push-options '}${more.capabilities ?? ''}`;
    const lines = commands.map(({ oldOid, newOid, refName }, at) =>
      encodePkt(
        Buffer.concat([
          Buffer.from(`${oldOid} ${newOid} `),
          encodeBytes(refName),
          Buffer.from(at === 0 ? `\0 ${capabilities}` : ''),
        ]),
      ),
    );
    const options = more.options === undefined ? [] : [...more.options.map((option) => encodePkt(option)), FLUSH];
    const response = await fetch(`${this.world.http}/acme/shop.git/git-receive-pack`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.world.token(this.name)}`,
        'content-type': 'application/x-git-receive-pack-request',
      },
      body: new Uint8Array(Buffer.concat([...lines, FLUSH, ...options, pack])),
    });
    const body = Buffer.from(await response.arrayBuffer());
    if (response.status !== 200) return { status: response.status, messages: body.toString() };
    const decoder = new SidebandDecoder();
    decoder.write(body);
    const bands: Record<number, Buffer[]> = { 1: [], 2: [], 3: [] };
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) bands[event.band]?.push(event.data);
    const messages = Buffer.concat([...(bands[2] ?? []), ...(bands[3] ?? [])]).toString();
    return { status: 200, report: parseReport(Buffer.concat(bands[1] ?? [])), messages };
  }
}

/** The newest push, as an administrator sees it. */
export async function newestPush(world: World): Promise<ShownPush> {
  const { status, body } = await world.api('root', 'GET', '/api/v1/pushes?limit=1');
  assert.equal(status, 200);
  const [push] = body as readonly ShownPush[];
  assert.ok(push, 'there is a push');
  return push;
}

export async function shownPush(world: World, id: number): Promise<ShownPush> {
  const { status, body } = await world.api('root', 'GET', `/api/v1/pushes/${id}`);
  assert.equal(status, 200);
  return body as ShownPush;
}

/** Waits (bounded) until the push has left these states; wakes and relays happen in the background. */
export async function pushAfter(world: World, id: number, states: readonly string[]): Promise<ShownPush> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const push = await shownPush(world, id);
    if (!states.includes(push.state)) return push;
    assert.ok(performance.now() < deadline, `push ${id} is ${push.state} for too long`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Push requests that an http upstream has got so far. */
export function relayedPushes(world: World): number {
  return world.upstreamRequests.filter(({ method, path }) => method === 'POST' && path.endsWith('/git-receive-pack'))
    .length;
}

/** Everything a reason says, in one text. */
export function reasonsOf(push: ShownPush): string {
  const reasons = push.verdict?.reasons ?? [];
  return reasons.map(({ rule, text, paths = [] }) => [rule, text, ...paths].join(': ')).join('\n');
}
