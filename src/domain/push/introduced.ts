// The inspection: exactly what a push introduces. Every new commit against each of its parents, every new tree, blob
// and tag, the net change of every ref update, and the proof that the pack holds nothing else.
//
//   tips -> tags peeled -> new commits (new-commits) -> trees compared (tree-diff) -> names and blobs
//   (introduced-content) -> net changes (ref-updates) -> nothing left over (coverage)
//
// The mirror is partial: nothing here needs an unchanged tree or blob, nor history below the commits the push stands
// on. What cannot be found out refuses the push.
import { ProtocolError } from '../../protocol/errors.ts';
import { parseTag } from '../../protocol/object.ts';
import { isZeroOid, type Oid } from '../../protocol/oid.ts';
import { findHiddenObjects, inKnownHistory } from './coverage.ts';
import { FindingList } from './finding-list.ts';
import type { Change, TagFacts, UpdateFacts } from './inputs.ts';
import {
  INSPECT_LIMITS,
  type Inspection,
  type InspectLimits,
  type InspectRequest,
  type Introduced,
  inObject,
  missingObject,
  overLimit,
  Refusal,
} from './inspection.ts';
import { IntroducedContent } from './introduced-content.ts';
import { type CommitGraph, findNewCommits, type NewCommit } from './new-commits.ts';
import { ObjectSource } from './object-source.ts';
import { blobChange, sortChanges, type Tip, type UpdatePlan, UpdatePlanner, unionOfChanges } from './ref-updates.ts';
import { compareTrees, type TreeBase, type TreeComparison } from './tree-diff.ts';

export type { Inspection, InspectLimits, InspectRequest, PackView } from './inspection.ts';
export { INSPECT_LIMITS } from './inspection.ts';

/** Inspects a push whose objects are in quarantine. Refusals are values; what is thrown means "could not find out". */
export async function inspectPush(request: InspectRequest): Promise<Inspection> {
  try {
    return await new PushInspection(request).run();
  } catch (error) {
    if (error instanceof Refusal) {
      const { rule, text, hint, refName } = error;
      return {
        outcome: 'refused',
        ...(refName === undefined ? {} : { refName }),
        rule,
        text,
        ...(hint === undefined ? {} : { hint }),
      };
    }
    if (error instanceof ProtocolError) {
      return { outcome: 'refused', rule: 'malformed-object', text: error.message };
    }
    throw error;
  }
}

type Command = InspectRequest['commands'][number];

interface PlannedUpdate {
  readonly command: Command;
  readonly next: Tip | undefined;
  readonly plan: UpdatePlan;
}

class PushInspection {
  readonly #request: InspectRequest;
  readonly #limits: InspectLimits;
  readonly #source: ObjectSource;
  readonly #findings = new FindingList();
  readonly #content: IntroducedContent;
  readonly #tags: TagFacts[] = [];
  readonly #tagPosition = new Map<Oid, number>();
  /** Commits that trusted refs of the upstream name, also through tags. */
  readonly #knownTips: Set<Oid>;

  constructor(request: InspectRequest) {
    this.#request = request;
    this.#limits = { ...INSPECT_LIMITS, ...request.limits };
    this.#source = new ObjectSource(request, this.#limits);
    this.#content = new IntroducedContent(this.#source, request, this.#limits, this.#findings);
    this.#knownTips = new Set(request.upstreamTips);
  }

  async run(): Promise<Inspection> {
    const { commands } = this.#request;
    const newOids = commands.map((command) => command.newOid).filter((oid) => !isZeroOid(oid));
    const moved = commands.filter((command) => !isZeroOid(command.newOid) && !isZeroOid(command.oldOid));
    await this.#source.require(
      new Set([...newOids, ...moved.map((command) => command.oldOid)]),
      'neither the push nor the upstream has what the ref is to name',
    );
    const tips = new Map<Oid, Tip>();
    for (const command of commands) {
      if (!isZeroOid(command.newOid)) tips.set(command.newOid, await this.#peelNew(command));
    }
    const oldTips = new Map<Oid, Tip>();
    for (const { oldOid } of moved) oldTips.set(oldOid, await this.#peelOld(oldOid));

    const commitTips = new Set([...tips.values()].filter((tip) => tip.type === 'commit').map((tip) => tip.peeled));
    const graph = await findNewCommits([...commitTips], this.#knownTips, this.#source, this.#request, this.#limits);
    await this.#compare(this.#introductions(graph, [...tips.values()]));
    const inHistory = (wanted: ReadonlySet<Oid>) =>
      inKnownHistory(wanted, this.#source, graph, this.#request.objectFormat, this.#limits);
    await this.#content.inspectBlobs(inHistory);
    for (const commit of graph.commits) await this.#describe(commit.changes);

    const planner = new UpdatePlanner(graph, this.#request);
    const planned: PlannedUpdate[] = [];
    for (const command of commands) {
      const next = tips.get(command.newOid);
      const old = isZeroOid(command.oldOid) ? undefined : oldTips.get(command.oldOid);
      planned.push({ command, next, plan: await planner.plan(command.refName, old, next) });
    }
    const nets = await this.#nets(planned, graph);
    const hidden = await findHiddenObjects(this.#source, graph, this.#request, this.#limits);
    if (hidden !== undefined) this.#findings.add(hidden);
    return {
      outcome: 'inspected',
      updates: planned.map((update, at) => factsOf(update, nets[at] ?? [])),
      commits: graph.commits,
      tags: this.#tags,
      findings: this.#findings.list(),
      introduced: this.#introduced(inHistory),
    };
  }

  #introduced(inHistory: (wanted: ReadonlySet<Oid>) => Promise<ReadonlySet<Oid>>): Introduced {
    const { loose, foreign, names } = this.#content;
    return {
      loose,
      foreign,
      names,
      reachedAs: (position) => this.#source.visitedAs(position),
      known: async (oids) => {
        const asked = new Set([...oids].filter((oid) => !this.#content.isKnown(oid)));
        const found = asked.size === 0 ? asked : await inHistory(asked);
        return new Set([...oids].filter((oid) => !asked.has(oid) || found.has(oid)));
      },
    };
  }

  /** Peels a new tip, tag by tag, taking note of each. */
  async #peelNew(command: Command): Promise<Tip> {
    try {
      const tags: number[] = [];
      let isKnown = false;
      const tip = await this.#peel(command.newOid, (oid, content) => {
        isKnown ||= this.#knownTips.has(oid);
        tags.push(this.#noteTag(oid, content));
      });
      // A tag that the upstream's refs name makes what it points at known.
      if (isKnown && tip.type === 'commit') this.#knownTips.add(tip.peeled);
      return { ...tip, tags };
    } catch (error) {
      if (error instanceof Refusal) error.refName ??= command.refName;
      throw error;
    }
  }

  #peelOld(oid: Oid): Promise<Tip> {
    return this.#peel(oid, () => {});
  }

  async #peel(oid: Oid, onTag: (oid: Oid, content: Buffer) => void): Promise<Tip> {
    let peeled = oid;
    let promised: string | undefined;
    for (let depth = 0; depth <= this.#limits.maxTagDepth; depth++) {
      const info = await this.#source.infoOf(peeled, 'a tag names it');
      if (promised !== undefined && promised !== info.type) throw typeMismatch(peeled, promised, info.type);
      if (info.type !== 'tag') return { oid, type: info.type, peeled, tags: [] };
      const tag = peeled;
      const content = await this.#source.readText(tag, 'tag');
      if (content === undefined) throw missingObject(tag, 'it was here a moment ago');
      const parsed = inObject(tag, () => parseTag(content, this.#request.objectFormat));
      onTag(tag, content);
      promised = parsed.type;
      peeled = parsed.object;
    }
    throw overLimit('tags that name one another', this.#limits.maxTagDepth);
  }

  #noteTag(oid: Oid, content: Buffer): number {
    const before = this.#tagPosition.get(oid);
    if (before !== undefined) return before;
    this.#source.visit(oid, 'tag');
    this.#source.keepText(content.length);
    const tag = parseTag(content, this.#request.objectFormat);
    if (tag.message.length > this.#limits.maxMessageBytes) {
      throw overLimit(`bytes of message in tag ${oid}`, this.#limits.maxMessageBytes);
    }
    this.#tagPosition.set(oid, this.#tags.length);
    this.#tags.push({
      oid,
      name: tag.tag,
      target: tag.object,
      targetType: tag.type,
      ...(tag.tagger === undefined ? {} : { tagger: { name: tag.tagger.name, email: tag.tagger.email } }),
      message: tag.message,
      signed: tag.signed,
    });
    return this.#tags.length - 1;
  }

  /** One comparison per new commit and per ref that names a tree; blobs named by refs are taken up at once. */
  *#introductions(graph: CommitGraph, tips: readonly Tip[]): Generator<TreeComparison> {
    for (const commit of graph.commits) yield this.#introduction(commit, graph);
    for (const tip of tips) {
      if (tip.type === 'blob') {
        this.#content.introduce(blobChange(tip.peeled, undefined, this.#request.objectFormat), undefined, false);
      }
      if (tip.type !== 'tree') continue;
      yield {
        tree: tip.peeled,
        bases: [{ known: false }],
        onChange: (change) => this.#content.introduce(change, undefined, false),
        onTree: (oid) => this.#source.visit(oid, 'tree'),
        onNames: (prefix, content, added) => this.#content.judgeNames(prefix, content, added, undefined),
      };
    }
  }

  #introduction(commit: NewCommit, graph: CommitGraph): TreeComparison {
    const bases = commit.parents.map((oid) => this.#baseOf(oid, graph));
    return {
      tree: commit.tree,
      bases: bases.length === 0 ? [{ known: false }] : bases,
      onChange: (change, fromKnown) => {
        this.#content.keep(change);
        this.#content.introduce(change, commit.oid, fromKnown);
        commit.changes.push(change);
      },
      onTree: (oid) => this.#source.visit(oid, 'tree'),
      onNames: (prefix, content, added) => this.#content.judgeNames(prefix, content, added, commit.oid),
    };
  }

  #baseOf(parent: Oid, graph: CommitGraph): TreeBase {
    const known = graph.known.get(parent);
    if (known !== undefined) return { tree: known, known: true };
    const fresh = graph.commits[graph.position.get(parent) ?? -1];
    if (fresh === undefined) throw missingObject(parent, 'a parent that the walk did not reach');
    return { tree: fresh.tree, known: false };
  }

  /** The net changes of all updates, in their order. */
  async #nets(planned: readonly PlannedUpdate[], graph: CommitGraph): Promise<(readonly Change[])[]> {
    const comparisons: TreeComparison[] = [];
    const nets: (readonly Change[])[] = [];
    const compared: Change[][] = [];
    const twins = new Twins(graph.commits);
    for (const { plan, next } of planned) {
      const commits = plan.commits.map((position) => graph.commits[position] as NewCommit);
      if (plan.net.from === 'nothing' || next === undefined) nets.push([]);
      else if (plan.net.from === 'commits') nets.push(unionOfChanges(commits.map((commit) => commit.changes)));
      else if (isOneCommitOn(plan.net.old, commits)) nets.push(commits[0]?.changes ?? []);
      else {
        const changes: Change[] = [];
        nets.push(changes);
        compared.push(changes);
        comparisons.push(await this.#netComparison(plan.net.old, next, changes, graph, twins));
      }
    }
    await this.#compare(comparisons);
    for (const changes of compared) await this.#describe(changes);
    return nets;
  }

  async #describe(changes: Change[]): Promise<void> {
    await this.#content.describe(changes);
    sortChanges(changes); // trees are read many at a time: their order must not show
  }

  async #netComparison(
    old: Tip | undefined,
    next: Tip,
    into: Change[],
    graph: CommitGraph,
    twins: Twins,
  ): Promise<TreeComparison> {
    const onChange = (change: Change) => {
      this.#content.keep(change);
      into.push(twins.of(change));
    };
    if (next.type === 'blob' && next.peeled !== old?.peeled) {
      onChange(blobChange(next.peeled, old?.type === 'blob' ? old.peeled : undefined, this.#request.objectFormat));
    }
    const oldTree = old === undefined ? undefined : await this.#treeOf(old, graph);
    const newTree = await this.#treeOf(next, graph);
    return {
      ...(newTree === undefined ? {} : { tree: newTree }),
      bases: [oldTree === undefined ? { known: true } : { tree: oldTree, known: true }],
      onChange,
    };
  }

  /** The tree a tip comes down to; undefined for a blob. */
  async #treeOf(tip: Tip, graph: CommitGraph): Promise<Oid | undefined> {
    if (tip.type === 'blob') return undefined;
    if (tip.type === 'tree') return tip.peeled;
    const fresh = graph.commits[graph.position.get(tip.peeled) ?? -1];
    return fresh?.tree ?? graph.known.get(tip.peeled) ?? this.#source.rootTree(tip.peeled);
  }

  #compare(comparisons: Iterable<TreeComparison>): Promise<void> {
    const { objectFormat, signal } = this.#request;
    return compareTrees(comparisons, this.#source, objectFormat, this.#limits, signal);
  }
}

function factsOf({ command, next, plan }: PlannedUpdate, net: readonly Change[]): UpdateFacts {
  return {
    refName: command.refName,
    oldOid: command.oldOid,
    newOid: command.newOid,
    kind: plan.kind,
    net,
    commits: plan.commits,
    tags: next?.tags ?? [],
    ...(next === undefined ? {} : { tipType: next.type }),
  };
}

/**
 * Most net changes are just what one commit did. They are then one object: a push of a hundred thousand files would
 * otherwise hold everything about them twice.
 */
class Twins {
  readonly #commits: readonly NewCommit[];
  #byPath: Map<string, Change> | undefined;

  constructor(commits: readonly NewCommit[]) {
    this.#commits = commits;
  }

  of(change: Change): Change {
    const twin = this.#paths().get(change.path);
    if (twin === undefined || twin.status !== change.status) return change;
    const isSame =
      twin.newOid === change.newOid &&
      twin.oldOid === change.oldOid &&
      twin.newMode === change.newMode &&
      twin.oldMode === change.oldMode;
    return isSame ? twin : change;
  }

  #paths(): ReadonlyMap<string, Change> {
    if (this.#byPath !== undefined) return this.#byPath;
    const byPath = new Map<string, Change>();
    for (const { changes } of this.#commits) for (const change of changes) byPath.set(change.path, change);
    this.#byPath = byPath;
    return byPath;
  }
}

/** The common push: its one commit stands on the old tip, so the commit's change is the net change. */
function isOneCommitOn(old: Tip | undefined, commits: readonly NewCommit[]): boolean {
  const [only, ...more] = commits;
  if (only === undefined || more.length > 0) return false;
  return old === undefined ? only.parents.length === 0 : only.parents.length === 1 && only.parents[0] === old.peeled;
}

function typeMismatch(oid: Oid, promised: string, found: string): Refusal {
  return new Refusal('malformed-object', `a tag names object ${oid} as a ${promised}, and it is a ${found}`);
}
