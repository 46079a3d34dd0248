// Where a blob stands in the new commits, and what stood there before. A merge is judged by what it makes up itself: a
// blob that another commit of the push brings is judged there.
import { isZeroOid, type Oid } from '../../../protocol/oid.ts';
import type { Change, CommitFacts } from '../../push/inputs.ts';
import type { Inspected } from './search.ts';

export interface Place {
  /** Absent below a ref that names no commit. */
  readonly commit?: Oid;
  readonly path: string;
  /** The versions of the path in the parents; of a new path, files that the commit deletes. */
  readonly olds: readonly Oid[];
  readonly isNewPath: boolean;
}

const GITLINK = '160000';
/** Files that a new one may have been: a commit that deletes more is no renaming. */
const MAX_DELETED = 16;

/** The first path of every blob that the push introduces; some rules are for files of a name. */
export function firstPaths({ commits, introduced }: Inspected): ReadonlyMap<Oid, string> {
  const paths = new Map<Oid, string>();
  const note = (oid: Oid, path: string) => {
    if (!paths.has(oid)) paths.set(oid, path);
  };
  for (const { changes } of commits)
    for (const change of changes) if (hasBlob(change)) note(change.newOid, change.path);
  for (const { oid, path } of [...introduced.loose, ...introduced.foreign]) note(oid, path);
  return paths;
}

/** The places of these blobs, in the order of the commits. */
export function placesOf(blobs: ReadonlySet<Oid>, inspected: Inspected): ReadonlyMap<Oid, readonly Place[]> {
  const places = new Map<Oid, Place[]>();
  const merged = new Map<Oid, Place[]>();
  for (const commit of inspected.commits) {
    const into = commit.parents.length > 1 ? merged : places;
    for (const [oid, place] of placesIn(commit, blobs)) append(into, oid, place);
  }
  for (const [oid, found] of merged) if (!places.has(oid)) places.set(oid, found);
  for (const { oid, commit, path } of [...inspected.introduced.loose, ...inspected.introduced.foreign]) {
    if (!blobs.has(oid) || commit !== undefined) continue;
    append(places, oid, { path, olds: [], isNewPath: true });
  }
  return places;
}

function* placesIn({ oid: commit, changes }: CommitFacts, blobs: ReadonlySet<Oid>): Generator<[Oid, Place]> {
  const wanted = changes.filter((change) => hasBlob(change) && blobs.has(change.newOid));
  const seen = new Set<string>();
  for (const { path, newOid } of wanted) {
    if (seen.has(path)) continue;
    seen.add(path);
    const versions = wanted.filter((change) => change.path === path);
    const olds = versions.filter(hadBlob).map((change) => change.oldOid);
    const isNewPath = olds.length === 0;
    yield [newOid, { commit, path, olds: isNewPath ? deletedLike(changes) : olds, isNewPath }];
  }
}

function deletedLike(changes: readonly Change[]): readonly Oid[] {
  const deleted = changes.filter((change) => !hasBlob(change) && hadBlob(change));
  return deleted.length > MAX_DELETED ? [] : deleted.map((change) => change.oldOid);
}

function hasBlob({ newMode, newOid }: Change): boolean {
  return newMode !== GITLINK && !isZeroOid(newOid);
}

function hadBlob({ oldMode, oldOid }: Change): boolean {
  return oldMode !== GITLINK && !isZeroOid(oldOid);
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
