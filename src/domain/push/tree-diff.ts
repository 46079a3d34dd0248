// Trees against trees: which paths differ. Reads only what differs, in git's tree order, without rename detection (a
// renamed file is a deletion and an addition, so that a rule on either path sees it).
//
// One tree may be compared with several at once, a merge with its parents. A path counts as changed against parent P
// unless another parent, which the upstream already has, holds the very same entry (or lacks it as well): a merge of
// the upstream's main branch does not bring main's changes again. What a merge makes up itself ("evil merge"), and
// what it takes from a new parent over the upstream's, does count. `git diff --cc` would hide the latter.

import { visibleText } from '../../protocol/bytes.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { modeText, modeType, TreeCursor } from '../../protocol/object.ts';
import type { ObjectFormat, Oid } from '../../protocol/oid.ts';
import { zeroOid } from '../../protocol/oid.ts';
import type { Change, ChangeStatus } from './inputs.ts';
import { type InspectLimits, overLimit, Refusal } from './inspection.ts';

/** What a tree is compared with; no `tree` = the empty one. */
export interface TreeBase {
  readonly tree?: Oid;
  /** The upstream has the commit this is the tree of. */
  readonly known: boolean;
}

export interface TreeComparison {
  /** No `tree` = the empty one. */
  readonly tree?: Oid;
  readonly bases: readonly TreeBase[];
  /** Called for each difference, in no particular order; `fromKnown`: against a base that the upstream has. */
  onChange(change: Change, fromKnown: boolean): void;
  /** Called for each tree on the new side that differs, before it is read. */
  onTree?(oid: Oid): void;
  /** Called for each directory that has names which some base lacks; `prefix` is empty or ends in a slash. */
  onNames?(prefix: string, content: Buffer, added: readonly string[]): void;
}

export interface TreeSource {
  readTree(oid: Oid): Promise<Buffer>;
}

interface Task {
  readonly comparison: TreeComparison;
  readonly prefix: string;
  readonly depth: number;
  readonly tree: Oid | undefined;
  readonly bases: readonly TreeBase[];
}

const ZERO: Readonly<Record<ObjectFormat, Oid>> = { sha1: zeroOid('sha1'), sha256: zeroOid('sha256') };
const EMPTY = Buffer.alloc(0);
// Comparisons under way at once: enough to keep a reader's pipe full, few enough that their trees fit in memory.
const WORKERS = 24;

/** Runs comparisons, many at a time; each is taken from `comparisons` only when there is room for it. */
export async function compareTrees(
  comparisons: Iterable<TreeComparison>,
  source: TreeSource,
  format: ObjectFormat,
  limits: InspectLimits,
  signal?: AbortSignal,
): Promise<void> {
  const queue = comparisons[Symbol.iterator]();
  // Last in, first out: what is unfinished stays as small as the trees are deep.
  const stack: Task[] = [];
  const visited = { paths: 0 };
  let active = 0;
  let failed = false;
  let idle: (() => void)[] = [];

  const wake = () => {
    const sleeping = idle;
    idle = [];
    for (const resume of sleeping) resume();
  };
  const nextTask = (): Task | undefined => {
    const task = stack.pop();
    if (task !== undefined) return task;
    const next = queue.next();
    if (next.done === true) return undefined;
    const { tree, bases } = next.value;
    return { comparison: next.value, prefix: '', depth: 0, tree, bases };
  };
  const worker = async () => {
    while (!failed) {
      const task = nextTask();
      if (task === undefined) {
        if (active === 0) return;
        await new Promise<void>((resume) => idle.push(resume));
        continue;
      }
      active += 1;
      try {
        signal?.throwIfAborted();
        await compareDirectory(task, source, format, limits, visited, stack);
      } catch (error) {
        failed = true;
        throw error;
      } finally {
        active -= 1;
        if (stack.length > 0 || active === 0 || failed) wake();
      }
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}

async function compareDirectory(
  task: Task,
  source: TreeSource,
  format: ObjectFormat,
  limits: InspectLimits,
  visited: { paths: number },
  stack: Task[],
): Promise<void> {
  const { comparison, prefix, depth, tree } = task;
  const bases = task.bases.filter((base) => base.tree !== tree);
  // Equal to a parent that the upstream has: nothing below can count, against any parent.
  if (bases.length === 0 || task.bases.some((base) => base.known && base.tree === tree)) return;
  if (depth > limits.maxDepth) throw overLimit('directories within one another', limits.maxDepth);
  if (prefix.length > limits.maxPathLength) throw overLimit('characters in a path', limits.maxPathLength);
  if (tree !== undefined) comparison.onTree?.(tree);
  const read = (oid: Oid | undefined) => (oid === undefined ? EMPTY : source.readTree(oid));
  const [content = EMPTY, ...others] = await Promise.all([read(tree), ...bases.map((base) => read(base.tree))]);
  const sink: EntrySink = {
    changed: (name, before, after, fromKnown) => {
      const path = prefix + name;
      if (path.length > limits.maxPathLength) throw overLimit('characters in a path', limits.maxPathLength);
      comparison.onChange(changeOf(path, before, after, format), fromKnown);
    },
    directory: (name, oid, baseTrees) => {
      stack.push({ comparison, prefix: `${prefix}${name}/`, depth: depth + 1, tree: oid, bases: baseTrees });
    },
    ...(comparison.onNames === undefined
      ? {}
      : { added: (names: readonly string[]) => comparison.onNames?.(prefix, content, names) }),
  };
  const known = bases.map((base) => base.known);
  try {
    visited.paths += compareEntries(content, others, known, format, sink, limits.maxPaths - visited.paths);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const where = prefix === '' ? 'root tree' : `tree of ${visibleText(prefix)}`;
    throw new Refusal('malformed-object', `${where}: ${error.message}`);
  }
}

interface EntrySink {
  changed(name: string, before: TreeCursor | undefined, after: TreeCursor | undefined, fromKnown: boolean): void;
  directory(name: string, tree: Oid | undefined, bases: readonly TreeBase[]): void;
  added?(names: readonly string[]): void;
}

/** One directory against its bases; answers how many entries it looked at. */
function compareEntries(
  content: Buffer,
  others: readonly Buffer[],
  known: readonly boolean[],
  format: ObjectFormat,
  sink: EntrySink,
  budget: number,
): number {
  const ours = new TreeCursor(content, format);
  const bases = others.map((other) => new TreeCursor(other, format));
  const added: string[] = [];
  let visited = 0;
  for (;;) {
    visited += 1;
    if (visited > budget) throw overLimit('tree entries to compare, with', budget);
    let least: TreeCursor | undefined = ours.done ? undefined : ours;
    let allSame = least !== undefined;
    for (const base of bases) {
      if (base.done) {
        allSame = false;
        continue;
      }
      if (allSame && base.isSame(ours)) continue;
      allSame = false;
      if (least === undefined || base.compare(least) < 0) least = base;
    }
    if (least === undefined) break;
    if (!allSame) compareEntry(least, ours, bases, known, sink, added);
    advance(least, ours, bases, allSame);
  }
  if (added.length > 0) sink.added?.(added);
  return visited;
}

/** Moves every cursor past the entry named as `least`'s. */
function advance(least: TreeCursor, ours: TreeCursor, bases: readonly TreeCursor[], all: boolean): void {
  if (all) {
    ours.next();
    for (const base of bases) base.next();
    return;
  }
  // `least` itself moves last: the others are compared with it.
  const moving = [ours, ...bases].filter((cursor) => cursor !== least && !cursor.done && cursor.compare(least) === 0);
  for (const cursor of moving) cursor.next();
  least.next();
}

function compareEntry(
  least: TreeCursor,
  ours: TreeCursor,
  bases: readonly TreeCursor[],
  known: readonly boolean[],
  sink: EntrySink,
  added: string[],
): void {
  const at = (cursor: TreeCursor) => (!cursor.done && cursor.compare(least) === 0 ? cursor : undefined);
  const after = at(ours);
  const before = bases.map(at);
  const isEqual = (base: TreeCursor | undefined) => isSameEntry(base, after);
  if (before.some((base, index) => known[index] === true && isEqual(base))) return;
  const differing = before.map((_, index) => index).filter((index) => !isEqual(before[index]));
  if (differing.length === 0) return;
  const name = least.name();
  if (after !== undefined && differing.some((index) => before[index] === undefined)) added.push(name);
  if (least.isTree) {
    const trees = differing.map((index) => treeBase(before[index], known[index] === true));
    sink.directory(name, after?.oid(), trees);
    return;
  }
  for (const [turn, index] of differing.entries()) {
    // Two parents that hold the same entry give one change.
    const isSame = (other: number) => isSameEntry(before[other], before[index]);
    if (differing.slice(0, turn).some(isSame)) continue;
    const fromKnown = differing.some((other) => known[other] === true && isSame(other));
    sink.changed(name, before[index], after, fromKnown);
  }
}

function treeBase(cursor: TreeCursor | undefined, known: boolean): TreeBase {
  return cursor === undefined ? { known } : { tree: cursor.oid(), known };
}

function isSameEntry(a: TreeCursor | undefined, b: TreeCursor | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  // A tree's mode may be zero-padded or carry permissions; neither means anything.
  return (a.isTree || a.mode === b.mode) && a.isSameObject(b);
}

function changeOf(
  path: string,
  before: TreeCursor | undefined,
  after: TreeCursor | undefined,
  format: ObjectFormat,
): Change {
  return {
    path,
    status: statusOf(before, after),
    oldMode: before === undefined ? '000000' : modeText(before.mode),
    newMode: after === undefined ? '000000' : modeText(after.mode),
    oldOid: before?.oid() ?? ZERO[format],
    newOid: after?.oid() ?? ZERO[format],
  };
}

function statusOf(before: TreeCursor | undefined, after: TreeCursor | undefined): ChangeStatus {
  if (before === undefined) return 'added';
  if (after === undefined) return 'deleted';
  return modeType(before.mode) === modeType(after.mode) ? 'modified' : 'type-changed';
}
