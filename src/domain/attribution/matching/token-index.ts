// Recorded output as a stream of tokens, and where in it a run of tokens stands. Once for the tokens as they are, once for
// their kinds alone, which names that were changed leave as they are.
import type { OutputText } from './match-text.ts';
import { shapeOf, tokensOf } from './tokens.ts';
import { runHashes, type WinnowSizes, winnow } from './winnow.ts';

export interface TokenStream {
  readonly ids: Int32Array;
  /** Position of the line that each is of. */
  readonly lines: Int32Array;
}

export interface TokenPlace {
  readonly output: number;
  readonly at: number;
}

/** Between lines that do not stand together; no output has it. */
export const BREAK = -1;
/** A token that no output has. */
const UNKNOWN = -2;

/** Places at which a run of tokens is looked for; what has more says nothing. */
const MAX_PLACES = 8;

const NOWHERE: readonly TokenPlace[] = [];

export class TokenIndex {
  readonly run: number;
  readonly #reading: 'tokens' | 'shapes';
  readonly #numbers = new Map<string, number>();
  readonly #streams: readonly TokenStream[];
  readonly #places = new Map<number, TokenPlace[]>();

  constructor(outputs: readonly OutputText[], reading: 'tokens' | 'shapes', sizes: WinnowSizes) {
    this.run = sizes.run;
    this.#reading = reading;
    const add = (token: string) => this.#add(token);
    this.#streams = outputs.map(({ output }) => streamOf(output.lines, add));
    for (const [output, { ids }] of this.#streams.entries()) {
      const hashes = runHashes(ids, sizes.run);
      for (const at of winnow(hashes, sizes.window)) this.#addPlace(hashes[at] as number, { output, at });
    }
  }

  /** The tokens of these lines; `isBreak` says before which of them others stand that are not here. */
  read(texts: readonly string[], isBreak: (line: number) => boolean): TokenStream {
    return streamOf(texts, (token) => this.#numbers.get(this.#asRead(token)) ?? UNKNOWN, isBreak);
  }

  idsOf(output: number): Int32Array {
    return (this.#streams[output] as TokenStream).ids;
  }

  /** None for a run that is everywhere. */
  placesOf(hash: number): readonly TokenPlace[] {
    const places = this.#places.get(hash);
    return places === undefined || places.length > MAX_PLACES ? NOWHERE : places;
  }

  #add(token: string): number {
    const read = this.#asRead(token);
    const known = this.#numbers.get(read);
    if (known !== undefined) return known;
    const id = this.#numbers.size;
    this.#numbers.set(read, id);
    return id;
  }

  #asRead(token: string): string {
    return this.#reading === 'tokens' ? token : shapeOf(token);
  }

  #addPlace(hash: number, place: TokenPlace): void {
    const known = this.#places.get(hash);
    if (known === undefined) this.#places.set(hash, [place]);
    else if (known.length <= MAX_PLACES) known.push(place);
  }
}

function streamOf(
  texts: readonly string[],
  numberOf: (token: string) => number,
  isBreak: (line: number) => boolean = () => false,
): TokenStream {
  const ids: number[] = [];
  const lines: number[] = [];
  for (const [line, text] of texts.entries()) {
    const from = ids.length;
    if (isBreak(line)) ids.push(BREAK);
    for (const token of tokensOf(text)) ids.push(numberOf(token));
    for (let at = from; at < ids.length; at++) lines.push(line);
  }
  return { ids: Int32Array.from(ids), lines: Int32Array.from(lines) };
}
