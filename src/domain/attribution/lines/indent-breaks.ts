// How well a text breaks before a line, by blank lines and indentation. The weights are those of git's "indent heuristic"
// (diff.indentHeuristic, on since 2.14): with others we would show a group elsewhere than git does.
import type { TextLines } from './text-lines.ts';

export interface Breaks {
  /** Columns, of both ends of the group together. */
  readonly indent: number;
  readonly penalty: number;
}

const TAB = 8;
const MAX_INDENT = 200;
const MAX_BLANK_LINES = 20;
const INDENT_WEIGHT = 60;
const START_OF_TEXT = 1;
const END_OF_TEXT = 21;
const BLANK_LINE = -30;
const BLANK_LINE_BEHIND = 6;
/** With blank lines at the break, and without. */
const DEEPER = { blank: 10, none: -4 };
const SHALLOWER_BEFORE_DEEPER = { blank: 17, none: 24 };
const SHALLOWER = { blank: 17, none: 23 };

/** Of the group of lines from `start` to before `end`. */
export function groupBreaks(text: TextLines, start: number, end: number): Breaks {
  const above = breakBefore(text, start);
  const below = breakBefore(text, end);
  return { indent: above.indent + below.indent, penalty: above.penalty + below.penalty };
}

export function isNoWorse(one: Breaks, other: Breaks): boolean {
  return INDENT_WEIGHT * Math.sign(one.indent - other.indent) + one.penalty - other.penalty <= 0;
}

function breakBefore(text: TextLines, line: number): Breaks {
  const isEnd = line >= text.count;
  const own = isEnd ? undefined : indentOf(text, line);
  const above = nearest(text, line - 1, -1);
  const below = nearest(text, line + 1, 1);
  const blankBehind = own === undefined ? 1 + below.blankLines : 0;
  const blankLines = above.blankLines + blankBehind;
  const indent = own ?? below.indent;
  let penalty = above.indent === undefined && above.blankLines === 0 ? START_OF_TEXT : 0;
  if (isEnd) penalty += END_OF_TEXT;
  penalty += BLANK_LINE * blankLines + BLANK_LINE_BEHIND * blankBehind;
  penalty += step(indent, above.indent, below.indent)?.[blankLines > 0 ? 'blank' : 'none'] ?? 0;
  return { indent: indent ?? -1, penalty };
}

/** What a change of indentation from `above` to `own` costs. */
function step(own: number | undefined, above: number | undefined, below: number | undefined) {
  if (own === undefined || above === undefined || own === above) return undefined;
  if (own > above) return DEEPER;
  return below !== undefined && below > own ? SHALLOWER_BEFORE_DEEPER : SHALLOWER;
}

/** The indentation of the first line with text from `line` on, and the blank lines on the way. */
function nearest(text: TextLines, line: number, by: 1 | -1): { indent: number | undefined; blankLines: number } {
  let blankLines = 0;
  for (let at = line; at >= 0 && at < text.count; at += by) {
    const indent = indentOf(text, at);
    if (indent !== undefined) return { indent, blankLines };
    if (++blankLines === MAX_BLANK_LINES) return { indent: 0, blankLines };
  }
  return { indent: undefined, blankLines };
}

/** Columns before the first character; undefined for a blank line. */
function indentOf({ bytes, starts }: TextLines, line: number): number | undefined {
  let columns = 0;
  const end = starts[line + 1] as number;
  for (let at = starts[line] as number; at < end && columns < MAX_INDENT; at++) {
    const byte = bytes[at];
    if (byte === 0x20) columns++;
    else if (byte === 0x09) columns += TAB - (columns % TAB);
    else if (byte !== 0x0a && byte !== 0x0b && byte !== 0x0c && byte !== 0x0d) return columns;
  }
  return columns >= MAX_INDENT ? MAX_INDENT : undefined;
}
