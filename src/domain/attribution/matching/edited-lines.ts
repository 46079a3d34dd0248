// What is left after the exact runs: lines that share long runs of tokens with recorded output, though they were broken,
// joined, edited or renamed. Found by winnowing, then compared token by token; the work is bounded, whatever the texts are.
import { type FileText, follows, type Matches, type OutputText } from './match-text.ts';
import { BREAK, TokenIndex, type TokenPlace, type TokenStream } from './token-index.ts';
import { runHashes } from './winnow.ts';

/** One way of looking at the tokens, and what is believed of what it shows. */
interface Pass {
  readonly how: 'edited' | 'renamed';
  readonly index: TokenIndex;
  /** Tokens in a row that count by themselves, and near a line of the same output. */
  readonly alone: number;
  readonly near: number;
  /** Part of a line's tokens from which on it is the machine's own; what is less is mixed. */
  readonly asItWas: number;
}

/** Part of a line's tokens without which nothing is said of it. */
const IN_PART = 0.4;
/** Lines between a run and what is still taken for its neighbour. */
const NEAR = 30;
/** Steps of comparison for each token of the file, and each pass. */
const STEPS_A_TOKEN = 64;
const NEVER = Number.POSITIVE_INFINITY;

export type MatchEditedLines = (file: FileText, matches: Matches, isContext: (id: number) => boolean) => void;

/** Answers what fills in the lines of a file that are found in these outputs. The first call takes the longest. */
export function editedLinesOf(outputs: readonly OutputText[]): MatchEditedLines {
  const passes = [
    once(() => edited(new TokenIndex(outputs, 'tokens', { run: 6, window: 4 }))),
    once(() => renamed(new TokenIndex(outputs, 'shapes', { run: 12, window: 4 }))),
  ];
  return (file, matches, isContext) => {
    for (const pass of passes) if (matches.includes(undefined)) matchByTokens(file, matches, isContext, pass());
  };
}

function edited(index: TokenIndex): Pass {
  return { how: 'edited', index, alone: 18, near: 9, asItWas: 0.95 };
}

/** Much code has the same shape: only beside lines of the very same output. */
function renamed(index: TokenIndex): Pass {
  return { how: 'renamed', index, alone: NEVER, near: 16, asItWas: NEVER };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function matchByTokens(file: FileText, matches: Matches, isContext: (id: number) => boolean, pass: Pass): void {
  // Where nothing was found there is nothing to be near to.
  if (pass.alone === NEVER && matches.every((match) => match === undefined)) return;
  const stream = pass.index.read(file.texts, (line) => line > 0 && !follows(file, line));
  const near = nearOutputs(matches);
  const outputs = paint(stream, pass.index, (output, line, length) => {
    return length >= pass.alone || (length >= pass.near && near(line, output));
  });
  if (outputs === undefined) return;
  for (const [line, { output, share }] of coverage(stream, outputs, matches.length)) {
    if (matches[line] !== undefined || isContext(file.ids[line] as number) || share < IN_PART) continue;
    matches[line] = { output, line: -1, how: pass.how, by: share >= pass.asItWas ? 'ai' : 'mixed' };
  }
}

/** Whether a line of this output was found near a line, before anything of this pass was. */
function nearOutputs(matches: Matches): (line: number, output: number) => boolean {
  const lines = new Map<number, number[]>();
  for (const [line, match] of matches.entries()) {
    if (match === undefined) continue;
    const known = lines.get(match.output);
    if (known === undefined) lines.set(match.output, [line]);
    else known.push(line);
  }
  return (line, output) => {
    const found = lines.get(output) ?? [];
    let low = 0;
    let high = found.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((found[middle] as number) < line - NEAR) low = middle + 1;
      else high = middle;
    }
    return low < found.length && (found[low] as number) <= line + NEAR;
  };
}

/** The output of which each token is, by the longest shared run that it is in; -1 = of none. Undefined when all are. */
function paint(
  { ids, lines }: TokenStream,
  index: TokenIndex,
  counts: (output: number, line: number, length: number) => boolean,
): Int32Array | undefined {
  const hashes = runHashes(ids, index.run);
  let outputs: Int32Array | undefined;
  const lengths = new Int32Array(ids.length);
  let steps = STEPS_A_TOKEN * ids.length;
  const done = new ComparedRuns();
  for (let at = 0; at < hashes.length; at++) {
    for (const place of index.placesOf(hashes[at] as number)) {
      if (steps <= 0 || done.isCompared(at, place)) continue;
      const { from, to } = sharedAround(ids, index.idsOf(place.output), at, place);
      done.add(at, place, to);
      steps -= to - from + 1;
      if (to - from < index.run || !counts(place.output, lines[at] as number, to - from)) continue;
      outputs ??= new Int32Array(ids.length).fill(-1);
      for (let i = from; i < to; i++) {
        if (to - from <= (lengths[i] as number)) continue;
        lengths[i] = to - from;
        outputs[i] = place.output;
      }
    }
  }
  return outputs;
}

/** How far two texts at one distance from one another were compared: else a run is compared from each of its tokens. */
class ComparedRuns {
  readonly #ends = new Map<number, number>();
  #most = 10_000;

  isCompared(at: number, place: TokenPlace): boolean {
    return (this.#ends.get(diagonalOf(at, place)) ?? 0) > at;
  }

  add(at: number, place: TokenPlace, to: number): void {
    this.#ends.set(diagonalOf(at, place), to);
    if (this.#ends.size < this.#most) return;
    // Only what goes beyond here is asked for again.
    for (const [diagonal, end] of this.#ends) if (end <= at) this.#ends.delete(diagonal);
    this.#most = Math.max(this.#most, this.#ends.size * 2);
  }
}

/** One number for an output and a distance. */
function diagonalOf(at: number, place: TokenPlace): number {
  return place.output * 2 ** 33 + (place.at - at) + 2 ** 32;
}

/** The longest run around a place that both have. */
function sharedAround(ids: Int32Array, other: Int32Array, at: number, place: TokenPlace) {
  const shift = place.at - at;
  let from = at;
  while (from > 0 && from + shift > 0 && ids[from - 1] === other[from + shift - 1]) from--;
  let to = at;
  while (to < ids.length && to + shift < other.length && ids[to] === other[to + shift]) to++;
  return { from, to };
}

interface Coverage {
  readonly output: number;
  /** Of the tokens of the line. */
  readonly share: number;
}

/** For each line with tokens the output that has most of them. */
function coverage(stream: TokenStream, outputs: Int32Array, lines: number): ReadonlyMap<number, Coverage> {
  const found = new Map<number, Coverage>();
  let at = 0;
  for (let line = 0; line < lines; line++) {
    const counts = new Map<number, number>();
    let total = 0;
    for (; stream.lines[at] === line; at++) {
      if (stream.ids[at] === BREAK) continue;
      total++;
      const output = outputs[at] as number;
      if (output >= 0) counts.set(output, (counts.get(output) ?? 0) + 1);
    }
    const [best] = [...counts].toSorted(([one, a], [other, b]) => b - a || one - other);
    if (best !== undefined) found.set(line, { output: best[0], share: best[1] / total });
  }
  return found;
}
