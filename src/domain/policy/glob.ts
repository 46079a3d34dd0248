// Our glob, for `repos`, `refs`, `match` and `author` patterns. Grammar:
//
//   **/      at the start of a segment: zero or more whole segments
//   **       anything, `/` included, also nothing
//   *        any run of characters other than `/`, also empty
//   ?        one character other than `/`
//   \c       the character c itself
//   c        any other character, itself
//
// The whole text must match. `[`, `]`, `{`, `}` and a leading `!` mean something in other globs and nothing here: left
// bare they are refused, for a pattern that silently never matches is a rule that is silently off.
import { compileWildcard, foldTokens, joinLiterals, type Matcher, type Token } from './wildcard.ts';

export interface Glob {
  readonly pattern: string;
  /** Exactly, byte for byte: for whatever grants or exempts. */
  matches(text: string): boolean;
  /** Exactly, or after NFC and case folding: for whatever holds or refuses, since many upstreams fold names. */
  matchesLoosely(text: string): boolean;
}

export type Compiled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

export const MAX_PATTERN_LENGTH = 1024;

/** Compiles a glob once. `flat: true` treats `/` as any other character (people's names and addresses). */
export function compileGlob(pattern: string, options: { readonly flat?: boolean } = {}): Compiled<Glob> {
  const parsed = parseGlob(pattern, options.flat === true);
  if (!parsed.ok) return parsed;
  const exact = compileWildcard(parsed.value);
  const loose = compileWildcard(joinLiterals(foldTokens(parsed.value, foldText)));
  return { ok: true, value: Object.freeze(new CompiledGlob(pattern, exact, loose)) };
}

/** NFC and case folding, independent of any locale. Upper before lower so that `ſ` and `S`, `ß` and `SS` meet. */
export function foldText(text: string): string {
  if (isPlainLowerCase(text)) return text;
  // Which sigma lower case gives depends on what follows it, and a pattern may be cut there.
  return text.normalize('NFC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFC');
}

/** True for text that folding cannot change; most paths are. */
function isPlainLowerCase(text: string): boolean {
  return /^[\x20-\x40\x5b-\x7e]*$/.test(text);
}

class CompiledGlob implements Glob {
  readonly pattern: string;
  readonly #exact: Matcher;
  readonly #loose: Matcher;

  constructor(pattern: string, exact: Matcher, loose: Matcher) {
    this.pattern = pattern;
    this.#exact = exact;
    this.#loose = loose;
  }

  matches(text: string): boolean {
    return this.#exact(text);
  }

  matchesLoosely(text: string): boolean {
    return this.#exact(text) || this.#loose(foldText(text));
  }
}

function parseGlob(pattern: string, flat: boolean): Compiled<readonly Token[]> {
  if (pattern === '') return { ok: false, message: 'an empty pattern matches nothing' };
  if (pattern.length > MAX_PATTERN_LENGTH) return tooLong();
  if (pattern.startsWith('!')) {
    return { ok: false, message: 'a pattern cannot be negated with `!`', hint: 'name the exception under `unless:`' };
  }
  const tokens: Token[] = [];
  let atSegmentStart = true;
  for (let at = 0; at < pattern.length; ) {
    const character = String.fromCodePoint(pattern.codePointAt(at) as number);
    let taken = character.length;
    if (character === '\\') {
      const escaped = pattern.codePointAt(at + 1);
      if (escaped === undefined) return { ok: false, message: 'the pattern ends in a lone backslash' };
      tokens.push({ kind: 'literal', text: String.fromCodePoint(escaped) });
      taken = escaped > 0xffff ? 3 : 2;
    } else if ('[]{}'.includes(character)) {
      const hint = `list each name by itself, or write \\${character} for the character`;
      return { ok: false, message: `\`${character}\` has no meaning in a pattern`, hint };
    } else if (pattern.startsWith('***', at)) {
      return { ok: false, message: '`***` has no meaning in a pattern', hint: 'write `**`' };
    } else if (!flat && atSegmentStart && pattern.startsWith('**/', at)) {
      tokens.push({ kind: 'directories' });
      taken = 3;
    } else if (character === '*') {
      const isDouble = pattern[at + 1] === '*';
      tokens.push({ kind: isDouble || flat ? 'any' : 'run' });
      taken = isDouble ? 2 : 1;
    } else if (character === '?') tokens.push({ kind: 'one' });
    else tokens.push({ kind: 'literal', text: character });
    atSegmentStart = pattern[at + taken - 1] === '/';
    at += taken;
  }
  return { ok: true, value: joinLiterals(tokens) };
}

/** The problem of a pattern that exceeds MAX_PATTERN_LENGTH. */
export function tooLong(): { readonly ok: false; readonly message: string } {
  return { ok: false, message: `a pattern may have at most ${MAX_PATTERN_LENGTH} characters` };
}
