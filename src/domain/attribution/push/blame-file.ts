// Who wrote each line of a file as a push leaves it: back along the first parents of its tip, as far as the push goes.
import type { Oid } from '../../../protocol/oid.ts';
import type { CommitFacts } from '../../push/inputs.ts';
import type { CommitAttribution, OwnedRange } from '../attribution.ts';
import { diffLines } from '../lines/line-diff.ts';
import { textLines } from '../lines/text-lines.ts';

export interface BlamedLine {
  /** The commit of the push that added it; absent for what was there before. */
  readonly commit?: Oid;
  readonly range?: OwnedRange;
}

/** One version of the file that a commit of the push makes, with what is known of its added lines. */
export interface BlamedVersion {
  readonly commit: Oid;
  readonly blob: Oid;
  /** Absent when the commit's lines were not looked at. */
  readonly ranges?: readonly OwnedRange[];
}

/** The versions of a path along the first parents of `tip`, oldest first. Empty when the push does not change it. */
export function versionsOf(
  path: string,
  tip: Oid,
  commits: ReadonlyMap<Oid, CommitFacts>,
  attributions: ReadonlyMap<Oid, CommitAttribution>,
): readonly BlamedVersion[] {
  const versions: BlamedVersion[] = [];
  for (let oid: Oid | undefined = tip; oid !== undefined; ) {
    const commit: CommitFacts | undefined = commits.get(oid);
    if (commit === undefined) break;
    const change = commit.changes.find((one) => one.path === path);
    if (change?.newMode === '000000') break;
    if (change !== undefined) {
      const file = attributions.get(oid)?.files.find((one) => one.path === path);
      versions.push({ commit: oid, blob: change.newOid, ...(file !== undefined && { ranges: file.ranges }) });
    }
    oid = commit.parents[0];
  }
  return versions.toReversed();
}

/** `before`: the content that the oldest version was made of; undefined when there was none. */
export function blameLines(
  versions: readonly (BlamedVersion & { readonly content: Buffer })[],
  before: Buffer | undefined,
): readonly BlamedLine[] {
  let content = before ?? Buffer.alloc(0);
  let lines: BlamedLine[] = Array.from({ length: textLines(content).count }, () => ({}));
  for (const version of versions) {
    lines = nextVersion(lines, content, version);
    content = version.content;
  }
  return lines;
}

function nextVersion(
  lines: readonly BlamedLine[],
  content: Buffer,
  { commit, content: next, ranges = [] }: BlamedVersion & { readonly content: Buffer },
): BlamedLine[] {
  const changes = diffLines(textLines(content), textLines(next));
  const kept = lines.filter((_, at) => changes.before[at] === 0);
  let from = 0;
  let at = 0;
  return Array.from(changes.after, (isAdded, line) => {
    while (at < ranges.length && (ranges[at] as OwnedRange).end < line + 1) at++;
    const range = ranges[at];
    const isOwned = range !== undefined && range.start <= line + 1;
    if (isAdded === 0) return kept[from++] ?? {};
    return isOwned ? { commit, range } : { commit };
  });
}
