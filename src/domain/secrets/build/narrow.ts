// Narrows a keyed rule by the words between its keyword and the value: a vendor's name alone stands before ids, paths and
// hashes as often as before a key.
import type { SecretRule } from '../rule.ts';

export interface Narrowing {
  /** At least one of these, in lower case, stands between keyword and value, and on the value's line if that has a name. */
  readonly wants: readonly [string, ...string[]];
  /** And none of these. */
  readonly refuses?: readonly string[];
}

/** The rule, only where the text from its keyword to the value fits. */
export function narrowed(rule: SecretRule, { wants, refuses = [] }: Narrowing): SecretRule {
  const fits = (text: string): boolean =>
    wants.some((word) => lastLine(text).includes(word)) && !refuses.some((word) => text.includes(word));
  const check: SecretRule['check'] = (bytes, start, end, reading) => {
    const seen = rule.check(bytes, start, end, reading);
    if (seen === undefined) return undefined;
    return [seen].flat().filter((one) => fits(reading.text(start, one.start).toLowerCase()));
  };
  if (rule.shape === undefined) return { ...rule, check };
  return { ...rule, check, shape: { ...rule.shape, sampleContexts: samplesOf(rule, wants[0]) } };
}

/** What names the value: its own line, or all of it where the value is alone on its line. */
function lastLine(text: string): string {
  const line = text.slice(text.lastIndexOf('\n') + 1);
  return /[a-z]/.test(line) ? line : text;
}

function samplesOf(rule: SecretRule, word: string): string[] {
  return rule.anchors.flatMap(({ text }) => [
    `${text}_${word} = "{value}"`,
    `"${text}_${word}": "{value}",`,
    `${text.toUpperCase()}_${word.toUpperCase()}={value}`,
  ]);
}
