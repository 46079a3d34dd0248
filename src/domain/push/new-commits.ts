// Which commits does a push bring? Not `old..new`: a new branch has no old, a forced one has the wrong one. From all
// new tips at once, down to what can be reached from the upstream's trusted refs, as the upstream advertised them for
// this very push (CVE-2025-54585).
//
// A commit outside the pack is not known just because the upstream has it: it may live in a fork, in refs/pull, or
// nowhere reachable. Only reachability from trusted tips makes it known; otherwise it is as new as a sent one.
import { decodeBytes } from '../../protocol/bytes.ts';
import { coAuthors, parseCommit } from '../../protocol/object.ts';
import type { Oid } from '../../protocol/oid.ts';
import type { Change, CommitFacts } from './inputs.ts';
import { type InspectLimits, type InspectRequest, inObject, missingObject, overLimit } from './inspection.ts';
import { forEachAtOnce, type ObjectSource } from './object-source.ts';

/** A commit the push brings; `changes` fills as its trees are compared. */
export interface NewCommit extends Omit<CommitFacts, 'changes'> {
  readonly changes: Change[];
}

export interface CommitGraph {
  /** Every new commit, parents before children. */
  readonly commits: readonly NewCommit[];
  readonly position: ReadonlyMap<Oid, number>;
  /** The known commits that new ones (or tips) name directly, with their trees. */
  readonly known: ReadonlyMap<Oid, Oid>;
}

// How far to look past commits that turned out unreachable, wave by wave, so that a long line of them costs few
// questions.
const LOOKAHEAD = [0, 16, 128, 1024, 8192] as const;

/** Walks from `tips` (commits) to known history. `knownTips`: commits that upstream refs point at. */
export async function findNewCommits(
  tips: readonly Oid[],
  knownTips: ReadonlySet<Oid>,
  source: ObjectSource,
  request: InspectRequest,
  limits: InspectLimits,
): Promise<CommitGraph> {
  const walk = new Walk(source, request, limits, knownTips);
  await walk.run(tips);
  return walk.graph(tips);
}

interface ReadCommit {
  readonly commit: NewCommit;
  readonly inMirror: boolean;
}

class Walk {
  readonly #source: ObjectSource;
  readonly #request: InspectRequest;
  readonly #limits: InspectLimits;
  readonly #knownTips: ReadonlySet<Oid>;
  readonly #fresh = new Map<Oid, NewCommit>();
  /** Known commits met; their trees are read at the end. */
  readonly #known = new Set<Oid>();
  /** What reachable() has answered. */
  readonly #answers = new Map<Oid, boolean>();
  readonly #readAhead: ReadAhead;

  constructor(source: ObjectSource, request: InspectRequest, limits: InspectLimits, knownTips: ReadonlySet<Oid>) {
    this.#source = source;
    this.#request = request;
    this.#limits = limits;
    this.#knownTips = knownTips;
    this.#readAhead = new ReadAhead(
      source,
      (oid, content) => this.#readSent(oid, content),
      (oid) => this.#fresh.has(oid),
    );
  }

  async run(tips: readonly Oid[]): Promise<void> {
    let pending = [...tips];
    for (let wave = 0; ; wave++) {
      const outside = await this.#followSent(pending);
      if (outside.length === 0) return;
      await this.#makeReadable(outside);
      const ahead = await this.#lookAhead(outside, LOOKAHEAD[Math.min(wave, LOOKAHEAD.length - 1)] as number);
      if (wave > 0) this.#source.countFetch(); // the answer may need more of the upstream's history each time
      const reachable = await this.#request.reachable([...outside, ...ahead]);
      for (const oid of [...outside, ...ahead]) this.#answers.set(oid, reachable.has(oid));
      await this.#makeReadable([...outside, ...ahead].filter((oid) => !reachable.has(oid)));
      pending = outside;
    }
  }

  /** Takes up every commit that can be judged without asking; answers those that cannot. */
  async #followSent(tips: readonly Oid[]): Promise<Oid[]> {
    const outside = new Set<Oid>();
    let pending = [...tips];
    while (pending.length > 0) {
      this.#request.signal?.throwIfAborted();
      const sent: Oid[] = [];
      const next: Oid[] = [];
      for (const oid of new Set(pending)) {
        if (this.#fresh.has(oid) || this.#known.has(oid) || outside.has(oid)) continue;
        const answer = this.#knownTips.has(oid) || this.#answers.get(oid);
        if (answer === true) this.#known.add(oid);
        else if (answer === false) next.push(...this.#take(await this.#readForeign(oid)));
        else if (this.#source.sentPosition(oid) >= 0) sent.push(oid);
        else outside.add(oid);
      }
      for (const { commit, inMirror } of await this.#readAhead.read(sent)) {
        // A commit the client sent although the upstream has it (the client's view was old): known, or laundered.
        if (inMirror) outside.add(commit.oid);
        else next.push(...this.#take(commit));
      }
      pending = next;
    }
    return [...outside];
  }

  #take(commit: NewCommit): readonly Oid[] {
    this.#fresh.set(commit.oid, commit);
    this.#source.visit(commit.oid, 'commit');
    if (this.#fresh.size > this.#limits.maxCommits) throw overLimit('new commits', this.#limits.maxCommits);
    return commit.parents;
  }

  async #readSent(oid: Oid, ready?: Buffer): Promise<ReadCommit> {
    const [content, inMirror] = await Promise.all([
      ready ?? this.#source.readText(oid, 'commit'),
      this.#request.mirror.info(oid),
    ]);
    if (content === undefined) throw missingObject(oid, 'a sent commit cannot be read');
    return { commit: this.#parse(oid, content), inMirror: inMirror !== undefined };
  }

  async #readForeign(oid: Oid): Promise<NewCommit> {
    const content = await this.#source.readText(oid, 'commit');
    if (content === undefined) throw missingObject(oid, 'a commit that neither the push nor the upstream has');
    return this.#parse(oid, content);
  }

  #parse(oid: Oid, content: Buffer): NewCommit {
    const { maxParents, maxMessageBytes } = this.#limits;
    this.#source.keepText(content.length);
    const parsed = inObject(oid, () => parseCommit(content, this.#request.objectFormat));
    if (parsed.parents.length > maxParents) throw overLimit(`parents of commit ${oid}`, maxParents);
    if (parsed.message.length > maxMessageBytes) throw overLimit(`bytes of message in commit ${oid}`, maxMessageBytes);
    // Under an `encoding` header, hosts may read the trailers either way: somebody named in either took part.
    const trailers = parsed.encoding === undefined ? parsed.message : `${parsed.message}\n${decodeBytes(content)}`;
    return {
      oid,
      parents: parsed.parents,
      tree: parsed.tree,
      author: { name: parsed.author.name, email: parsed.author.email },
      committer: { name: parsed.committer.name, email: parsed.committer.email },
      coAuthors: coAuthors(trailers),
      ...(parsed.committer.time !== undefined && { committedAt: parsed.committer.time * 1000 }),
      message: parsed.message,
      signed: parsed.signed,
      changes: [],
    };
  }

  /** Sees to it that commits and their root trees can be read; the push is refused when the upstream lacks one. */
  async #makeReadable(oids: readonly Oid[]): Promise<void> {
    const absent: Oid[] = [];
    await forEachAtOnce(oids, async (oid) => {
      if ((await this.#source.rootTreeIfHere(oid)) === undefined) absent.push(oid);
    });
    const lacking = await this.#source.ensure(absent);
    for (const oid of absent) {
      if (lacking.has(oid)) throw missingObject(oid, 'a commit that neither the push nor the upstream has');
    }
  }

  /** Ancestors of `from` that are here already, nearest first. */
  async #lookAhead(from: readonly Oid[], count: number): Promise<Oid[]> {
    const ahead = new Set<Oid>();
    let edge = [...from];
    while (edge.length > 0 && ahead.size < count) {
      const next: Oid[] = [];
      await forEachAtOnce(edge, async (oid) => {
        const content = await this.#source.readText(oid, 'commit');
        if (content !== undefined) next.push(...parseCommit(content, this.#request.objectFormat).parents);
      });
      edge = next.filter((oid) => !ahead.has(oid) && !this.#answers.has(oid) && !this.#knownTips.has(oid));
      for (const oid of edge) if ((await this.#source.info(oid)) !== undefined) ahead.add(oid);
    }
    return [...ahead];
  }

  async graph(tips: readonly Oid[]): Promise<CommitGraph> {
    const commits = parentsFirst(tips, this.#fresh);
    const known = new Map<Oid, Oid>();
    const unread: Oid[] = [];
    await forEachAtOnce(this.#known, async (oid) => {
      const tree = await this.#source.rootTreeIfHere(oid);
      if (tree === undefined) unread.push(oid);
      else known.set(oid, tree);
    });
    await this.#makeReadable(unread);
    for (const oid of unread) known.set(oid, await this.#source.rootTree(oid));
    return { commits, position: new Map(commits.map((commit, at) => [commit.oid, at])), known };
  }
}

/** Depth first along parents, in the order of tips and of parents, so that the same push always gives the same list. */
function parentsFirst(tips: readonly Oid[], fresh: ReadonlyMap<Oid, NewCommit>): NewCommit[] {
  const ordered: NewCommit[] = [];
  const seen = new Set<Oid>();
  for (const tip of tips) {
    const path: { readonly commit: NewCommit; next: number }[] = [];
    const enter = (oid: Oid) => {
      const commit = fresh.get(oid);
      if (commit === undefined || seen.has(oid)) return;
      seen.add(oid);
      path.push({ commit, next: 0 });
    };
    enter(tip);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const parent = top.commit.parents[top.next];
      top.next += 1;
      if (parent !== undefined) enter(parent);
      else {
        ordered.push(top.commit);
        path.pop();
      }
    }
  }
  return ordered;
}

/**
 * Reads sent commits, and ahead of need those that follow in the pack: git writes commits first, newest to oldest, so
 * a long line of history is read at the speed of the pipe and not of its round trips. Only speed depends on it.
 */
class ReadAhead {
  readonly #source: ObjectSource;
  readonly #readSent: (oid: Oid, content?: Buffer) => Promise<ReadCommit>;
  readonly #isDone: (oid: Oid) => boolean;
  readonly #ahead = new Map<Oid, ReadCommit>();
  #window = 0;
  #order: { readonly positions: Uint32Array; readonly rank: Uint32Array } | undefined;

  constructor(
    source: ObjectSource,
    readSent: (oid: Oid, content?: Buffer) => Promise<ReadCommit>,
    isDone: (oid: Oid) => boolean,
  ) {
    this.#source = source;
    this.#readSent = readSent;
    this.#isDone = isDone;
  }

  async read(oids: readonly Oid[]): Promise<ReadCommit[]> {
    const found: ReadCommit[] = [];
    const absent: Oid[] = [];
    for (const oid of oids) {
      const commit = this.#ahead.get(oid);
      if (commit === undefined) absent.push(oid);
      else {
        this.#ahead.delete(oid);
        found.push(commit);
      }
    }
    if (absent.length === 0) return found;
    const following = this.#window > 0 ? this.#following(absent.at(-1) as Oid, this.#window) : [];
    let useful = 0;
    await Promise.all([
      forEachAtOnce(absent, async (oid) => {
        found.push(await this.#readSent(oid));
      }),
      forEachAtOnce(following, async (oid) => {
        const content = await this.#source.readIfCommit(oid);
        if (content === undefined) return;
        useful += 1;
        if (!this.#ahead.has(oid) && !this.#isDone(oid)) this.#ahead.set(oid, await this.#readSent(oid, content));
      }),
    ]);
    // The first commit is read alone: most pushes bring one.
    const worthIt = following.length === 0 || useful * 2 >= following.length;
    this.#window = worthIt ? Math.min(512, Math.max(4, this.#window * 4)) : 0;
    return found;
  }

  #following(oid: Oid, count: number): Oid[] {
    const { sent } = this.#source;
    if (sent.offsetAt === undefined) return [];
    this.#order ??= byOffset(sent.count, (position) => sent.offsetAt?.(position) ?? 0);
    const { positions, rank } = this.#order;
    const from = (rank[sent.find(oid)] as number) + 1;
    const following = positions.subarray(from, from + count);
    return Array.from(following, (position) => (sent.isSent(position) ? sent.oidAt(position) : '')).filter(Boolean);
  }
}

function byOffset(count: number, offsetAt: (position: number) => number) {
  const offsets = Float64Array.from({ length: count }, (_, position) => offsetAt(position));
  const positions = Uint32Array.from({ length: count }, (_, position) => position);
  positions.sort((a, b) => (offsets[a] as number) - (offsets[b] as number));
  const rank = new Uint32Array(count);
  for (const [at, position] of positions.entries()) rank[position] = at;
  return { positions, rank };
}
