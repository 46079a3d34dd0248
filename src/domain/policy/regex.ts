// Regular expressions for commit messages, in time linear to the text: the subset of RE2 that has no backreferences and
// no lookaround, run as a set of states. The pusher writes the text and would love to meet a backtracking engine
// (THREATS.md 84), so JavaScript's own is never used on it.
//
//   alternation |, groups ( ) and (?: ), quantifiers * + ? {n} {n,} {n,m} (a following `?` changes nothing: only whether
//   there is a match is asked), sets [a-z] [^…], . (not a newline), \d \D \w \W \s \S (ASCII), \n \t \r, ^ $ \b \B,
//   and at the very start (?i) for any case, (?m) for ^ and $ at every line, or both.
//
// The expression may match anywhere in the text.
import type { Compiled } from './glob.ts';

export interface SafeRegex {
  readonly source: string;
  matches(text: string): boolean;
}

const MAX_SOURCE_LENGTH = 1000;
const MAX_PROGRAM = 1000;
const MAX_REPEAT = 100;
const MAX_DEPTH = 50;

type Ranges = readonly (readonly [number, number])[];
type Assertion = 'start' | 'end' | 'word-boundary' | 'not-word-boundary';

type Tree =
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly ranges: Ranges; readonly negated: boolean }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'sequence'; readonly parts: readonly Tree[] }
  | { readonly kind: 'choice'; readonly options: readonly Tree[] }
  | { readonly kind: 'repeat'; readonly part: Tree; readonly least: number; readonly most: number };

type Step =
  | { readonly op: 'set'; readonly ranges: Ranges; readonly negated: boolean }
  | { readonly op: 'assert'; readonly what: Assertion }
  | { readonly op: 'split'; readonly targets: number[] }
  | { readonly op: 'match' };

class BadRegex extends Error {}

/** Compiles once; the result is pure. */
export function compileRegex(source: string): Compiled<SafeRegex> {
  if (source.length > MAX_SOURCE_LENGTH) {
    return { ok: false, message: `an expression may have at most ${MAX_SOURCE_LENGTH} characters` };
  }
  try {
    const flags = /^\(\?([im]{1,2})\)/.exec(source);
    const anyCase = flags?.[1]?.includes('i') === true;
    const lines = flags?.[1]?.includes('m') === true;
    const tree = new Parser(source, flags?.[0].length ?? 0, anyCase).parse();
    const program = assemble(tree);
    return { ok: true, value: Object.freeze({ source, matches: (text: string) => run(program, text, lines) }) };
  } catch (error) {
    if (!(error instanceof BadRegex)) throw error;
    return {
      ok: false,
      message: `bad expression: ${error.message}`,
      hint: 'supported are | ( ) (?: ) [ ] . * + ? {n,m} ^ $ \\b \\d \\w \\s, and (?i) or (?m) in front',
    };
  }
}

const DIGIT: Ranges = [[0x30, 0x39]];
const WORD: Ranges = [[0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]; // biome-ignore format: one row
const SPACE: Ranges = [[0x09, 0x0d], [0x20, 0x20]]; // biome-ignore format: one row
const NEWLINE = 0x0a;
const MAX_CODE = 0x10ffff;

class Parser {
  readonly #text: readonly string[];
  readonly #anyCase: boolean;
  #at = 0;
  #depth = 0;

  constructor(source: string, from: number, anyCase: boolean) {
    this.#text = [...source.slice(from)];
    this.#anyCase = anyCase;
  }

  parse(): Tree {
    const tree = this.#choice();
    if (this.#at < this.#text.length) throw new BadRegex('`)` without `(`');
    return tree;
  }

  #choice(): Tree {
    const options = [this.#sequence()];
    while (this.#take('|')) options.push(this.#sequence());
    return options.length === 1 ? (options[0] as Tree) : { kind: 'choice', options };
  }

  #sequence(): Tree {
    const parts: Tree[] = [];
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined || next === '|' || next === ')') return { kind: 'sequence', parts };
      parts.push(this.#quantified());
    }
  }

  #quantified(): Tree {
    const part = this.#atom();
    const count = this.#quantifier();
    if (count === undefined) return part;
    if (part.kind === 'assert') throw new BadRegex('a quantifier after `^`, `$`, `\\b` or `\\B`');
    this.#take('?');
    if (this.#quantifier() !== undefined) throw new BadRegex('two quantifiers in a row');
    return { kind: 'repeat', part, ...count };
  }

  #quantifier(): { least: number; most: number } | undefined {
    if (this.#take('*')) return { least: 0, most: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { least: 1, most: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { least: 0, most: 1 };
    if (this.#text[this.#at] !== '{') return undefined;
    const written = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#text.slice(this.#at, this.#at + 12).join(''));
    if (written === null) throw new BadRegex('`{` begins no `{n}`, `{n,}` or `{n,m}`; write \\{ for the character');
    this.#at += written[0].length;
    const least = Number(written[1]);
    const upper = written[2] === undefined ? least : written[3] === '' ? Number.POSITIVE_INFINITY : Number(written[3]);
    if (least > upper) throw new BadRegex(`the quantifier ${written[0]} is upside down`);
    if (least > MAX_REPEAT || (upper !== Number.POSITIVE_INFINITY && upper > MAX_REPEAT)) {
      throw new BadRegex(`the quantifier ${written[0]} counts beyond ${MAX_REPEAT}`);
    }
    return { least, most: upper };
  }

  #atom(): Tree {
    const character = this.#next();
    if (character === '(') return this.#group();
    if (character === '[') return this.#set();
    if (character === '.') return { kind: 'set', ranges: [[NEWLINE, NEWLINE]], negated: true };
    if (character === '^') return { kind: 'assert', what: 'start' };
    if (character === '$') return { kind: 'assert', what: 'end' };
    if ('*+?{'.includes(character)) throw new BadRegex(`\`${character}\` has nothing to repeat`);
    if (character !== '\\') return this.#literal(character);
    const escaped = this.#next();
    if (escaped === 'b') return { kind: 'assert', what: 'word-boundary' };
    if (escaped === 'B') return { kind: 'assert', what: 'not-word-boundary' };
    const named = namedSet(escaped);
    if (named !== undefined) return { kind: 'set', ...named };
    return this.#literal(escapedCharacter(escaped));
  }

  #group(): Tree {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new BadRegex(`more than ${MAX_DEPTH} groups inside one another`);
    if (this.#take('?') && !this.#take(':')) throw new BadRegex('`(?` with anything but `:` is not supported');
    const tree = this.#choice();
    if (!this.#take(')')) throw new BadRegex('`(` without `)`');
    this.#depth -= 1;
    return tree;
  }

  #set(): Tree {
    const negated = this.#take('^');
    const ranges: (readonly [number, number])[] = [];
    for (let first = true; ; first = false) {
      const character = this.#next();
      if (character === ']' && !first) break;
      if (character === '\\') {
        const escaped = this.#next();
        const named = namedSet(escaped);
        if (named !== undefined) {
          ranges.push(...(named.negated ? complement(named.ranges) : named.ranges));
          continue;
        }
        this.#range(escapedCharacter(escaped), ranges);
      } else if (character === '[' && this.#text[this.#at] === ':') {
        throw new BadRegex('`[:…:]` classes are not supported');
      } else this.#range(character, ranges);
    }
    return { kind: 'set', ranges: this.#anyCase ? bothCases(ranges) : ranges, negated };
  }

  #range(low: string, ranges: (readonly [number, number])[]): void {
    const from = low.codePointAt(0) as number;
    if (this.#text[this.#at] !== '-' || this.#text[this.#at + 1] === ']' || this.#text[this.#at + 1] === undefined) {
      ranges.push([from, from]);
      return;
    }
    this.#at += 1;
    const high = this.#next();
    const to = (high === '\\' ? escapedCharacter(this.#next()) : high).codePointAt(0) as number;
    if (to < from) throw new BadRegex('a range of a set is upside down');
    ranges.push([from, to]);
  }

  #literal(character: string): Tree {
    const code = character.codePointAt(0) as number;
    return { kind: 'set', ranges: this.#anyCase ? bothCases([[code, code]]) : [[code, code]], negated: false };
  }

  #next(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new BadRegex('it ends too early');
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }
}

function namedSet(letter: string): { ranges: Ranges; negated: boolean } | undefined {
  const ranges = { d: DIGIT, w: WORD, s: SPACE }[letter.toLowerCase()];
  return ranges === undefined ? undefined : { ranges, negated: letter !== letter.toLowerCase() };
}

function escapedCharacter(letter: string): string {
  const control = { n: '\n', t: '\t', r: '\r' }[letter];
  if (control !== undefined) return control;
  if (/^[0-9]$/.test(letter)) throw new BadRegex('backreferences are not supported');
  if (/^[A-Za-z]$/.test(letter)) throw new BadRegex(`\\${letter} is not supported`);
  return letter;
}

function complement(ranges: Ranges): Ranges {
  const sorted = [...ranges].sort((one, other) => one[0] - other[0]);
  const result: (readonly [number, number])[] = [];
  let from = 0;
  for (const [low, high] of sorted) {
    if (low > from) result.push([from, low - 1]);
    from = Math.max(from, high + 1);
  }
  if (from <= MAX_CODE) result.push([from, MAX_CODE]);
  return result;
}

/** Adds the other case of ASCII letters, and of other single characters. */
function bothCases(ranges: Ranges): Ranges {
  const result = [...ranges];
  for (const [low, high] of ranges) {
    for (const [from, to, shift] of [
      [0x41, 0x5a, 32],
      [0x61, 0x7a, -32],
    ] as const) {
      // biome-ignore format: one row
      const start = Math.max(low, from);
      const end = Math.min(high, to);
      if (start <= end) result.push([start + shift, end + shift]);
    }
    if (low === high && low > 0x7f) {
      const character = String.fromCodePoint(low);
      for (const other of [character.toLowerCase(), character.toUpperCase()]) {
        if ([...other].length === 1) result.push([other.codePointAt(0) as number, other.codePointAt(0) as number]);
      }
    }
  }
  return result;
}

function assemble(tree: Tree): readonly Step[] {
  const program: Step[] = [];
  const push = (step: Step): number => {
    if (program.length >= MAX_PROGRAM) throw new BadRegex('it is too large once its counts are written out');
    program.push(step);
    return program.length - 1;
  };
  const split = (): { readonly targets: number[] } => {
    const targets: number[] = [];
    push({ op: 'split', targets });
    return { targets };
  };
  const emit = (part: Tree): void => {
    if (part.kind === 'set') push({ op: 'set', ranges: part.ranges, negated: part.negated });
    else if (part.kind === 'assert') push({ op: 'assert', what: part.what });
    else if (part.kind === 'sequence') for (const each of part.parts) emit(each);
    else if (part.kind === 'choice') emitChoice(part.options);
    else if (part.kind === 'repeat') emitRepeat(part.part, part.least, part.most);
  };
  const emitChoice = (options: readonly Tree[]): void => {
    const fork = split();
    const exits: { targets: number[] }[] = [];
    for (const option of options) {
      fork.targets.push(program.length);
      emit(option);
      exits.push(split());
    }
    for (const exit of exits) exit.targets.push(program.length);
  };
  const emitRepeat = (part: Tree, least: number, most: number): void => {
    for (let count = 0; count < least; count++) emit(part);
    if (most === Number.POSITIVE_INFINITY) {
      const entry = program.length;
      const fork = split();
      fork.targets.push(program.length);
      emit(part);
      split().targets.push(entry);
      fork.targets.push(program.length);
      return;
    }
    const forks: { targets: number[] }[] = [];
    for (let count = least; count < most; count++) {
      const fork = split();
      fork.targets.push(program.length);
      forks.push(fork);
      emit(part);
    }
    for (const fork of forks) fork.targets.push(program.length);
  };
  emit(tree);
  push({ op: 'match' });
  return program;
}

function run(program: readonly Step[], text: string, lines: boolean): boolean {
  const mark = new Float64Array(program.length);
  let generation = 0;
  let current: number[] = [];
  let upcoming: number[] = [];
  let previous: number | undefined;

  /** Follows splits and assertions from `start`; true when the program has matched. */
  const follow = (list: number[], start: number, before: number | undefined, after: number | undefined): boolean => {
    const pending = [start];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (mark[at] === generation) continue;
      mark[at] = generation;
      const step = program[at] as Step;
      if (step.op === 'match') return true;
      if (step.op === 'split') pending.push(...step.targets);
      else if (step.op === 'set') list.push(at);
      else if (holds(step.what, before, after, lines)) pending.push(at + 1);
    }
    return false;
  };

  generation += 1;
  if (follow(current, 0, undefined, text.codePointAt(0))) return true;
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at) as number;
    at += code > 0xffff ? 2 : 1;
    previous = code;
    const after = text.codePointAt(at);
    generation += 1;
    upcoming.length = 0;
    for (const state of current) {
      const step = program[state] as Extract<Step, { op: 'set' }>;
      if (isIn(step.ranges, code) === step.negated) continue;
      if (follow(upcoming, state + 1, previous, after)) return true;
    }
    // The match may also begin here.
    if (follow(upcoming, 0, previous, after)) return true;
    [current, upcoming] = [upcoming, current];
  }
  return false;
}

function isIn(ranges: Ranges, code: number): boolean {
  for (const [low, high] of ranges) if (code >= low && code <= high) return true;
  return false;
}

function holds(what: Assertion, before: number | undefined, after: number | undefined, lines: boolean): boolean {
  if (what === 'start') return before === undefined || (lines && before === NEWLINE);
  if (what === 'end') return after === undefined || (lines && after === NEWLINE);
  const isBoundary = isWord(before) !== isWord(after);
  return what === 'word-boundary' ? isBoundary : !isBoundary;
}

function isWord(code: number | undefined): boolean {
  return code !== undefined && isIn(WORD, code);
}
