// The files of a commit that hold text, with what the commit adds to them.

import type { LineRange } from '../../../domain/attribution/evidence.ts';
import { addedLines } from '../../../domain/attribution/lines/added-lines.ts';
import { isBinary } from '../../../domain/attribution/lines/text-lines.ts';
import { askGit, type GitBlob, parted, readBlobs, runGit } from './run-git.ts';

export interface CommittedText {
  readonly path: string;
  readonly blob: GitBlob;
  /** Lines that no parent has. */
  readonly added: readonly LineRange[];
}

export interface CommitAtHand {
  readonly oid: string;
  readonly parents: readonly string[];
  /** Of a merge: that differ from all parents. */
  readonly paths: readonly string[];
}

const MAX_FILES = 2_000;
const MAX_BYTES = 4 * 1024 * 1024;

export function readCommitPaths(top: string, name: string): CommitAtHand | undefined {
  const [oid, ...parents] = askGit(top, 'rev-list', '--parents', '-n1', name)?.split(' ') ?? [];
  if (oid === undefined) return undefined;
  const args = ['diff-tree', '-r', '-z', '--root', '--name-only', '--no-commit-id', '--no-renames'];
  const listed = runGit(top, [...args, ...(parents.length > 1 ? ['-c'] : []), oid]);
  return { oid, parents, paths: parted(listed).slice(0, MAX_FILES) };
}

/** Of the commit's paths those that `wanted` names. */
export function readCommitted(top: string, commit: CommitAtHand, wanted: (path: string) => boolean): CommittedText[] {
  const paths = commit.paths.filter(wanted);
  const revisions = [commit.oid, ...commit.parents];
  const names = paths.flatMap((path) => revisions.map((revision) => `${revision}:${path}`));
  const blobs = readBlobs(top, names, MAX_BYTES);
  return paths.flatMap((path, at) => {
    const [blob, before, ...more] = blobs.slice(at * revisions.length, (at + 1) * revisions.length);
    if (blob === undefined || isBinary(blob.content)) return [];
    const parents = more.flatMap((one) => (one === undefined ? [] : [one.content]));
    const { ranges } = addedLines({ before: before?.content, parents, after: blob.content });
    return [{ path, blob, added: ranges }];
  });
}
