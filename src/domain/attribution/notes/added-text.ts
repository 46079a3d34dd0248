// The text of lines that a commit added, by their numbers.
import type { AddedFile } from '../added-file.ts';

/** The lines from `start` to `end`, which must have been added in one piece: otherwise undefined. */
export type AddedText = (start: number, end: number) => readonly Buffer[] | undefined;

export function addedText({ added, lines }: Pick<AddedFile, 'added' | 'lines'>): AddedText {
  const before: number[] = [];
  let sum = 0;
  for (const { start, end } of added) {
    before.push(sum);
    sum += end - start + 1;
  }
  return (start, end) => {
    const at = lastFrom(added, start);
    const range = added[at];
    if (range === undefined || end > range.end || end < start) return undefined;
    const first = (before[at] as number) + start - range.start;
    return lines.slice(first, first + end - start + 1);
  };
}

/** Index of the last range that starts at `line` or before; -1 for none. */
function lastFrom(ranges: AddedFile['added'], line: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.start ?? 0) <= line) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
