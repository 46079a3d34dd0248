// A glob read from a policy, its mistakes reported where they stand.
import { visibleText } from '../../../protocol/bytes.ts';
import { compileGlob, type Glob } from '../glob.ts';
import { problemAt, textOf, type Value } from '../yaml-values.ts';

/** Reads one glob; `mistake` may find fault with a well-formed one. */
export function globOf(
  value: Value,
  options: { readonly flat?: boolean; readonly mistake?: (pattern: string) => string | undefined } = {},
): Glob | undefined {
  const pattern = textOf(value);
  if (pattern === undefined) return undefined;
  const mistake = options.mistake?.(pattern);
  if (mistake !== undefined) return problemAt(value, `pattern \`${visibleText(pattern)}\` can never match`, mistake);
  const glob = compileGlob(pattern, options);
  if (glob.ok) return glob.value;
  return problemAt(value, `pattern \`${visibleText(pattern)}\`: ${glob.message}`, glob.hint);
}
