// One rule on one text: where its pattern matches, which part is the secret, and whether that counts.
import type { LinearRegex, RegexMatch, Span } from '../../regex/linear-regex.ts';
import { type AllowanceTexts, type Ask, allowsFinding, allowsOrigin, type Origin } from './allowance.ts';
import type { Allowlist } from './config.ts';
import { entropyOf } from './entropy.ts';
import { findAll, windowsAround } from './find-all.ts';
import type { GitleaksMatch } from './match.ts';
import type { Meter } from './meter.ts';
import type { RulePlan } from './plan.ts';
import type { ScanText } from './scan-text.ts';

export interface Around {
  readonly text: ScanText;
  readonly origin: Origin;
  /** For every rule. */
  readonly allowlists: readonly Allowlist[];
  readonly meter: Meter;
}

/** Everything the rule finds in the text, but for what allowlists let off. Throws ScanOver. */
export function detect(plan: RulePlan, around: Around): readonly GitleaksMatch[] {
  const { rule } = plan;
  if (allowsOrigin(rule.allowlists, around.origin)) return [];
  if (rule.path !== undefined && !rule.path.matches(around.origin.path)) return [];
  if (rule.regex === undefined) return [pathMatch(plan)];
  const matches = findMatches(plan, rule.regex, around);
  const counts = findingCheck(plan, around);
  return matches.flatMap((match) => {
    const found = locate(plan, match, around.text);
    return found !== undefined && counts(found) ? [found] : [];
  });
}

function pathMatch({ rule }: RulePlan): GitleaksMatch {
  const nowhere = { start: 0, end: 0 };
  const place = { startLine: 0, endLine: 0, startColumn: 0, endColumn: 0 };
  return { rule, match: nowhere, secret: nowhere, lines: nowhere, entropy: 0, required: [], ...place };
}

function findMatches({ words, areAnchors }: RulePlan, regex: LinearRegex, { text, meter }: Around): RegexMatch[] {
  const { bytes } = text;
  if (words === undefined || (regex.ignoresCase && text.hasOddLetters)) {
    return findAll(regex, bytes, { start: 0, end: bytes.length }, meter);
  }
  const windows = windowsAround(regex, bytes, text.placesOf(words, areAnchors));
  return windows.flatMap((window) => findAll(regex, bytes, window, meter));
}

/** Undefined when the match is nothing but line ends. */
function locate({ rule }: RulePlan, found: RegexMatch, text: ScanText): GitleaksMatch | undefined {
  const match = withoutNewlines(found, text.bytes);
  if (match.start === match.end) return undefined;
  const secret = secretOf(rule.secretGroup, found, match);
  const [from, to] = [text.position(match.start), text.position(match.end - 1)];
  const place = { startLine: from.line, startColumn: from.column, endLine: to.line, endColumn: to.column };
  const entropy = entropyOf(text.text(secret));
  return { rule, match, secret, lines: text.linesOf(match), entropy, required: [], ...place };
}

function withoutNewlines({ start, end }: Span, bytes: Uint8Array): Span {
  let [from, to] = [start, end];
  while (from < to && bytes[from] === 0x0a) from += 1;
  while (to > from && bytes[to - 1] === 0x0a) to -= 1;
  return { start: from, end: to };
}

function secretOf(group: number, { groups }: RegexMatch, match: Span): Span {
  if (group > 0) return groups[group - 1] ?? { start: match.start, end: match.start };
  return groups.find((span) => span !== undefined && span.end > span.start) ?? match;
}

/** Whether a match counts: enough entropy, and no allowlist, of the rule first, then of all rules, lets it off. */
function findingCheck({ rule }: RulePlan, around: Around): (found: GitleaksMatch) => boolean {
  const { text, origin, allowlists, meter } = around;
  const all = [...rule.allowlists, ...allowlists];
  const stopwords = all.reduce((sum, allowlist) => sum + allowlist.stopwords.length, 0);
  const ask = askOnce(meter);
  const lineOf = lastMade(text);
  return (found) => {
    if (rule.entropy > 0 && found.entropy <= rule.entropy) return false;
    if (all.length === 0) return true;
    // A search for one word goes through many bytes in the time of a step.
    meter.spend(Math.ceil(((found.secret.end - found.secret.start) * stopwords) / 8));
    const texts: AllowanceTexts = {
      secret: text.text(found.secret),
      match: text.text(found.match),
      get line() {
        return lineOf(found.lines);
      },
    };
    return !allowsFinding(all, origin, texts, ask);
  };
}

/** Many findings may share one line of megabytes: each pattern is asked once for it, */
function askOnce(meter: Meter): Ask {
  const answers = new Map<LinearRegex, { readonly text: string; readonly answer: boolean }>();
  return (regex, text) => {
    const known = answers.get(regex);
    if (known?.text === text) return known.answer;
    meter.spend(text.length * regex.size);
    const answer = regex.matches(text);
    answers.set(regex, { text, answer });
    return answer;
  };
}

/** and its text is made once. */
function lastMade(text: ScanText): (span: Span) => string {
  let last = { start: -1, end: -1, made: '' };
  return ({ start, end }) => {
    if (last.start !== start || last.end !== end) last = { start, end, made: text.text({ start, end }) };
    return last.made;
  };
}
