// A pattern in RE2's syntax, run by re2js in time linear to the text, and what can be said about its matches before it is
// run. Whoever writes the text would love to meet a backtracking engine (THREATS.md 84), so JavaScript's own is never
// used where both come from outside.
import { RE2JS, RE2JSException } from 're2js';
import { literalsOf } from './literals.ts';
import { type Reach, reachOf } from './reach.ts';
import { parseSyntax, type SyntaxLimits } from './syntax.ts';

export interface RegexLimits extends SyntaxLimits {
  /** Characters of the pattern. */
  readonly length: number;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Offsets in bytes; groups[0] is the first group, undefined when it took no part. */
export interface RegexMatch extends Span {
  readonly groups: readonly (Span | undefined)[];
}

export interface LinearRegex {
  readonly source: string;
  /** Instructions: a byte of text costs at most this many steps. */
  readonly size: number;
  readonly groupCount: number;
  readonly reach: Reach;
  /** Words of which every match holds one, in lower case; undefined when there are none. */
  readonly literals: readonly string[] | undefined;
  readonly ignoresCase: boolean;
  /** Whether it matches anywhere. Bytes are read as UTF-8, a bad byte as one unknown character. */
  matches(text: string | Uint8Array): boolean;
  /** The leftmost match that starts at `from` or behind it. */
  find(bytes: Uint8Array, from: number): RegexMatch | undefined;
}

export type CompiledRegex =
  | { readonly ok: true; readonly value: LinearRegex }
  | { readonly ok: false; readonly message: string };

/** Compiles once; a pattern that breaks a limit is refused before it is compiled. */
export function compileLinearRegex(source: string, limits: RegexLimits): CompiledRegex {
  if (source.length > limits.length) return refused(`it has more than ${limits.length} characters`);
  // re2js counts a little differently: its own size is compared below, this only bounds what compiling costs.
  const syntax = parseSyntax(source, { ...limits, size: limits.size * SIZE_SLACK });
  if (!syntax.ok) return syntax;
  const program = compileProgram(source);
  if (typeof program === 'string') return refused(program);
  const size = program.programSize();
  if (size > limits.size) return refused('it is too large once its counts are written out');
  const { tree, ignoresCase } = syntax.value;
  const literals = literalsOf(tree);
  return { ok: true, value: new Compiled(source, program, { size, reach: reachOf(tree), literals, ignoresCase }) };
}

const SIZE_SLACK = 4;

function refused(message: string): CompiledRegex {
  return { ok: false, message };
}

function compileProgram(source: string): RE2JS | string {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return error.message;
  }
}

type Facts = Pick<LinearRegex, 'size' | 'reach' | 'literals' | 'ignoresCase'>;

class Compiled implements LinearRegex {
  readonly source: string;
  readonly size: number;
  readonly reach: Reach;
  readonly literals: readonly string[] | undefined;
  readonly ignoresCase: boolean;
  readonly #program: RE2JS;

  constructor(source: string, program: RE2JS, facts: Facts) {
    this.source = source;
    this.size = facts.size;
    this.reach = facts.reach;
    this.literals = facts.literals;
    this.ignoresCase = facts.ignoresCase;
    this.#program = program;
  }

  get groupCount(): number {
    return this.#program.groupCount();
  }

  matches(text: string | Uint8Array): boolean {
    return this.#program.test(text);
  }

  find(bytes: Uint8Array, from: number): RegexMatch | undefined {
    const matcher = this.#program.matcher(bytes);
    if (!matcher.find(from)) return undefined;
    const groups: (Span | undefined)[] = [];
    for (let group = 1; group <= this.groupCount; group++) {
      const start = matcher.start(group);
      groups.push(start < 0 ? undefined : { start, end: matcher.end(group) });
    }
    return { start: matcher.start(), end: matcher.end(), groups };
  }
}
