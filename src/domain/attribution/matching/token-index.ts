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

/** Places at which a run of tokens is looked for; what has more says nothing. */
const MAX_PLACES = 8;

export class TokenIndex {
  readonly run: number;
  readonly #reading: 'tokens' | 'shapes';
  readonly #numbers = new Map<string, number>();
  readonly #streams: readonly TokenStream[];
  readonly #places = new Map<number, TokenPlace[]>();

  constructor(outputs: readonly OutputText[], reading: 'tokens' | 'shapes', sizes: WinnowSizes) {
    this.run = sizes.run;
    this.#reading = reading;
    this.#streams = outputs.map(({ output }) => this.read(output.lines));
    for (const [output, { ids }] of this.#streams.entries()) {
      const hashes = runHashes(ids, sizes.run);
      for (const at of winnow(hashes, sizes.window)) this.#add(hashes[at] as number, { output, at });
    }
  }

  /** The tokens of these lines; `isBreak` says before which of them others stand that are not here. */
  read(texts: readonly string[], isBreak: (line: number) => boolean = () => false): TokenStream {
    const ids: number[] = [];
    const lines: number[] = [];
    for (const [line, text] of texts.entries()) {
      const tokens = tokensOf(text).map((token) => this.#numberOf(token));
      for (const id of isBreak(line) ? [BREAK, ...tokens] : tokens) {
        ids.push(id);
        lines.push(line);
      }
    }
    return { ids: Int32Array.from(ids), lines: Int32Array.from(lines) };
  }

  idsOf(output: number): Int32Array {
    return (this.#streams[output] as TokenStream).ids;
  }

  /** None for a run that is everywhere. */
  placesOf(hash: number): readonly TokenPlace[] {
    const places = this.#places.get(hash) ?? [];
    return places.length > MAX_PLACES ? [] : places;
  }

  #numberOf(token: string): number {
    const read = this.#reading === 'tokens' ? token : shapeOf(token);
    const id = this.#numbers.get(read) ?? this.#numbers.size;
    this.#numbers.set(read, id);
    return id;
  }

  #add(hash: number, place: TokenPlace): void {
    const known = this.#places.get(hash);
    if (known === undefined) this.#places.set(hash, [place]);
    else if (known.length <= MAX_PLACES) known.push(place);
  }
}
