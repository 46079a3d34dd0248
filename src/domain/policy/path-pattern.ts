// `paths` patterns, matched as GitHub matches CODEOWNERS:
//
//   foo, foo/        a name by itself (at most a trailing slash): at any depth
//   /foo, a/b        a leading slash, or two names and more: from the root
//   *                in a name: any run but `/`;  `?` one character but `/`;  alone: one or more characters
//   ** /             leading: any directories, also none; between: the same; trailing: everything below
//   foo/             everything below foo, not foo itself (a directory is not a path of a change)
//   last name        also matches everything below it; a last lone `*` does not (`docs/*` is not `docs/a/b`)
//   \c               the character c itself; `[` and `]` are ordinary characters; `!` and `***` are errors; `/` alone
//                    matches nothing
//
// A pattern here protects, so it is compared with the path as it is *and* with what the path becomes on file systems
// that fold names (case, Unicode form, HFS+ and NTFS spellings): it matches if either does (THREATS.md 35).
import { isDeepStrictEqual } from 'node:util';
import { foldName, foldPath } from '../push/odd-path.ts';
import { type Compiled, foldText, MAX_PATTERN_LENGTH, tooLong } from './glob.ts';
import { compileWildcard, joinLiterals, type Matcher, type Token } from './wildcard.ts';

/** A path in the spellings that patterns are compared with. Make it once per path, use it for every pattern. */
export interface PathForms {
  readonly raw: string;
  /** After NFC and case folding. */
  readonly loose: string;
  /** What the path opens on file systems with further tricks. */
  readonly folded: string;
}

export interface PathPattern {
  readonly pattern: string;
  /** The names that every path begins with that matches exactly, as far as the pattern fixes them. */
  readonly names: readonly string[];
  /** GitHub's own matching of the raw path, case-sensitive. */
  matchesExactly(path: string): boolean;
  /** For protecting: the path matches in any of its spellings. */
  matches(forms: PathForms): boolean;
  /** For exempting: the path matches as it is written, and whatever it folds to matches too. */
  covers(forms: PathForms): boolean;
}

export function pathForms(path: string): PathForms {
  return { raw: path, loose: foldText(path), folded: foldPath(path) };
}

/** Compiles a pattern once. */
export function compilePathPattern(pattern: string): Compiled<PathPattern> {
  const parsed = parseSegments(pattern);
  if (!parsed.ok) return parsed;
  const exact = tokensOf(parsed.value, (text) => text);
  // On a folding disk the pattern names what its own names fold to, so the pattern is folded the same two ways.
  const loose = tokensOf(parsed.value, foldText);
  const folded = tokensOf(parsed.value, foldWholeName);
  const value = new CompiledPathPattern(pattern, leadingNames(parsed.value), exact, loose, folded);
  return { ok: true, value: Object.freeze(value) };
}

class CompiledPathPattern implements PathPattern {
  readonly pattern: string;
  readonly names: readonly string[];
  readonly #exact: Matcher;
  /** The same as `exact` for a pattern that folding does not change: most. */
  readonly #loose: Matcher;
  /** Absent when it would not differ from `loose`. */
  readonly #folded: Matcher | undefined;

  constructor(
    pattern: string,
    names: readonly string[],
    exact: readonly Token[],
    loose: readonly Token[],
    folded: readonly Token[],
  ) {
    this.pattern = pattern;
    this.names = names;
    this.#exact = compileWildcard(exact);
    this.#loose = isDeepStrictEqual(exact, loose) ? this.#exact : compileWildcard(loose);
    this.#folded = isDeepStrictEqual(loose, folded) ? undefined : compileWildcard(folded);
  }

  matchesExactly(path: string): boolean {
    return this.#exact(path);
  }

  matches(forms: PathForms): boolean {
    if (this.#loose(forms.loose)) return true;
    // Already asked, when neither the path nor the pattern has anything to fold.
    if ((forms.raw !== forms.loose || this.#exact !== this.#loose) && this.#exact(forms.raw)) return true;
    if (forms.folded !== forms.loose && this.#loose(forms.folded)) return true;
    return this.#folded?.(forms.folded) === true;
  }

  covers(forms: PathForms): boolean {
    return this.#exact(forms.raw) && (this.#loose(forms.folded) || this.#folded?.(forms.folded) === true);
  }
}

/** One name of a pattern: `**`, or the pieces of a name. `isLone` marks `*` by itself. */
type Segment =
  | { readonly kind: 'deep' }
  | { readonly kind: 'name'; readonly tokens: readonly Token[]; readonly isLone: boolean };

interface Segments {
  readonly anchored: boolean;
  readonly names: readonly Segment[];
}

function parseSegments(pattern: string): Compiled<Segments> {
  if (pattern === '') return { ok: false, message: 'an empty pattern matches nothing' };
  if (pattern.length > MAX_PATTERN_LENGTH) return tooLong();
  if (pattern.startsWith('!')) {
    return { ok: false, message: 'a pattern cannot be negated with `!`', hint: 'name the exception under `unless:`' };
  }
  if (pattern.includes('***')) return { ok: false, message: '`***` has no meaning in a pattern', hint: 'write `**`' };
  if (pattern === '/') return { ok: false, message: '`/` matches no path', hint: 'write `**` for every path' };
  const isRooted = pattern.startsWith('/');
  const texts = (isRooted ? pattern.slice(1) : pattern).split('/');
  const isDirectory = texts.length > 1 && texts.at(-1) === '';
  if (isDirectory) texts[texts.length - 1] = '**';
  const names: Segment[] = [];
  for (const text of texts) {
    if (text === '') return { ok: false, message: 'the pattern has an empty name between two slashes' };
    if (text === '.' || text === '..') {
      return { ok: false, message: `no path has a name \`${text}\`, so the pattern matches nothing` };
    }
    const segment = parseSegment(text);
    if (!segment.ok) return segment;
    // `**/**` says no more than `**`.
    if (segment.value.kind !== 'deep' || names.at(-1)?.kind !== 'deep') names.push(segment.value);
  }
  const isSingle = texts.length === 1 || (texts.length === 2 && isDirectory);
  return { ok: true, value: { anchored: isRooted || !isSingle, names } };
}

function parseSegment(text: string): Compiled<Segment> {
  if (text === '**') return { ok: true, value: { kind: 'deep' } };
  if (text === '*') {
    return { ok: true, value: { kind: 'name', tokens: [{ kind: 'one' }, { kind: 'run' }], isLone: true } };
  }
  const tokens: Token[] = [];
  let escaped = false;
  for (const character of text) {
    if (!escaped && character === '\\') {
      escaped = true;
      continue;
    }
    if (!escaped && character === '*') tokens.push({ kind: 'run' });
    else if (!escaped && character === '?') tokens.push({ kind: 'one' });
    else tokens.push({ kind: 'literal', text: character });
    escaped = false;
  }
  if (escaped) return { ok: false, message: 'a name in the pattern ends in a lone backslash' };
  return { ok: true, value: { kind: 'name', tokens: joinLiterals(tokens), isLone: false } };
}

function leadingNames({ anchored, names }: Segments): readonly string[] {
  const leading: string[] = [];
  for (const segment of anchored ? names : []) {
    const [only] = segment.kind === 'name' && segment.tokens.length === 1 ? segment.tokens : [];
    if (only?.kind !== 'literal') break;
    leading.push(only.text);
  }
  return leading;
}

function tokensOf(segments: Segments, fold: (text: string) => string): readonly Token[] {
  const tokens: Token[] = segments.anchored ? [] : [{ kind: 'directories' }];
  const last = segments.names.length - 1;
  // A slash is due before the next name; `**` brings its own.
  let slashDue = false;
  for (const [index, segment] of segments.names.entries()) {
    if (slashDue) tokens.push({ kind: 'literal', text: '/' });
    slashDue = segment.kind === 'name';
    if (segment.kind === 'deep') {
      if (index < last) tokens.push({ kind: 'directories' });
      else tokens.push({ kind: 'any' });
    } else {
      tokens.push(...foldSegment(segment.tokens, fold));
      if (index === last && !segment.isLone) tokens.push({ kind: 'descendants' });
    }
  }
  return joinLiterals(tokens);
}

function foldSegment(tokens: readonly Token[], fold: (text: string) => string): readonly Token[] {
  const [only] = tokens;
  if (tokens.length === 1 && only?.kind === 'literal') return [{ kind: 'literal', text: fold(only.text) }];
  // The tricks that foldPath undoes sit at the end of whole names: pieces of a name get the character folding alone.
  const foldPiece = fold === foldWholeName ? foldText : fold;
  return tokens.map((token) => (token.kind === 'literal' ? { kind: 'literal', text: foldPiece(token.text) } : token));
}

/** A name as foldPath folds it, unless that would leave no name, or more than one. */
function foldWholeName(name: string): string {
  const folded = foldName(name);
  return folded === '' || folded.includes('/') ? foldText(name) : folded;
}
