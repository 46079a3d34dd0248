// What allowlists let off. Commits and paths are known before a text is read, the rest once there is a finding.
import type { LinearRegex } from '../../regex/linear-regex.ts';
import type { Allowlist } from './config.ts';

/** Where a text is from; empty when it is not known, and then no check on it holds. */
export interface Origin {
  readonly path: string;
  readonly commit: string;
}

/** The texts of a finding that allowlists look at. */
export interface AllowanceTexts {
  readonly secret: string;
  readonly match: string;
  readonly line: string;
}

/** How a pattern is asked for a finding; the matcher counts and remembers what it costs. */
export type Ask = (regex: LinearRegex, text: string) => boolean;

const ask: Ask = (regex, text) => regex.matches(text);

/** True when an allowlist lets a whole text off, whatever is in it. */
export function allowsOrigin(allowlists: readonly Allowlist[], origin: Origin): boolean {
  return allowlists.some((allowlist) => {
    if (allowlist.condition === 'or') return originChecks(allowlist, origin).includes(true);
    const hasMore = allowlist.regexes.length + allowlist.stopwords.length > 0;
    return !hasMore && !originChecks(allowlist, origin).includes(false);
  });
}

/** True when an allowlist lets a finding off. All of them are asked, global ones as those of its rule. */
export function allowsFinding(
  allowlists: readonly Allowlist[],
  origin: Origin,
  texts: AllowanceTexts,
  matches: Ask = ask,
): boolean {
  return allowlists.some((allowlist) => {
    const isAnd = allowlist.condition === 'and';
    const decided = originChecks(allowlist, origin);
    // Patterns over whole lines cost; they are only asked when they can decide.
    if (decided.includes(!isAnd)) return !isAnd;
    const checks = findingChecks(allowlist, texts, matches);
    return isAnd ? !checks.includes(false) : checks.includes(true);
  });
}

function originChecks({ commits, paths }: Allowlist, { path, commit }: Origin): readonly boolean[] {
  const checks: boolean[] = [];
  if (commits.size > 0) checks.push(commit !== '' && commits.has(commit.toLowerCase()));
  if (paths.length > 0) checks.push(path !== '' && paths.some((pattern) => pattern.matches(path)));
  return checks;
}

function findingChecks(allowlist: Allowlist, texts: AllowanceTexts, matches: Ask): readonly boolean[] {
  const { regexes, regexTarget, stopwords } = allowlist;
  const checks: boolean[] = [];
  if (stopwords.length > 0) checks.push(hasStopword(texts.secret, stopwords));
  const target = texts[regexTarget];
  if (regexes.length > 0) checks.push(target !== '' && regexes.some((pattern) => matches(pattern, target)));
  return checks;
}

function hasStopword(secret: string, stopwords: readonly string[]): boolean {
  const lower = secret.toLowerCase();
  return stopwords.some((word) => lower.includes(word));
}
