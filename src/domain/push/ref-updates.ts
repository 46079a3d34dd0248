// What each ref update does: its kind, which new commits it makes reachable, and its net change.
//
//   update of a ref     old tip's tree against new tip's
//   new ref             against the nearest known commit its history starts from, when there is exactly one; against
//                       nothing, when its history shares none with the upstream; otherwise (several, none nearest)
//                       the changes of its new commits together
//   deletion            nothing
import type { ObjectFormat, Oid } from '../../protocol/oid.ts';
import { isZeroOid, zeroOid } from '../../protocol/oid.ts';
import type { Change } from './inputs.ts';
import { type InspectRequest, overLimit } from './inspection.ts';
import type { CommitGraph } from './new-commits.ts';
import type { UpdateKind } from './push.ts';

/** What a ref's value comes down to once tags are peeled off. */
export interface Tip {
  /** What the ref itself names. */
  readonly oid: Oid;
  readonly type: 'commit' | 'tree' | 'blob';
  /** The commit, tree or blob. */
  readonly peeled: Oid;
  /** Annotated tags passed on the way, outermost first, as indexes into the push's tags. */
  readonly tags: readonly number[];
}

/** How a net change is to be had. */
export type NetPlan =
  | { readonly from: 'nothing' }
  | { readonly from: 'commits' }
  | { readonly from: 'tips'; readonly old: Tip | undefined };

export interface UpdatePlan {
  readonly kind: UpdateKind;
  readonly commits: readonly number[];
  readonly net: NetPlan;
}

// Several refs may share commits, and each lists them all: a rule on one ref must see everything that ref gets.
const MAX_MEMBERSHIPS = 5_000_000;
// Asking which of two known commits is nearer may cost the upstream's history: only for simple cases.
const MAX_RANKED_BASES = 4;
const MAX_ASKED_BASES = 32;

interface Reach {
  readonly commits: readonly number[];
  /** Known commits the new ones (or the tip itself) stand on. */
  readonly bases: readonly Oid[];
}

export class UpdatePlanner {
  readonly #graph: CommitGraph;
  readonly #request: Pick<InspectRequest, 'isAncestor'>;
  readonly #reaches = new Map<Oid, Reach>();
  #memberships = 0;

  constructor(graph: CommitGraph, request: Pick<InspectRequest, 'isAncestor'>) {
    this.#graph = graph;
    this.#request = request;
  }

  /** Plans one update; `old` is undefined for a creation, `next` for a deletion. */
  async plan(refName: string, old: Tip | undefined, next: Tip | undefined): Promise<UpdatePlan> {
    if (next === undefined) return { kind: 'delete', commits: [], net: { from: 'nothing' } };
    const reach: Reach = next.type === 'commit' ? this.#reach(next.peeled) : { commits: [], bases: [] };
    const { commits } = reach;
    if (old !== undefined) {
      return { kind: await this.#kind(refName, old, next, reach), commits, net: { from: 'tips', old } };
    }
    if (next.type !== 'commit') return { kind: 'create', commits, net: { from: 'tips', old: undefined } };
    const nearest = await this.#nearest(reach.bases);
    if (nearest === 'several') return { kind: 'create', commits, net: { from: 'commits' } };
    const base: Tip | undefined =
      nearest === undefined ? undefined : { oid: nearest, type: 'commit', peeled: nearest, tags: [] };
    return { kind: 'create', commits, net: { from: 'tips', old: base } };
  }

  async #kind(refName: string, old: Tip, next: Tip, reach: Reach): Promise<UpdateKind> {
    if (old.oid === next.oid) return 'fast-forward';
    if (old.type !== 'commit' || next.type !== 'commit') return 'force';
    // Replacing an annotated tag rewrites what the name promised, wherever the new one points.
    const isPlain = old.oid === old.peeled && next.oid === next.peeled;
    if (!isPlain && refName.startsWith('refs/tags/')) return 'force';
    if (reach.bases.includes(old.peeled)) return 'fast-forward';
    const position = this.#graph.position.get(old.peeled);
    if (position !== undefined) return reach.commits.includes(position) ? 'fast-forward' : 'force';
    // Whatever joins old and new in known history passes through one of the known commits the new ones stand on.
    for (const base of reach.bases.slice(0, MAX_ASKED_BASES)) {
      if ((await this.#request.isAncestor(old.peeled, base)) === true) return 'fast-forward';
    }
    return 'force'; // also when nobody could say
  }

  #reach(tip: Oid): Reach {
    const before = this.#reaches.get(tip);
    if (before !== undefined) return before;
    const { commits, position, known } = this.#graph;
    const bases = new Set<Oid>();
    const members = new Set<number>();
    const pending = [tip];
    for (let oid = pending.pop(); oid !== undefined; oid = pending.pop()) {
      const at = position.get(oid);
      if (at === undefined) {
        if (known.has(oid)) bases.add(oid);
      } else if (!members.has(at)) {
        members.add(at);
        pending.push(...(commits[at]?.parents ?? []));
      }
    }
    this.#memberships += members.size;
    if (this.#memberships > MAX_MEMBERSHIPS) throw overLimit('new commits counted once per ref', MAX_MEMBERSHIPS);
    const reach = { commits: [...members].toSorted((a, b) => a - b), bases: [...bases].toSorted() };
    this.#reaches.set(tip, reach);
    return reach;
  }

  /** The one known commit that all others are ancestors of. */
  async #nearest(bases: readonly Oid[]): Promise<Oid | undefined | 'several'> {
    if (bases.length <= 1) return bases[0];
    if (bases.length > MAX_RANKED_BASES) return 'several';
    for (const candidate of bases) {
      let isNearest = true;
      for (const other of bases) {
        if (other === candidate) continue;
        isNearest &&= (await this.#request.isAncestor(other, candidate)) === true;
        if (!isNearest) break;
      }
      if (isNearest) return candidate;
    }
    return 'several';
  }
}

/** The changes of several commits together: by path, without exact repetitions. */
export function unionOfChanges(lists: Iterable<readonly Change[]>): Change[] {
  const union = new Map<string, Change>();
  for (const changes of lists) {
    for (const change of changes) {
      const { path, oldMode, newMode, oldOid, newOid } = change;
      union.set(`${oldMode}${newMode}${oldOid}${newOid}${path}`, change);
    }
  }
  return sortChanges([...union.values()]);
}

/** By path, in place. */
export function sortChanges(changes: Change[]): Change[] {
  return changes.sort((a, b) =>
    a.path !== b.path ? (a.path < b.path ? -1 : 1) : a.oldOid + a.oldMode < b.oldOid + b.oldMode ? -1 : 1,
  );
}

/** A ref that names a blob: one change at the empty path. */
export function blobChange(oid: Oid, old: Oid | undefined, format: ObjectFormat): Change {
  const isNew = old === undefined || isZeroOid(old);
  return {
    path: '',
    status: isNew ? 'added' : 'modified',
    oldMode: isNew ? '000000' : '100644',
    newMode: '100644',
    oldOid: old ?? zeroOid(format),
    newOid: oid,
  };
}
