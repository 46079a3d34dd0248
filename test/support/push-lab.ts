// A client's repository, an upstream, a partial mirror of it and a quarantine, all of them real, to inspect real packs
// with. What the gateway asks the upstream over the network is asked of its repository directly.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { openCatFile } from '../../src/adapters/git/cat-file.ts';
import type { ObjectReader } from '../../src/domain/ports.ts';
import type { Finding } from '../../src/domain/push/finding.ts';
import { type Inspection, type InspectLimits, inspectPush, type PackView } from '../../src/domain/push/introduced.ts';
import { findSecrets } from '../../src/domain/secrets/push/find-secrets.ts';
import type { SecretSearch } from '../../src/domain/secrets/push/search.ts';
import type { EarlyScans, SecretScanner } from '../../src/domain/secrets/secret-scanner.ts';
import { type ObjectFormat, type Oid, zeroOid } from '../../src/protocol/oid.ts';
import { packTrailerBytes } from '../../src/protocol/pack.ts';
import { PackIndex } from '../../src/protocol/pack-index.ts';

export interface LabPush {
  /** `[refName, old, new]`; undefined stands for the zero id. */
  readonly commands: readonly (readonly [refName: string, old: Oid | undefined, next: Oid | undefined])[];
  /** Commits the client leaves out of its pack, with all they reach; default: the upstream's tips. */
  readonly client?: readonly Oid[];
  /** Objects put into the pack on top of what git would send. */
  readonly extra?: readonly Oid[];
  /** Objects left out of the pack that git would send. */
  readonly without?: readonly Oid[];
  /** Exactly these objects, whatever git would send: for objects that git cannot walk. */
  readonly only?: readonly Oid[];
  readonly thin?: boolean;
  readonly limits?: Partial<InspectLimits>;
  readonly wantBinary?: boolean;
  readonly signal?: AbortSignal;
}

/** What a search is given, less what the caller brings. */
export type LabObjects = Omit<SecretSearch, 'objectFormat' | 'pushOptions' | 'scanner' | 'signal'>;

export interface SearchedTwice {
  readonly later: readonly Finding[];
  readonly early: EarlyScans | undefined;
  readonly arriving: readonly Finding[];
}

export class PushLab {
  readonly format: ObjectFormat;
  readonly root: string;
  readonly client: string;
  readonly upstream: string;
  readonly mirror: string;
  /** Requests the last inspection made of the upstream, and its reads. */
  readonly counts = { ensure: 0, ensureObjects: 0, reachable: 0, isAncestor: 0, reads: 0 };
  /** How long the last inspection took, packing and indexing apart. */
  lastMs = 0;
  #quarantines = 0;
  #pack: Buffer = Buffer.alloc(0);

  constructor(format: ObjectFormat = 'sha1') {
    this.format = format;
    this.root = mkdtempSync(join(tmpdir(), 'push-lab-'));
    this.client = join(this.root, 'client.git');
    this.upstream = join(this.root, 'upstream.git');
    this.mirror = join(this.root, 'mirror.git');
    for (const directory of [this.client, this.upstream, this.mirror]) {
      execFileSync('git', ['init', '-q', '--bare', `--object-format=${format}`, directory], { env: ENVIRONMENT });
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  git(args: readonly string[], input: string | Buffer = '', where: string = this.client): string {
    return this.raw(args, input, where).toString('latin1').trimEnd();
  }

  raw(args: readonly string[], input: string | Buffer = '', where: string = this.client, env = {}): Buffer {
    return execFileSync('git', ['-C', where, ...args], {
      input,
      env: { ...ENVIRONMENT, ...env },
      maxBuffer: 1 << 30,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  blob(content: string | Buffer): Oid {
    return this.git(['hash-object', '-w', '--stdin'], content);
  }

  /** A tree with exactly these entries, in git's order. */
  treeOf(entries: readonly (readonly [mode: string, oid: Oid, name: string])[]): Oid {
    const lines = entries.map(([mode, oid, name]) => {
      const type = mode === '040000' ? 'tree' : mode === '160000' ? 'commit' : 'blob';
      return `${mode} ${type} ${oid}\t${name}\0`;
    });
    return this.git(['mktree', '-z', '--missing'], lines.join(''));
  }

  /** A tree of paths and their files' contents. */
  tree(files: Readonly<Record<string, string>>): Oid {
    const index = join(this.root, 'index');
    const lines = Object.entries(files).map(([path, content]) => `100644 ${this.blob(content)}\t${path}\0`);
    this.raw(['update-index', '-z', '--index-info'], lines.join(''), this.client, { GIT_INDEX_FILE: index });
    const tree = this.raw(['write-tree'], '', this.client, { GIT_INDEX_FILE: index }).toString('latin1').trim();
    rmSync(index, { force: true });
    return tree;
  }

  commit(tree: Oid | Readonly<Record<string, string>>, parents: readonly Oid[] = [], message = 'message\n'): Oid {
    const treeOid = typeof tree === 'string' ? tree : this.tree(tree);
    const args = parents.flatMap((parent) => ['-p', parent]);
    return this.git(['commit-tree', treeOid, ...args], message);
  }

  /** Any object, bytes as they are. */
  object(type: string, content: string | Buffer): Oid {
    return this.git(['hash-object', '-w', '--stdin', '--literally', '-t', type], content);
  }

  tag(object: Oid, type: string, name = 'v1', message = 'tagged\n'): Oid {
    return this.object(
      'tag',
      `object ${object}\ntype ${type}\ntag ${name}\ntagger T <t@example.com> 1 +0000\n\n${message}`,
    );
  }

  /** Puts a ref, and everything it reaches, into the upstream. */
  land(refName: string, oid: Oid): void {
    this.git(['update-ref', `refs/landing/${refName}`, oid]);
    this.git(['fetch', '-q', '--no-tags', this.client, `+refs/landing/${refName}:${refName}`], '', this.upstream);
    this.git(['update-ref', '-d', `refs/landing/${refName}`]);
  }

  /** Fills the mirror with all that the upstream has. */
  warm(): void {
    this.git(['fetch', '-q', this.upstream, '+refs/*:refs/*'], '', this.mirror);
  }

  upstreamTips(): Set<Oid> {
    const refs = this.git(['for-each-ref', '--format=%(objectname) %(refname)'], '', this.upstream).split('\n');
    return new Set(
      refs.filter((line) => /^\S+ refs\/(?:heads|tags|notes)\//.test(line)).map((line) => line.split(' ')[0] as string),
    );
  }

  /** The secrets that the push introduces, as this scanner sees them. */
  async search(
    push: LabPush,
    scanner: SecretScanner,
    pushOptions: readonly string[] = [],
  ): Promise<readonly Finding[]> {
    let found: readonly Finding[] = [];
    await this.#inspected(push, async (objects) => {
      const signal = push.signal ?? new AbortController().signal;
      found = await findSecrets({ ...objects, objectFormat: this.format, pushOptions, scanner, signal });
    });
    return found;
  }

  /** The same pack searched twice: when it is there, and with what was seen while it arrived in pieces. */
  async searchTwice(push: LabPush, scanner: SecretScanner): Promise<SearchedTwice> {
    let both: SearchedTwice | undefined;
    await this.#inspected(push, async (objects) => {
      const signal = push.signal ?? new AbortController().signal;
      // What is small is never looked at early.
      const all = { ...objects, packBytes: 1 << 20, objectFormat: this.format, pushOptions: [], scanner, signal };
      const later = await findSecrets(all);
      const early = await this.#arrive(scanner);
      both = { later, early, arriving: await findSecrets({ ...all, seenEarly: async () => early }) };
    });
    if (both === undefined) throw new Error('nothing was searched');
    return both;
  }

  async #inspected(push: LabPush, look: (objects: LabObjects) => Promise<void>): Promise<void> {
    const inspection = await this.inspect(push, look);
    if (inspection.outcome !== 'inspected') throw new Error(JSON.stringify(inspection));
  }

  /** The last pack, written behind other bytes as a recording is, piece by piece while it is scanned. */
  async #arrive(scanner: SecretScanner): Promise<EarlyScans | undefined> {
    const from = 100;
    const path = join(this.root, 'recording');
    writeFileSync(path, Buffer.alloc(from));
    const scan = scanner.scanArriving({ path, from, objectFormat: this.format });
    const step = Math.max(1, Math.ceil(this.#pack.length / 7));
    for (let at = 0; at < this.#pack.length; at += step) {
      appendFileSync(path, this.#pack.subarray(at, at + step));
      scan?.grown(Math.min(at + step, this.#pack.length) + from);
      await setImmediate();
    }
    scan?.end();
    return scan?.seen;
  }

  /** Makes the pack, indexes it into a quarantine of its own, and inspects it; `look` may then look at the objects. */
  async inspect(push: LabPush, look?: (objects: LabObjects) => Promise<void>): Promise<Inspection> {
    const tips = this.upstreamTips();
    const quarantine = join(this.root, `quarantine-${this.#quarantines++}`);
    mkdirSync(join(quarantine, 'pack'), { recursive: true });
    const env = {
      GIT_OBJECT_DIRECTORY: quarantine,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: join(this.mirror, 'objects'),
    };
    const sent = this.#send(push, tips, quarantine, env);
    const mirrorReader = openCatFile({ gitDir: this.mirror });
    const reader = openCatFile({
      gitDir: this.mirror,
      objectDirectory: quarantine,
      alternates: [join(this.mirror, 'objects')],
    });
    for (const key of ['ensure', 'ensureObjects', 'reachable', 'isAncestor', 'reads'] as const) this.counts[key] = 0;
    const started = performance.now();
    const ensureObjects = async (oids: readonly Oid[]) => {
      this.counts.ensureObjects += 1;
      return this.#fetch(oids, undefined);
    };
    try {
      const inspection = await inspectPush({
        objectFormat: this.format,
        commands: push.commands.map(([refName, old, next]) => ({
          refName,
          oldOid: old ?? zeroOid(this.format),
          newOid: next ?? zeroOid(this.format),
        })),
        upstreamTips: tips,
        ...(sent === undefined ? {} : { sent }),
        reader: this.#counted(reader),
        mirror: this.#counted(mirrorReader),
        reachable: async (oids) => {
          this.counts.reachable += 1;
          const reached = new Set(
            this.git(['rev-list', '--stdin'], `${[...tips].join('\n')}\n`, this.upstream).split('\n'),
          );
          return new Set(oids.filter((oid) => reached.has(oid)));
        },
        isAncestor: async (ancestor, descendant) => {
          this.counts.isAncestor += 1;
          return this.#succeeds(['merge-base', '--is-ancestor', ancestor, descendant]);
        },
        ensure: async (oids) => {
          this.counts.ensure += 1;
          return this.#fetch(oids, (oid) => ['rev-list', '--objects', '--no-walk', '--filter=blob:none', oid]);
        },
        ensureObjects,
        ...(push.limits === undefined ? {} : { limits: push.limits }),
        wantBinary: push.wantBinary ?? false,
        ...(push.signal === undefined ? {} : { signal: push.signal }),
      });
      this.lastMs = performance.now() - started;
      if (inspection.outcome === 'inspected') {
        await look?.({
          inspected: inspection,
          ...(sent === undefined ? {} : { sent }),
          packBytes: this.#pack.length,
          upstreamTips: tips,
          place: { gitDir: this.mirror, objectDirectory: quarantine },
          reader: this.#counted(reader),
          mirror: this.#counted(mirrorReader),
          ensureObjects,
        });
      }
      return inspection;
    } finally {
      reader.close();
      mirrorReader.close();
    }
  }

  #counted(reader: ObjectReader): ObjectReader {
    return {
      info: (oid) => {
        this.counts.reads += 1;
        return reader.info(oid);
      },
      read: (oid, maxBytes) => {
        this.counts.reads += 1;
        return reader.read(oid, maxBytes);
      },
    };
  }

  #send(push: LabPush, tips: ReadonlySet<Oid>, quarantine: string, env: Record<string, string>): PackView | undefined {
    const wanted = push.commands.map(([, , next]) => next).filter((oid) => oid !== undefined);
    const excluded = push.client ?? [...tips];
    const revisions = [...wanted, ...excluded.map((oid) => `^${oid}`)].join('\n');
    let pack: Buffer;
    if (push.only !== undefined) {
      pack = this.raw(['pack-objects', '--stdout', '-q'], `${push.only.join('\n')}\n`);
    } else if (push.extra !== undefined || push.without !== undefined) {
      const listed = this.git(['rev-list', '--objects', '--stdin', '--no-object-names'], `${revisions}\n`);
      const oids = new Set([...listed.split('\n'), ...(push.extra ?? [])].filter((oid) => oid !== ''));
      for (const oid of push.without ?? []) oids.delete(oid);
      pack = this.raw(['pack-objects', '--stdout', '-q'], `${[...oids].join('\n')}\n`);
    } else {
      const args = push.thin === true ? ['--thin', '--delta-base-offset'] : [];
      pack = this.raw(['pack-objects', '--revs', '--stdout', '-q', ...args], `${revisions}\n`);
    }
    this.#pack = pack;
    if (pack.readUInt32BE(8) === 0) return undefined;
    this.raw(['index-pack', '--stdin', '--fix-thin'], pack, this.mirror, env);
    const name = readdirSync(join(quarantine, 'pack')).find((file) => file.endsWith('.idx')) as string;
    const index = PackIndex.parse(readFileSync(join(quarantine, 'pack', name)), this.format);
    const end = pack.length - packTrailerBytes(this.format);
    return {
      count: index.count,
      find: (oid) => index.find(oid),
      oidAt: (position) => index.oidAt(position),
      offsetAt: (position) => index.offsetAt(position),
      isSent: (position) => index.offsetAt(position) < end,
    };
  }

  #succeeds(args: readonly string[]): boolean {
    try {
      this.git(args, '', this.upstream);
      return true;
    } catch {
      return false;
    }
  }

  /** Copies objects from the upstream into the mirror; answers those it lacks. */
  #fetch(oids: readonly Oid[], list: ((oid: Oid) => readonly string[]) | undefined): Set<Oid> {
    const checked = this.git(['cat-file', '--batch-check'], `${oids.join('\n')}\n`, this.upstream).split('\n');
    const lacking = new Set(oids.filter((_, at) => (checked[at] ?? '').endsWith(' missing')));
    const objects = new Set<Oid>();
    for (const oid of oids) {
      if (lacking.has(oid)) continue;
      objects.add(oid);
      if (list === undefined) continue;
      for (const line of this.git(list(oid), '', this.upstream).split('\n')) objects.add(line.split(' ')[0] as string);
    }
    objects.delete('');
    if (objects.size > 0) {
      const pack = this.raw(['pack-objects', '--stdout', '-q'], `${[...objects].join('\n')}\n`, this.upstream);
      this.raw(['index-pack', '--stdin'], pack, this.mirror);
    }
    return lacking;
  }
}

const ENVIRONMENT: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ann Author',
  GIT_AUTHOR_EMAIL: 'ann@example.com',
  GIT_AUTHOR_DATE: '1700000000 +0000',
  GIT_COMMITTER_NAME: 'Carl Committer',
  GIT_COMMITTER_EMAIL: 'carl@example.com',
  GIT_COMMITTER_DATE: '1700000000 +0000',
};
