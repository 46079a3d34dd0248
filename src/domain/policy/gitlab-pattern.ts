// Patterns of GitLab's CODEOWNERS: a path pattern is completed (`foo` is `/**/foo`, `/foo/` is `/foo/**/*`, `*` is
// everything) and compared as Ruby's File.fnmatch does with FNM_DOTMATCH and FNM_PATHNAME:
//
//   **/     at the start of a name: any directories, also none;  ** elsewhere is *
//   *  ?    any run, or one character, but `/`
//   [a-z]   one character of the set, [^a-z] or [!a-z] one that is not
//   \c      the character itself
//
// Unlike GitHub's, a pattern that names a directory without a slash does not cover what is inside.
import { type Compiled, foldText, MAX_PATTERN_LENGTH, tooLong } from './glob.ts';
import type { PathPattern } from './path-pattern.ts';
import { compileWildcard, foldTokens, joinLiterals, type Token } from './wildcard.ts';

/** Compiles one pattern as it stands in the file. */
export function compileGitlabPattern(pattern: string): Compiled<PathPattern> {
  if (pattern === '') return { ok: false, message: 'an empty pattern matches nothing' };
  if (pattern.length > MAX_PATTERN_LENGTH) return tooLong();
  const parsed = parseFnmatch(complete(pattern));
  if (!parsed.ok) return parsed;
  const exact = compileWildcard(parsed.value);
  const loose = compileWildcard(joinLiterals(foldSets(foldTokens(parsed.value, foldText))));
  const matchesFolded = (path: string) => loose(`/${path}`);
  const value: PathPattern = {
    pattern,
    names: leadingNames(parsed.value),
    matchesExactly: (path) => exact(`/${path}`),
    matches: (forms) => exact(`/${forms.raw}`) || matchesFolded(forms.loose) || matchesFolded(forms.folded),
    covers: (forms) => exact(`/${forms.raw}`) && matchesFolded(forms.folded),
  };
  return { ok: true, value: Object.freeze(value) };
}

function complete(pattern: string): string {
  if (pattern === '*') return '/**/*';
  const rooted = pattern.startsWith('/') ? pattern : `/**/${pattern}`;
  return rooted.endsWith('/') ? `${rooted}**/*` : rooted;
}

function parseFnmatch(pattern: string): Compiled<readonly Token[]> {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === '*') {
      const stars = starsAt(characters, at);
      const startsName = at === 0 || characters[at - 1] === '/';
      const isDeep = stars === 2 && startsName && characters[at + 2] === '/';
      tokens.push({ kind: isDeep ? 'directories' : 'run' });
      at += isDeep ? 2 : stars - 1;
    } else if (character === '?') tokens.push({ kind: 'one' });
    else if (character === '[') {
      const set = parseSet(characters, at);
      if (set === undefined) return { ok: false, message: 'a `[` of the pattern is never closed' };
      tokens.push(set.token);
      at = set.end;
    } else if (character === '\\') {
      at += 1;
      const escaped = characters[at];
      if (escaped === undefined) return { ok: false, message: 'the pattern ends in a lone backslash' };
      tokens.push({ kind: 'literal', text: escaped });
    } else tokens.push({ kind: 'literal', text: character });
  }
  return { ok: true, value: joinLiterals(tokens) };
}

function starsAt(characters: readonly string[], from: number): number {
  let count = 0;
  while (characters[from + count] === '*') count += 1;
  return count;
}

function parseSet(
  characters: readonly string[],
  from: number,
): { readonly token: Extract<Token, { kind: 'set' }>; readonly end: number } | undefined {
  let at = from + 1;
  const negated = characters[at] === '^' || characters[at] === '!';
  if (negated) at += 1;
  const ranges: (readonly [number, number])[] = [];
  for (let isFirst = true; ; isFirst = false) {
    if (characters[at] === undefined || characters[at] === '/') return undefined;
    if (characters[at] === ']' && !isFirst) return { token: { kind: 'set', negated, ranges }, end: at };
    if (characters[at] === '\\') at += 1;
    const low = characters[at]?.codePointAt(0);
    if (low === undefined) return undefined;
    at += 1;
    if (characters[at] !== '-' || characters[at + 1] === ']' || characters[at + 1] === undefined) {
      ranges.push([low, low]);
      continue;
    }
    at += characters[at + 1] === '\\' ? 2 : 1;
    const high = characters[at]?.codePointAt(0);
    if (high === undefined) return undefined;
    ranges.push([low, high]);
    at += 1;
  }
}

/** Adds the lower case of ASCII letters to sets, for comparison with folded paths. */
function foldSets(tokens: readonly Token[]): readonly Token[] {
  return tokens.map((token) => {
    if (token.kind !== 'set') return token;
    const lower = token.ranges.flatMap(([low, high]): (readonly [number, number])[] => {
      const [from, to] = [Math.max(low, 0x41), Math.min(high, 0x5a)];
      return from <= to ? [[from + 32, to + 32]] : [];
    });
    return { ...token, ranges: [...token.ranges, ...lower] };
  });
}

function leadingNames([first, next]: readonly Token[]): readonly string[] {
  if (first?.kind !== 'literal') return [];
  const names = first.text.split('/').slice(1);
  // What follows may go on with the last name, unless nothing does.
  return next === undefined ? names : names.slice(0, -1);
}
