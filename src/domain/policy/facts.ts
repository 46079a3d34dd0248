// What predicates look at: the frozen inputs, seen update by update. Everything here is derived from the inputs and
// kept for one evaluation only, so that a path is folded once however many patterns ask.
import type { Oid } from '../../protocol/oid.ts';
import type { Change, CommitFacts, Inputs, Person, UpdateFacts } from '../push/inputs.ts';
import { type PathForms, pathForms } from './path-pattern.ts';

/** A new commit or annotated tag: somebody wrote it, with a message, signed or not. */
export interface Authored {
  readonly oid: Oid;
  /** Author of a commit, tagger of a tag. */
  readonly author?: Person;
  readonly message: string;
  readonly signed: boolean;
}

export interface Facts {
  readonly inputs: Inputs;
  /**
   * What an update touches: its net change, and what each commit changes that it newly makes reachable. Content that
   * one commit adds and the next removes has still been pushed.
   */
  touched(update: UpdateFacts): readonly Change[];
  /** The distinct paths of what it touches. */
  touchedPaths(update: UpdateFacts): readonly PathForms[];
  /** The commits and tags that the update newly makes reachable. */
  authored(update: UpdateFacts): readonly Authored[];
  forms(path: string): PathForms;
}

export function factsOf(inputs: Inputs): Facts {
  const touched = new Map<UpdateFacts, readonly Change[]>();
  const authored = new Map<UpdateFacts, readonly Authored[]>();
  const paths = new Map<UpdateFacts, readonly PathForms[]>();
  const touchedBy = (update: UpdateFacts) => memo(touched, update, () => collectTouched(inputs, update));
  return {
    inputs,
    touched: touchedBy,
    touchedPaths: (update) => memo(paths, update, () => pathsOf(touchedBy(update)).map(pathForms)),
    authored: (update) => memo(authored, update, () => collectAuthored(inputs, update)),
    forms: pathForms,
  };
}

/** Distinct paths of changes, in their order. */
export function pathsOf(changes: readonly Change[]): readonly string[] {
  return [...new Set(changes.map((change) => change.path))];
}

/** True when the update brings content whose paths are not known: a ref on a bare tree or blob. */
export function hasUnknownPaths(update: UpdateFacts): boolean {
  return update.tipType === 'tree' || update.tipType === 'blob';
}

function collectTouched(inputs: Inputs, update: UpdateFacts): readonly Change[] {
  // A push of one commit has the same change twice: as the commit's and as the net one.
  const touched: Change[] = [];
  const byPath = new Map<string, Change>();
  const others = new Map<string, Change[]>();
  const take = (change: Change) => {
    const { path } = change;
    const first = byPath.get(path);
    if (first === undefined) byPath.set(path, change);
    else {
      const more = others.get(path);
      if (isSameChange(first, change) || more?.some((other) => isSameChange(other, change)) === true) return;
      if (more === undefined) others.set(path, [change]);
      else more.push(change);
    }
    touched.push(change);
  };
  for (const change of update.net) take(change);
  for (const index of update.commits) for (const change of commitAt(inputs, index).changes) take(change);
  return touched;
}

function isSameChange(one: Change, other: Change): boolean {
  return (
    one === other ||
    (one.oldMode === other.oldMode &&
      one.newMode === other.newMode &&
      one.oldOid === other.oldOid &&
      one.newOid === other.newOid &&
      one.size === other.size &&
      one.binary === other.binary)
  );
}

function collectAuthored(inputs: Inputs, update: UpdateFacts): readonly Authored[] {
  const commits = update.commits.map((index) => commitAt(inputs, index));
  const tags = update.tags.map((index): Authored => {
    const tag = inputs.tags[index];
    if (tag === undefined) throw new RangeError(`the inputs name a tag ${index} that they do not hold`);
    const { oid, message, signed } = tag;
    return tag.tagger === undefined ? { oid, message, signed } : { oid, message, signed, author: tag.tagger };
  });
  return [...commits, ...tags];
}

/** Inputs that contradict themselves are no basis for a verdict: the caller refuses on any exception. */
function commitAt(inputs: Inputs, index: number): CommitFacts {
  const commit = inputs.commits[index];
  if (commit === undefined) throw new RangeError(`the inputs name a commit ${index} that they do not hold`);
  return commit;
}

function memo<K, V>(cache: Map<K, V>, key: K, make: () => V): V {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const value = make();
  cache.set(key, value);
  return value;
}
