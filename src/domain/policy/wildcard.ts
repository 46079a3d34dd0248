// One matching engine under every pattern we have (globs, CODEOWNERS patterns of both dialects). A pattern becomes a
// list of tokens, and the tokens run as a set of states over the text, one character at a time: time is at most
// (length of text) × (length of pattern), whatever the pattern. Backtracking matchers can be driven exponential by a
// pusher who chooses the file names (THREATS.md 84).

export type Token =
  /** These characters, exactly. */
  | { readonly kind: 'literal'; readonly text: string }
  /** One character other than `/`. */
  | { readonly kind: 'one' }
  /** Any run, also none, of characters other than `/`. */
  | { readonly kind: 'run' }
  /** Any run, also none, of any characters. */
  | { readonly kind: 'any' }
  /** Zero or more whole directories, each with its `/`. */
  | { readonly kind: 'directories' }
  /** One character (never `/`) of a set, as in fnmatch's `[a-z]`. */
  | { readonly kind: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] }
  /** The end, or a `/` and anything below. Only as the last token. */
  | { readonly kind: 'descendants' };

export type Matcher = (text: string) => boolean;

const SLASH = 0x2f;
const ONE = -1;
const RUN = -2;
const ANY = -3;
const DIRECTORIES = -4;
const INSIDE_DIRECTORY = -5;
const DESCENDANTS = -6;
const FIRST_SET = -16;

type CharacterSet = Extract<Token, { kind: 'set' }>;

/** Compiles tokens once; the matcher is pure and may be called any number of times. */
export function compileWildcard(tokens: readonly Token[]): Matcher {
  const first = tokens[0];
  const prefix = first?.kind === 'literal' ? first.text : '';
  const rest = prefix === '' ? tokens : tokens.slice(1);
  const next = rest[0];
  // Most patterns are a plain path, a directory, or a directory and everything below: no machine needed.
  if (next === undefined) return (text) => text === prefix;
  if (rest.length === 1 && next.kind === 'any') return (text) => text.startsWith(prefix);
  if (rest.length === 1 && next.kind === 'descendants') {
    return (text) => text.startsWith(prefix) && (text.length === prefix.length || text[prefix.length] === '/');
  }
  const last = rest.at(-1);
  const suffix = last?.kind === 'literal' ? last.text : '';
  const needle = longestLiteral(rest);
  const run = stateMachine(rest);
  // Most paths lack some literal of most patterns, and finding that out is far cheaper than running the machine.
  return (text) =>
    text.startsWith(prefix) &&
    text.endsWith(suffix) &&
    text.includes(needle, prefix.length) &&
    run(text, prefix.length);
}

function longestLiteral(tokens: readonly Token[]): string {
  const literals = tokens.map((token) => (token.kind === 'literal' ? token.text : ''));
  return literals.reduce((longest, text) => (text.length > longest.length ? text : longest), '');
}

function stateMachine(tokens: readonly Token[]): (text: string, from: number) => boolean {
  const { steps, sets } = assemble(tokens);
  const end = steps.length;
  // Scratch space of this one pattern; matching is synchronous and never re-enters itself.
  const mark = new Float64Array(end + 1);
  let generation = 0;
  let current: number[] = [];
  let upcoming: number[] = [];

  const add = (list: number[], state: number): void => {
    for (let at = state; mark[at] !== generation; ) {
      mark[at] = generation;
      list.push(at);
      const step = steps[at];
      if (step === RUN || step === ANY) at += 1;
      else if (step === DIRECTORIES) at += 2;
      else if (step === DESCENDANTS) at = end;
      else return;
    }
  };
  const advance = (state: number, code: number): number | undefined => {
    const step = steps[state];
    if (step === undefined) return undefined;
    if (step >= 0) return step === code ? state + 1 : undefined;
    if (step === ANY) return state;
    if (step === INSIDE_DIRECTORY) return code === SLASH ? state - 1 : state;
    if (step === DESCENDANTS) return code === SLASH ? state + 1 : undefined;
    if (code === SLASH) return undefined;
    if (step === RUN) return state;
    if (step === ONE || step === DIRECTORIES) return state + 1;
    return isInSet(sets[FIRST_SET - step], code) ? state + 1 : undefined;
  };

  return (text, from) => {
    generation += 1;
    current.length = 0;
    add(current, 0);
    for (let at = from; at < text.length; ) {
      const code = text.codePointAt(at) as number;
      at += code > 0xffff ? 2 : 1;
      generation += 1;
      upcoming.length = 0;
      for (const state of current) {
        const target = advance(state, code);
        if (target !== undefined) add(upcoming, target);
      }
      [current, upcoming] = [upcoming, current];
      if (current.length === 0) return false;
    }
    return current.includes(end);
  };
}

function assemble(tokens: readonly Token[]): { steps: readonly number[]; sets: readonly CharacterSet[] } {
  const steps: number[] = [];
  const sets: CharacterSet[] = [];
  for (const token of tokens) {
    if (token.kind === 'literal') for (const character of token.text) steps.push(character.codePointAt(0) as number);
    else if (token.kind === 'one') steps.push(ONE);
    else if (token.kind === 'run') steps.push(RUN);
    else if (token.kind === 'any') steps.push(ANY);
    else if (token.kind === 'directories') steps.push(DIRECTORIES, INSIDE_DIRECTORY);
    else if (token.kind === 'descendants') steps.push(DESCENDANTS, ANY);
    else {
      steps.push(FIRST_SET - sets.length);
      sets.push(token);
    }
  }
  return { steps, sets };
}

function isInSet(set: CharacterSet | undefined, code: number): boolean {
  if (set === undefined) return false;
  return set.ranges.some(([low, high]) => code >= low && code <= high) !== set.negated;
}

/** Joins neighbouring literals, so that the fast paths of compileWildcard see them whole. */
export function joinLiterals(tokens: readonly Token[]): readonly Token[] {
  const joined: Token[] = [];
  for (const token of tokens) {
    const last = joined.at(-1);
    if (token.kind === 'literal' && last?.kind === 'literal') {
      joined[joined.length - 1] = { kind: 'literal', text: last.text + token.text };
    } else if (token.kind !== 'literal' || token.text !== '') joined.push(token);
  }
  return joined;
}

/** The same tokens with every literal passed through `fold`. */
export function foldTokens(tokens: readonly Token[], fold: (text: string) => string): readonly Token[] {
  return tokens.map((token) => (token.kind === 'literal' ? { kind: 'literal', text: fold(token.text) } : token));
}
