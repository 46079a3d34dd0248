// RE2's syntax (the one of Go's regexp), read to a tree that keeps what can be said about every match: which characters,
// how many, which words. It does not match; re2js does. Read before re2js compiles, so that depth and size are refused
// before they cost anything.
//
//   x|y  (…)  (?P<n>…)  (?<n>…)  (?:…)  (?ims-U:…)  (?ims-U)   x* x+ x? x{n} x{n,} x{n,m}, each with a following `?`
//   [a-z] [^…] [[:alpha:]]  .  \d \D \w \W \s \S  \pL \p{Greek} \P{…}   ^ $ \A \z \b \B
//   \a \f \n \r \t \v  \123  \x7F  \x{10FFFF}  \Q…\E  \ before a punctuation character
import {
  ANYTHING,
  anyCase,
  type CharSet,
  complement,
  DIGITS,
  NOT_NEWLINE,
  NOTHING,
  posixSet,
  rangeSet,
  SPACES,
  union,
  WORDS,
} from './char-set.ts';

export type Tree =
  /** Matches no character: an assertion, or nothing at all. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Tree[] }
  | { readonly kind: 'choice'; readonly options: readonly Tree[] }
  | { readonly kind: 'repeat'; readonly part: Tree; readonly least: number; readonly most: number };

export interface Syntax {
  readonly tree: Tree;
  /** Whether `(?i)` is used anywhere: such letters also match `ſ` and the Kelvin sign, which the tree leaves out. */
  readonly ignoresCase: boolean;
}

export interface SyntaxLimits {
  /** Groups inside one another. */
  readonly depth: number;
  /** The largest n of `{n}`. */
  readonly repeat: number;
  /** Instructions, once counts are written out; an estimate. */
  readonly size: number;
  /** Also refuse what RE2 reads as something that was hardly meant: a bare `{`, a quantifier after an assertion. */
  readonly strict?: boolean;
}

export type ParsedSyntax =
  | { readonly ok: true; readonly value: Syntax }
  | { readonly ok: false; readonly message: string };

/** Reads a pattern. What it refuses, RE2 refuses too, but for the limits. */
export function parseSyntax(source: string, limits: SyntaxLimits): ParsedSyntax {
  try {
    const parser = new Parser(source, limits);
    return { ok: true, value: parser.parse() };
  } catch (error) {
    if (!(error instanceof BadSyntax)) throw error;
    return { ok: false, message: error.message };
  }
}

class BadSyntax extends Error {}

interface Flags {
  readonly anyCase: boolean;
  readonly dotAll: boolean;
}

/** A tree and the instructions it takes. */
interface Sized {
  readonly tree: Tree;
  readonly size: number;
  readonly is?: 'assertion' | 'flags';
}

const EMPTY: Tree = { kind: 'empty' };
const NEVER_ENDS = Number.POSITIVE_INFINITY;

class Parser {
  readonly #text: readonly string[];
  readonly #limits: SyntaxLimits;
  #flags: Flags = { anyCase: false, dotAll: false };
  #ignoresCase = false;
  #at = 0;
  #depth = 0;

  constructor(source: string, limits: SyntaxLimits) {
    this.#text = [...source];
    this.#limits = limits;
  }

  parse(): Syntax {
    const { tree } = this.#choice();
    if (this.#at < this.#text.length) throw new BadSyntax('`)` without `(`');
    return { tree, ignoresCase: this.#ignoresCase };
  }

  #choice(): Sized {
    const options = [this.#sequence()];
    while (this.#take('|')) options.push(this.#sequence());
    if (options.length === 1) return options[0] as Sized;
    const size = options.reduce((sum, option) => sum + option.size + 1, 0);
    return this.#sized({ kind: 'choice', options: options.map(({ tree }) => tree) }, size);
  }

  #sequence(): Sized {
    const parts: Tree[] = [];
    let size = 1;
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined || next === '|' || next === ')') break;
      if (this.#takeAll('\\Q')) size += this.#quoted(parts);
      else {
        const part = this.#quantified();
        parts.push(part.tree);
        size += part.size;
      }
      this.#sized(EMPTY, size);
    }
    return { tree: parts.length === 1 ? (parts[0] as Tree) : { kind: 'sequence', parts }, size };
  }

  /** `\Q…\E`: every character itself; a quantifier behind it is for the last one, so that one is left to #quantified. */
  #quoted(parts: Tree[]): number {
    const start = this.#at;
    let end = start;
    while (end < this.#text.length && !(this.#text[end] === '\\' && this.#text[end + 1] === 'E')) end += 1;
    for (const character of this.#text.slice(start, end)) parts.push(this.#literal(character).tree);
    this.#at = Math.min(end + 2, this.#text.length);
    const last = parts.at(-1);
    const count = end > start ? this.#quantifier() : undefined;
    if (last === undefined || count === undefined) return end - start;
    const repeated = this.#repeated({ tree: last, size: 1 }, count);
    parts[parts.length - 1] = repeated.tree;
    return end - start + repeated.size;
  }

  #quantified(): Sized {
    const part = this.#atom();
    const count = this.#quantifier();
    return count === undefined ? part : this.#repeated(part, count);
  }

  #repeated(part: Sized, count: Count): Sized {
    // RE2 would repeat whatever stands before `(?i)`.
    if (part.is === 'flags') throw new BadSyntax('a quantifier has nothing to repeat');
    if (part.is === 'assertion' && this.#limits.strict === true) {
      throw new BadSyntax('a quantifier after `^`, `$`, `\\b` or `\\B`');
    }
    this.#take('?');
    if (this.#quantifier() !== undefined) throw new BadSyntax('two quantifiers in a row');
    const times = count.most === NEVER_ENDS ? count.least + 1 : count.most;
    return this.#sized({ kind: 'repeat', part: part.tree, ...count }, (part.size + 1) * Math.max(times, 1));
  }

  #quantifier(): Count | undefined {
    if (this.#take('*')) return { least: 0, most: NEVER_ENDS };
    if (this.#take('+')) return { least: 1, most: NEVER_ENDS };
    if (this.#take('?')) return { least: 0, most: 1 };
    if (this.#text[this.#at] !== '{') return undefined;
    const written = /^\{(\d{1,8})(,(\d{0,8}))?\}/.exec(this.#text.slice(this.#at, this.#at + 20).join(''));
    if (written === null) {
      if (this.#limits.strict !== true) return undefined;
      throw new BadSyntax('`{` begins no `{n}`, `{n,}` or `{n,m}`; write \\{ for the character');
    }
    this.#at += written[0].length;
    // RE2 reads `{01}` as characters.
    if (/\b0\d/.test(written[0])) throw new BadSyntax(`the quantifier ${written[0]} begins with a zero`);
    return this.#count(written);
  }

  #count(written: RegExpExecArray): Count {
    const least = Number(written[1]);
    const most = written[2] === undefined ? least : written[3] === '' ? NEVER_ENDS : Number(written[3]);
    if (least > most) throw new BadSyntax(`the quantifier ${written[0]} is upside down`);
    if (least > this.#limits.repeat || (most !== NEVER_ENDS && most > this.#limits.repeat)) {
      throw new BadSyntax(`the quantifier ${written[0]} counts beyond ${this.#limits.repeat}`);
    }
    return { least, most };
  }

  #atom(): Sized {
    const character = this.#next();
    if (character === '(') return this.#group();
    if (character === '[') return this.#sized({ kind: 'set', set: this.#set() }, 1);
    if (character === '.') return { tree: { kind: 'set', set: this.#flags.dotAll ? ANYTHING : NOT_NEWLINE }, size: 1 };
    if (character === '^' || character === '$') return { tree: EMPTY, size: 1, is: 'assertion' };
    if ('*+?'.includes(character)) throw new BadSyntax(`\`${character}\` has nothing to repeat`);
    if (character === '{' && this.#startsCount()) throw new BadSyntax('`{` has nothing to repeat');
    if (character !== '\\') return this.#literal(character);
    const escaped = this.#text[this.#at] ?? '';
    if ('AzbB'.includes(escaped) && escaped !== '') {
      this.#at += 1;
      return { tree: EMPTY, size: 1, is: 'assertion' };
    }
    const named = this.#namedSet();
    if (named !== undefined) return { tree: { kind: 'set', set: named }, size: 1 };
    return this.#literal(this.#escaped());
  }

  #startsCount(): boolean {
    return this.#limits.strict === true || /^\d+(,\d*)?\}/.test(this.#text.slice(this.#at, this.#at + 20).join(''));
  }

  #group(): Sized {
    if (this.#depth >= this.#limits.depth) {
      throw new BadSyntax(`more than ${this.#limits.depth} groups inside one another`);
    }
    const outer = this.#flags;
    if (this.#take('?') && !this.#groupKind()) return { tree: EMPTY, size: 1, is: 'flags' };
    this.#depth += 1;
    const inner = this.#choice();
    if (!this.#take(')')) throw new BadSyntax('`(` without `)`');
    this.#depth -= 1;
    this.#flags = outer;
    return { tree: inner.tree, size: inner.size + 2 };
  }

  /** Reads what follows `(?`; false for flags that go on behind the `)`, as in `(?i)`. */
  #groupKind(): boolean {
    const rest = this.#text.slice(this.#at, this.#at + 100).join('');
    const [named] = /^P?<[A-Za-z0-9_]+>/.exec(rest) ?? [];
    if (named !== undefined) {
      this.#at += named.length;
      return true;
    }
    const flags = /^([imsU]*)(-[imsU]+)?([:)])/.exec(rest);
    if (flags === null || flags[0] === ')') {
      throw new BadSyntax('`(?` with anything but `:`, flags or a name is not supported');
    }
    this.#at += flags[0].length;
    this.#setFlags(flags[1] ?? '', flags[2] ?? '');
    return flags[3] === ':';
  }

  #setFlags(on: string, off: string): void {
    const flag = (letter: string, before: boolean) => !off.includes(letter) && (before || on.includes(letter));
    this.#flags = { anyCase: flag('i', this.#flags.anyCase), dotAll: flag('s', this.#flags.dotAll) };
    this.#ignoresCase ||= this.#flags.anyCase;
  }

  #set(): CharSet {
    const negated = this.#take('^');
    let set = NOTHING;
    let isExact = true;
    for (let first = true; ; first = false) {
      if (this.#text[this.#at] === ']' && !first) break;
      const item = this.#setItem();
      set = union(set, item.set);
      isExact &&= item.isExact;
    }
    this.#at += 1;
    if (!isExact) return ANYTHING;
    if (negated) return complement(set);
    return this.#flags.anyCase ? anyCase(set) : set;
  }

  #setItem(): { readonly set: CharSet; readonly isExact: boolean } {
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.#text.slice(this.#at, this.#at + 20).join(''));
    if (posix !== null) {
      this.#at += posix[0].length;
      const set = posixSet(posix[2] ?? '');
      if (set === undefined) throw new BadSyntax(`there is no class ${posix[0]}`);
      const folded = this.#flags.anyCase ? anyCase(set) : set;
      return { set: posix[1] === '^' ? complement(folded) : set, isExact: true };
    }
    if (this.#take('\\')) {
      const isUnicode = /^[pP]$/.test(this.#text[this.#at] ?? '');
      const named = this.#namedSet();
      if (named !== undefined) return { set: named, isExact: !isUnicode };
      return { set: this.#range(this.#escaped()), isExact: true };
    }
    return { set: this.#range(this.#next()), isExact: true };
  }

  #range(low: string): CharSet {
    const from = low.codePointAt(0) as number;
    const next = this.#text[this.#at + 1];
    if (this.#text[this.#at] !== '-' || next === ']' || next === undefined) return rangeSet(from, from);
    this.#at += 1;
    const high = this.#next();
    const to = (high === '\\' ? this.#escaped() : high).codePointAt(0) as number;
    if (to < from) throw new BadSyntax('a range of a set is upside down');
    return rangeSet(from, to);
  }

  /** `\d`, `\pL` and their like, behind the backslash; undefined when something else follows. */
  #namedSet(): CharSet | undefined {
    const letter = this.#text[this.#at] ?? '';
    const named = { d: DIGITS, w: WORDS, s: SPACES }[letter.toLowerCase()];
    if (named !== undefined) {
      this.#at += 1;
      return letter === letter.toLowerCase() ? named : complement(named);
    }
    if (letter !== 'p' && letter !== 'P') return undefined;
    const [name] = /^[pP](\{\^?\w+\}|[A-Z])/.exec(this.#text.slice(this.#at, this.#at + 60).join('')) ?? [];
    if (name === undefined) throw new BadSyntax(`\\${letter} names no class`);
    this.#at += name.length;
    return ANYTHING;
  }

  /** The character that an escape stands for, behind the backslash. */
  #escaped(): string {
    const letter = this.#next();
    const control = { a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }[letter];
    if (control !== undefined) return control;
    if (letter === 'x') return this.#hexadecimal();
    if (/^[0-7]$/.test(letter)) return this.#octal(letter);
    if (/^[A-Za-z0-9]$/.test(letter)) throw new BadSyntax(`\\${letter} is not supported`);
    return letter;
  }

  #hexadecimal(): string {
    const rest = this.#text.slice(this.#at, this.#at + 12).join('');
    const [written, braced, plain] = /^(?:\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]{2}))/.exec(rest) ?? [];
    const code = Number.parseInt(braced ?? plain ?? '', 16);
    if (written === undefined || code > 0x10ffff) throw new BadSyntax('\\x is no \\x7F or \\x{10FFFF}');
    this.#at += written.length;
    return String.fromCodePoint(code);
  }

  /** `\0`, `\012`, `\123`; a single digit but 0 would be a backreference. */
  #octal(first: string): string {
    let digits = first;
    while (digits.length < 3 && /^[0-7]$/.test(this.#text[this.#at] ?? '')) digits += this.#next();
    if (first !== '0' && digits.length === 1) throw new BadSyntax('backreferences are not supported');
    return String.fromCodePoint(Number.parseInt(digits, 8));
  }

  #literal(character: string): Sized {
    const code = character.codePointAt(0) as number;
    const set = rangeSet(code, code);
    return { tree: { kind: 'set', set: this.#flags.anyCase ? anyCase(set) : set }, size: 1 };
  }

  #sized(tree: Tree, size: number): Sized {
    if (size > this.#limits.size) throw new BadSyntax('it is too large once its counts are written out');
    return { tree, size };
  }

  #next(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new BadSyntax('it ends too early');
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #takeAll(text: string): boolean {
    if (this.#text.slice(this.#at, this.#at + text.length).join('') !== text) return false;
    this.#at += text.length;
    return true;
  }
}

interface Count {
  readonly least: number;
  readonly most: number;
}
