// Runs of added lines that stand in recorded output just so. A run counts when enough of it says something, or when one
// line of it is long and nobody else's. Linear: a line with many places is nowhere a beginning.
import {
  type FileText,
  follows,
  type LineMatch,
  type LineNumbers,
  type Matches,
  type OutputText,
} from './match-text.ts';

/** Informative lines of a run that counts. */
const MIN_INFORMATIVE = 3;
/** Characters, when normalised, of a line that counts alone. */
const MIN_DISTINCTIVE = 40;
/** Places in the recorded output at which a line is looked for; what has more says nothing by itself. */
const MAX_PLACES = 16;

interface Place {
  readonly output: number;
  readonly line: number;
}

const NOWHERE: readonly Place[] = [];

/** Where informative lines stand in the recorded output, which is given earliest first. */
export class LineIndex {
  readonly #places = new Map<number, Place[]>();

  constructor(outputs: readonly OutputText[], lines: LineNumbers) {
    for (const [output, { positions }] of outputs.entries()) {
      for (const [id, places] of positions) if (lines.isInformative(id)) this.#add(id, output, places);
    }
  }

  /** None for a line that is everywhere. */
  placesOf(id: number): readonly Place[] {
    const places = this.#places.get(id);
    return places === undefined || places.length > MAX_PLACES ? NOWHERE : places;
  }

  #add(id: number, output: number, places: readonly number[]): void {
    const known = this.#places.get(id) ?? [];
    this.#places.set(id, known);
    for (const line of places) if (known.length <= MAX_PLACES) known.push({ output, line });
  }
}

export interface ExactParts {
  readonly outputs: readonly OutputText[];
  readonly index: LineIndex;
  readonly lines: LineNumbers;
  /** Whether a line was there before, and so is nobody's output. */
  readonly isContext: (id: number) => boolean;
}

interface Run {
  /** First and last added line, both included. */
  readonly from: number;
  readonly to: number;
  readonly output: number;
  /** Line of the output at `from`. */
  readonly line: number;
  readonly informative: number;
  /** Other outputs with the same run. */
  readonly also: readonly number[];
}

/** Fills in what is found. */
export function matchExactRuns(file: FileText, matches: Matches, parts: ExactParts): void {
  let free = 0;
  for (let at = 0; at < file.ids.length; at++) {
    const run = bestRun(file, at, free, parts);
    if (run === undefined || !counts(run, file, parts)) continue;
    const also = run.also.length > 0 ? { also: run.also } : {};
    for (let i = run.from; i <= run.to; i++) matches[i] = { ...exact(run.output, run.line + i - run.from), ...also };
    free = run.to + 1;
    at = run.to;
  }
}

/** A line that is the very one of an output. */
export function exact(output: number, line: number): LineMatch {
  return { output, line, how: 'exact', by: 'ai' };
}

/** The run through the line at `at`, not before `free`, that says most; of equal ones the longest, then the earliest. */
function bestRun(file: FileText, at: number, free: number, parts: ExactParts): Run | undefined {
  const id = file.ids[at] as number;
  const places = parts.index.placesOf(id);
  if (places.length === 0 || parts.isContext(id)) return undefined;
  let best: Run | undefined;
  for (const place of places) {
    const run = runThrough(file, at, free, place, parts);
    if (best === undefined || isBetter(run, best)) best = run;
    else if (run.from === best.from && run.to === best.to && run.output !== best.output) {
      best = { ...best, also: [...new Set([...best.also, run.output])] };
    }
  }
  return best;
}

function isBetter(one: Run, other: Run): boolean {
  return one.informative === other.informative
    ? one.to - one.from > other.to - other.from
    : one.informative > other.informative;
}

function runThrough(file: FileText, at: number, free: number, place: Place, parts: ExactParts): Run {
  const { ids } = parts.outputs[place.output] as OutputText;
  let from = at;
  let line = place.line;
  while (from > free && line > 0 && follows(file, from) && file.ids[from - 1] === ids[line - 1]) {
    from--;
    line--;
  }
  let to = at;
  while (follows(file, to + 1) && file.ids[to + 1] === ids[place.line + to + 1 - at]) to++;
  let informative = 0;
  for (let i = from; i <= to; i++) if (isSaying(file.ids[i] as number, parts)) informative++;
  return { from, to, output: place.output, line, informative, also: [] };
}

function isSaying(id: number, { index, isContext }: ExactParts): boolean {
  return index.placesOf(id).length > 0 && !isContext(id);
}

function counts(run: Run, file: FileText, parts: ExactParts): boolean {
  if (run.informative >= MIN_INFORMATIVE) return true;
  for (let i = run.from; i <= run.to; i++) if (isDistinctive(file.ids[i] as number, parts)) return true;
  return false;
}

/** Long, and of one session only. */
function isDistinctive(id: number, parts: ExactParts): boolean {
  if (!isSaying(id, parts) || parts.lines.normalised(id).length < MIN_DISTINCTIVE) return false;
  const sessions = new Set(parts.index.placesOf(id).map(({ output }) => parts.outputs[output]?.output.session));
  return sessions.size === 1;
}
