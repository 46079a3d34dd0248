// One text while it is scanned: its lines, and where words are in it. Everything is made when it is first asked for.
import type { Span } from '../../regex/linear-regex.ts';

/** Where each of the matcher's anchors begins in a text, ascending. An anchor that is missing is not in the text. */
export type AnchorHits = ReadonlyMap<string, readonly number[]>;

const NEWLINE = 0x0a;
/** `ſ` and the Kelvin sign, which are s and k to a pattern that ignores case but not to a search in ASCII. */
const ODD_LETTERS = [Buffer.from('\u017f'), Buffer.from('\u212a')];

export class ScanText {
  readonly bytes: Uint8Array;
  readonly #buffer: Buffer;
  readonly #hits: AnchorHits | undefined;
  #lower: string | undefined;
  #unicodeLower: string | undefined;
  #newlines: readonly number[] | undefined;
  #hasOddLetters: boolean | undefined;

  constructor(bytes: Uint8Array, hits: AnchorHits | undefined) {
    this.bytes = bytes;
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#hits = hits;
  }

  get hasOddLetters(): boolean {
    this.#hasOddLetters ??= ODD_LETTERS.some((letter) => this.#buffer.includes(letter));
    return this.#hasOddLetters;
  }

  /** Whether a keyword (lower case, of any language) is in the lower-cased text; `isAnchor`: the hits would say so. */
  hasKeyword(keyword: string, isAnchor: boolean): boolean {
    if (!this.hasOddLetters && isAnchor && this.#hits !== undefined) return this.#hits.has(keyword);
    if (!this.hasOddLetters && isAscii(keyword)) return this.#lowered().includes(keyword);
    this.#unicodeLower ??= this.#buffer.toString('utf8').toLowerCase();
    return this.#unicodeLower.includes(keyword);
  }

  /** Where words (ASCII, lower case) begin, in any case, ascending. `isAnchor`: the hits hold all of them. */
  placesOf(words: readonly string[], isAnchor: boolean): readonly number[] {
    const places: number[] = [];
    for (const word of words) {
      const known = isAnchor ? this.#hits : undefined;
      for (const place of known === undefined ? this.#search(word) : (known.get(word) ?? [])) places.push(place);
    }
    return words.length === 1 ? places : places.sort((one, other) => one - other);
  }

  #search(word: string): readonly number[] {
    const text = this.#lowered();
    const places: number[] = [];
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) places.push(at);
    return places;
  }

  /** A character a byte. Lower case in latin1 changes some bytes beyond ASCII, never their number. */
  #lowered(): string {
    this.#lower ??= this.#buffer.toString('latin1').toLowerCase();
    return this.#lower;
  }

  /** Of a place: line and column, both from 1, the column in bytes. */
  position(at: number): { readonly line: number; readonly column: number } {
    const line = this.#lineAt(at);
    return { line: line + 1, column: at - this.#lineStart(line) + 1 };
  }

  /** The whole lines that a span touches, without the last line's end. */
  linesOf({ start, end }: Span): Span {
    const last = this.#lineAt(Math.max(start, end - 1));
    return { start: this.#lineStart(this.#lineAt(start)), end: this.#index()[last] ?? this.bytes.length };
  }

  /** How many newlines stand before `at`. */
  #lineAt(at: number): number {
    const newlines = this.#index();
    let [low, high] = [0, newlines.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((newlines[middle] as number) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #lineStart(line: number): number {
    return line === 0 ? 0 : (this.#index()[line - 1] as number) + 1;
  }

  #index(): readonly number[] {
    if (this.#newlines !== undefined) return this.#newlines;
    const newlines: number[] = [];
    for (let at = this.bytes.indexOf(NEWLINE); at >= 0; at = this.bytes.indexOf(NEWLINE, at + 1)) newlines.push(at);
    this.#newlines = newlines;
    return newlines;
  }

  text({ start, end }: Span): string {
    return this.#buffer.toString('utf8', start, end);
  }
}

export function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}
