// Which versions of which files a commit brings, and what each is compared with.
import { isZeroOid, type Oid } from '../../../protocol/oid.ts';
import type { Change, CommitFacts } from '../../push/inputs.ts';

/** One file that a commit changes; a merge only where it differs from every parent. */
export interface FileChange {
  readonly path: string;
  readonly blob: Oid;
  readonly size: number;
  /** The version of the first parent; of a file that moved, the one it was. */
  readonly before?: Oid;
  /** Those of the other parents of a merge. */
  readonly others: readonly Oid[];
}

/** Files that a new one may have been: a commit that deletes more is no renaming. */
const MAX_DELETED = 64;

/** The files with lines of their own, in order. Links and submodules have none; one that only moved brings nothing. */
export function fileChanges(commit: CommitFacts): readonly FileChange[] {
  const byPath = Map.groupBy(commit.changes, ({ path }) => path);
  const deleted = [...byPath.values()].flatMap(([first]) => (first && isGone(first) ? [first] : []));
  const found: FileChange[] = [];
  for (const [path, changes] of byPath) {
    const [first] = changes;
    if (first === undefined || !isFile(first.newMode) || isZeroOid(first.newOid)) continue;
    // A merge that takes a parent's file as it is has written nothing of it.
    if (changes.length < commit.parents.length) continue;
    const [before, ...others] = changes.map(oldBlob);
    const from = before ?? movedFrom(first, deleted);
    if (from === first.newOid) continue;
    found.push({
      path,
      blob: first.newOid,
      size: first.size ?? 0,
      ...(from !== undefined && { before: from }),
      others: others.filter((oid) => oid !== undefined),
    });
  }
  return found;
}

/** The same content, or the same name elsewhere. */
function movedFrom({ path, newOid }: Change, deleted: readonly Change[]): Oid | undefined {
  if (deleted.length > MAX_DELETED) return deleted.find(({ oldOid }) => oldOid === newOid)?.oldOid;
  const same = deleted.find(({ oldOid }) => oldOid === newOid);
  return (same ?? deleted.find((one) => baseName(one.path) === baseName(path)))?.oldOid;
}

function isGone({ newMode, oldMode }: Change): boolean {
  return newMode === '000000' && isFile(oldMode);
}

function oldBlob({ oldMode, oldOid }: Change): Oid | undefined {
  return isFile(oldMode) && !isZeroOid(oldOid) ? oldOid : undefined;
}

function isFile(mode: string): boolean {
  return mode.startsWith('100');
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
