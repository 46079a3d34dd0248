// The lines that a commit adds to one file.
import { hash } from 'node:crypto';
import type { AddedFile } from '../added-file.ts';
import type { LineRange } from '../evidence.ts';
import { diffLines } from './line-diff.ts';
import { rangesOf } from './line-ranges.ts';
import { isBinary, lineAt, type TextLines, textLines } from './text-lines.ts';

export interface Versions {
  /** In the first parent; undefined when it has no such file. */
  readonly before: Buffer | undefined;
  /** In the other parents of a merge, as far as they have the file. */
  readonly parents?: readonly Buffer[];
  readonly after: Buffer;
}

export type AddedLines = Pick<AddedFile, 'lines' | 'totalLines'> & {
  readonly ranges: readonly LineRange[];
  /** Hex SHA-256 over the lines of `before` that are gone; absent when none is. */
  readonly removed?: string;
};

const NO_LINES: AddedLines = { ranges: [], lines: [], totalLines: 0 };

/**
 * Against every version given: a merge adds what none of its parents has. Lines are views of `after`. A binary file has
 * none. Time is linear in the texts, whatever they hold.
 */
export function addedLines({ before, parents = [], after }: Versions): AddedLines {
  if (isBinary(after)) return NO_LINES;
  const text = textLines(after);
  const old = before === undefined ? undefined : textLines(before);
  const changes = old === undefined ? undefined : diffLines(old, text);
  const added = changes?.after ?? new Uint8Array(text.count).fill(1);
  for (const parent of parents) keepBoth(added, diffLines(textLines(parent), text).after);
  const ranges = rangesOf(added);
  const result = { ranges, lines: linesIn(text, ranges), totalLines: text.count };
  const removed = old === undefined || changes === undefined ? undefined : digestOf(old, rangesOf(changes.before));
  return removed === undefined ? result : { ...result, removed };
}

function keepBoth(flags: Uint8Array, others: Uint8Array): void {
  for (let at = 0; at < flags.length; at++) (flags[at] as number) &= others[at] as number;
}

function linesIn(text: TextLines, ranges: readonly LineRange[]): Buffer[] {
  const lines: Buffer[] = [];
  for (const { start, end } of ranges) for (let line = start - 1; line < end; line++) lines.push(lineAt(text, line));
  return lines;
}

function digestOf({ bytes, starts }: TextLines, ranges: readonly LineRange[]): string | undefined {
  if (ranges.length === 0) return undefined;
  const parts = ranges.map(({ start, end }) => bytes.subarray(starts[start - 1], starts[end]));
  return hash('sha256', Buffer.concat(parts));
}
