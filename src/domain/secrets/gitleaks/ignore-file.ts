// `.gitleaksignore`: findings that are not reported again, by fingerprint, one a line.
//
//   path:rule:line            in any commit
//   commit:path:rule:line     in that commit
//   # comment
import { visibleText } from '../../../protocol/bytes.ts';
import type { ConfigProblem } from './config.ts';

export interface IgnorableFinding {
  readonly path: string;
  readonly rule: string;
  /** From 1. */
  readonly line: number;
  readonly commit?: string;
}

export interface GitleaksIgnore {
  readonly size: number;
  readonly warnings: readonly ConfigProblem[];
  isIgnored(finding: IgnorableFinding): boolean;
  /** The line of the file, from 1, that ignores a finding, to be shown to whoever reviews; undefined when none does. */
  entryFor(finding: IgnorableFinding): number | undefined;
}

const MAX_TEXT = 16 * 1024 * 1024;
const MAX_WARNINGS = 100;
/** Two or three names and a line number. A path may hold colons; a rule's id may not. */
const ENTRY = /^.+:[^:]+:\d+$/;

/** Parses the file. Never fails: lines that no finding can match are warnings, and ignore nothing. */
export function parseGitleaksIgnore(text: string): GitleaksIgnore {
  const entries = new Map<string, number>();
  const warnings: ConfigProblem[] = [];
  const isTooLong = text.length > MAX_TEXT;
  if (isTooLong) warnings.push(warning(0, `the file has more than ${MAX_TEXT} characters: nothing is ignored`));
  for (const [index, written] of (isTooLong ? '' : text).split('\n').entries()) {
    const line = written.replace(/^\ufeff/, '').trim();
    if (line === '' || line.startsWith('#')) continue;
    const entry = line.replaceAll('\\', '/');
    if (!ENTRY.test(entry)) {
      if (warnings.length < MAX_WARNINGS) warnings.push(warning(index + 1, `"${visibleText(line)}" is no fingerprint`));
    } else if (!entries.has(entry)) entries.set(entry, index + 1);
  }
  const entryFor = (finding: IgnorableFinding) => {
    const [everywhere, here] = fingerprintsOf(finding);
    return entries.get(everywhere) ?? (here === undefined ? undefined : entries.get(here));
  };
  return { size: entries.size, warnings, entryFor, isIgnored: (finding) => entryFor(finding) !== undefined };
}

/** The fingerprint of a finding as gitleaks writes it: with the commit, where there is one. */
export function fingerprintOf(finding: IgnorableFinding): string {
  const [everywhere, here] = fingerprintsOf(finding);
  return here ?? everywhere;
}

function fingerprintsOf({ path, rule, line, commit }: IgnorableFinding): readonly [string, string | undefined] {
  const everywhere = `${path.replaceAll('\\', '/')}:${rule}:${line}`;
  return [everywhere, commit === undefined || commit === '' ? undefined : `${commit}:${everywhere}`];
}

function warning(line: number, message: string): ConfigProblem {
  const hint = 'an entry is path:rule:line, or commit:path:rule:line';
  return { level: 'warning', ...(line > 0 && { line }), message, hint };
}
