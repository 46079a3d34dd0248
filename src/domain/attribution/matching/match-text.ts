// Both sides of a comparison, as numbers: each distinct normalised line has one, so that comparing is of integers. One side is the added lines of one commit's file, the other what was recorded.
import type { AddedFile } from '../added-file.ts';
import { isInformative, normaliseLine } from '../lines/normalise.ts';
import { textOf } from './index-hashes.ts';
import type { RecordedOutput } from './recorded-output.ts';

export interface OutputText {
  readonly output: RecordedOutput;
  /** Number of each line's normalised text. */
  readonly ids: Int32Array;
  /** Where each number stands, ascending. */
  readonly positions: ReadonlyMap<number, readonly number[]>;
}

/** All added lines of a file, in order. */
export interface FileText {
  readonly file: AddedFile;
  readonly ids: Int32Array;
  readonly texts: readonly string[];
  /** Number of each in the file, from 1: where they jump, unchanged lines stand between. */
  readonly numbers: Int32Array;
}

/** What one added line was found to be. */
export interface LineMatch {
  /** Position among the outputs. */
  readonly output: number;
  /** Position in the output's lines; -1 when it is of several. */
  readonly line: number;
  readonly how: 'exact' | 'edited' | 'renamed';
  readonly by: 'ai' | 'mixed';
  /** Positions of other outputs that have the very same run, later ones; not all of many. */
  readonly also?: readonly number[];
}

/** One for each added line of a file. */
export type Matches = (LineMatch | undefined)[];

/** Numbers of lines, and what is to be known of each. */
export class LineNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #normalised: string[] = [];
  readonly #informative: (boolean | undefined)[] = [];

  of(line: string): number {
    const normalised = normaliseLine(line);
    const known = this.#numbers.get(normalised);
    if (known !== undefined) return known;
    const id = this.#normalised.length;
    this.#numbers.set(normalised, id);
    this.#normalised.push(normalised);
    return id;
  }

  isInformative(id: number): boolean {
    const known = this.#informative[id] ?? isInformative(this.normalised(id));
    this.#informative[id] = known;
    return known;
  }

  normalised(id: number): string {
    return this.#normalised[id] as string;
  }
}

export function outputText(output: RecordedOutput, lines: LineNumbers): OutputText {
  const ids = Int32Array.from(output.lines, (line) => lines.of(line));
  const positions = new Map<number, number[]>();
  for (const [at, id] of ids.entries()) {
    const known = positions.get(id);
    if (known === undefined) positions.set(id, [at]);
    else known.push(at);
  }
  return { output, ids, positions };
}

export function fileText(file: AddedFile, lines: LineNumbers): FileText {
  const texts = file.lines.map(textOf);
  const numbers = new Int32Array(texts.length);
  let at = 0;
  for (const { start, end } of file.added) {
    for (let number = start; number <= end && at < numbers.length; number++) numbers[at++] = number;
  }
  return { file, texts, numbers, ids: Int32Array.from(texts, (text) => lines.of(text)) };
}

/** Whether the added line stands directly below the one before it. */
export function follows({ numbers }: FileText, at: number): boolean {
  return at > 0 && numbers[at] === (numbers[at - 1] as number) + 1;
}
