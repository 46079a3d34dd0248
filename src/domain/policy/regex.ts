// Regular expressions for commit messages: RE2's syntax (see domain/regex/), in time linear to the text, which the pusher
// wrote. `(?i)` is for any case, `(?m)` for ^ and $ at every line. The expression may match anywhere in the text.
import { compileLinearRegex } from '../regex/linear-regex.ts';
import type { Compiled } from './glob.ts';

export interface SafeRegex {
  readonly source: string;
  matches(text: string): boolean;
}

const MAX_SOURCE_LENGTH = 1000;
const LIMITS = { length: MAX_SOURCE_LENGTH, size: 1000, repeat: 100, depth: 50, strict: true };

/** Compiles once; the result is pure. */
export function compileRegex(source: string): Compiled<SafeRegex> {
  if (source.length > MAX_SOURCE_LENGTH) {
    return { ok: false, message: `an expression may have at most ${MAX_SOURCE_LENGTH} characters` };
  }
  const compiled = compileLinearRegex(source, LIMITS);
  if (compiled.ok) return compiled;
  return {
    ok: false,
    message: `bad expression: ${compiled.message}`,
    hint: "the syntax is RE2's, as in Go: no lookaround, no backreferences; \\ makes a sign stand for itself",
  };
}
