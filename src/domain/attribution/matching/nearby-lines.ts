// Around runs that were found: lines of the same output a little further on, which would say too little by themselves, and
// lines that stand in the place of one of its lines, edited or with other names.
import { exact } from './exact-runs.ts';
import {
  type FileText,
  follows,
  type LineMatch,
  type LineNumbers,
  type Matches,
  type OutputText,
} from './match-text.ts';
import { shapeOf, tokensOf } from './tokens.ts';

/** Added lines between a run and what is still taken for its neighbour. */
const NEAR = 30;
/** Lines of the output that may be left out on the way. */
const MAX_SKIPPED = 40;
/** Lines that are compared one by one in the place of others. */
const MAX_REPLACED = 24;
/** Tokens of a line that can be recognised by what is left of it. */
const MIN_TOKENS = 4;
/** Part of its tokens that an edited line shares with the one in whose place it stands. */
const MIN_SHARED = 0.5;

export interface NearbyParts {
  readonly outputs: readonly OutputText[];
  readonly lines: LineNumbers;
  readonly isContext: (id: number) => boolean;
}

/** Fills in what is found. */
export function matchNearbyLines(file: FileText, matches: Matches, parts: NearbyParts): void {
  const anchors = [...matches.entries()].filter((entry): entry is [number, LineMatch] => entry[1] !== undefined);
  for (const [at, match] of anchors) walk(file, matches, parts, { at, match, step: 1 });
  for (const [at, match] of anchors.toReversed()) walk(file, matches, parts, { at, match, step: -1 });
}

interface Walk {
  readonly at: number;
  readonly match: LineMatch;
  readonly step: 1 | -1;
}

/** Away from a line that was found, through the file and its output at once, up to the next one that was found. */
function walk(file: FileText, matches: Matches, { outputs, lines, isContext }: NearbyParts, start: Walk): void {
  const { step, match } = start;
  const output = outputs[match.output] as OutputText;
  let line = match.line;
  let last = start.at;
  for (let at = last + step; at >= 0 && at < matches.length && matches[at] === undefined; at += step) {
    if (Math.abs(at - last) > NEAR) return;
    const id = file.ids[at] as number;
    const isNext = output.ids[line + step] === id && at === last + step;
    const found = isNext ? line + step : isSaying(id) ? nextPlace(output, id, line, step) : undefined;
    if (found === undefined) continue;
    matches[at] = exact(match.output, found);
    line = found;
    last = at;
  }

  function isSaying(id: number): boolean {
    return lines.isInformative(id) && !isContext(id);
  }
}

function nextPlace({ positions }: OutputText, id: number, line: number, step: 1 | -1): number | undefined {
  const places = positions.get(id) ?? [];
  const found = step === 1 ? places[firstAbove(places, line)] : places[firstAbove(places, line - 1) - 1];
  return found !== undefined && Math.abs(found - line) <= MAX_SKIPPED ? found : undefined;
}

/** Position of the first that is greater. */
function firstAbove(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Lines beside found ones, each in the place of the output's next line. Fills in what can be seen to have become of it. */
export function matchReplacedLines(file: FileText, matches: Matches, parts: NearbyParts): void {
  for (let at = 1; at < matches.length; at++) replaceFrom(file, matches, parts, at, 1);
  for (let at = matches.length - 2; at >= 0; at--) replaceFrom(file, matches, parts, at, -1);
  for (let at = 1; at < matches.length; at++) at = Math.max(at, replaceBetween(file, matches, parts, at));
}

/** The line at `at`, when the one before it in the direction of `step` was found, and it was not. */
function replaceFrom(file: FileText, matches: Matches, parts: NearbyParts, at: number, step: 1 | -1): void {
  const before = matches[at - step];
  if (matches[at] !== undefined || before === undefined || !follows(file, step === 1 ? at : at + 1)) return;
  matches[at] = replacementAt(file, parts, at, { output: before.output, line: before.line + step });
}

/** As many lines between two found ones as the output has there. Answers where they end. */
function replaceBetween(file: FileText, matches: Matches, parts: NearbyParts, from: number): number {
  const before = matches[from - 1];
  if (matches[from] !== undefined || before === undefined) return from;
  let to = from;
  while (to < matches.length && matches[to] === undefined && follows(file, to)) to++;
  const after = matches[to];
  if (after?.output !== before.output || after.line - before.line !== to - from + 1) return to;
  if (to - from > MAX_REPLACED) return to;
  for (let at = from; at < to; at++) {
    matches[at] = replacementAt(file, parts, at, { output: before.output, line: before.line + 1 + at - from });
  }
  return to;
}

function replacementAt(
  file: FileText,
  { outputs, isContext }: NearbyParts,
  at: number,
  { output, line }: { readonly output: number; readonly line: number },
): LineMatch | undefined {
  const { output: recorded, ids } = outputs[output] as OutputText;
  const text = recorded.lines[line];
  if (text === undefined) return undefined;
  if (ids[line] === file.ids[at]) return exact(output, line);
  if (isContext(file.ids[at] as number)) return undefined;
  const how = replacement(text, file.texts[at] as string);
  return how === undefined ? undefined : { output, line, how, by: 'mixed' };
}

/** What became of a line, if that can be seen. */
function replacement(recorded: string, added: string): 'edited' | 'renamed' | undefined {
  const [before, after] = [tokensOf(recorded), tokensOf(added)];
  if (after.length < MIN_TOKENS || before.length < MIN_TOKENS) return undefined;
  if (before.map(shapeOf).join(' ') === after.map(shapeOf).join(' ')) return 'renamed';
  const left = new Map<string, number>();
  for (const token of before) left.set(token, (left.get(token) ?? 0) + 1);
  let shared = 0;
  for (const token of after) {
    const count = left.get(token) ?? 0;
    if (count > 0) shared++;
    left.set(token, count - 1);
  }
  return shared >= MIN_SHARED * Math.max(before.length, after.length) ? 'edited' : undefined;
}
