// What is known of one commit: its files from the evidence for their lines, the rest from what it is declared to be.

import type { Oid } from '../../../protocol/oid.ts';
import type { AddedFile } from '../added-file.ts';
import { addCounts, type CommitAttribution, type FileAttribution, type LineCounts, NO_LINES } from '../attribution.ts';
import { agentsShown } from './agents-shown.ts';
import { combineLines } from './combine-lines.ts';
import { type Decision, declared, UNKNOWN } from './decide.ts';
import { inheritsDeclarations, type Weighed } from './weighed.ts';

export interface CommitOfPush {
  readonly oid: Oid;
  readonly kind: CommitAttribution['kind'];
  /** The refs of the push that bring it, when that is known: what speaks for other refs is not about it. */
  readonly refNames?: readonly string[];
}

/** `items` are about this commit, a part of it, or the push that brings it. */
export function combineCommit(
  { oid, kind }: CommitOfPush,
  files: readonly AddedFile[],
  items: readonly Weighed[],
): CommitAttribution {
  const { whole, byPath } = sorted(items);
  const canInherit = inheritsDeclarations(kind);
  const base = (canInherit ? declared(whole) : undefined) ?? UNKNOWN;
  const combined = files.map((file) => combineFile(file, byPath.get(file.path) ?? [], base, canInherit));
  return {
    oid,
    kind,
    codingAgents: agentsShown(items),
    evidence: items.map(({ at }) => at),
    lines: sumOf(combined, 'source'),
    generated: sumOf(combined, 'generated'),
    files: combined,
  };
}

/** What speaks for the commit as a whole, and what for one of its files. */
function sorted(items: readonly Weighed[]): { whole: readonly Weighed[]; byPath: ReadonlyMap<string, Weighed[]> } {
  const whole: Weighed[] = [];
  const byPath = new Map<string, Weighed[]>();
  for (const weighed of items) {
    const { path, ranges } = weighed.item.target;
    const ofPath = path === undefined ? undefined : byPath.get(path);
    if (ofPath !== undefined) ofPath.push(weighed);
    else if (path !== undefined) byPath.set(path, [weighed]);
    else if (ranges === undefined && weighed.item.scope !== 'line') whole.push(weighed);
  }
  return { whole, byPath };
}

function combineFile(
  file: AddedFile,
  items: readonly Weighed[],
  ofCommit: Decision,
  canInherit: boolean,
): FileAttribution {
  const claims = items.filter(({ item }) => item.target.ranges !== undefined && isAbout(item.target.blob, file));
  const ofFile = items.filter(({ item }) => item.target.ranges === undefined && isAbout(item.target.blob, file));
  const base = (canInherit ? declared(ofFile) : undefined) ?? ofCommit;
  const { ranges, counts } = combineLines(file.added, claims, base);
  const { path, blob } = file;
  const column = file.isGenerated ? 'generated' : 'source';
  return { path, blob, column, lines: counts, ranges };
}

/** Ranges count lines of one version only. */
function isAbout(blob: Oid | undefined, file: AddedFile): boolean {
  return blob === undefined || blob === file.blob;
}

function sumOf(files: readonly FileAttribution[], column: FileAttribution['column']): LineCounts {
  return files.filter((file) => file.column === column).reduce((sum, { lines }) => addCounts(sum, lines), NO_LINES);
}
