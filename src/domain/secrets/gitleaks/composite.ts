// Composite rules: a finding counts only when the findings it requires are near it.
import type { RequiredRule } from './config.ts';
import type { GitleaksMatch, RequiredMatch } from './match.ts';
import type { Meter } from './meter.ts';

/** Kept for each required rule of a finding; one is enough to hold it. */
const MAX_PARTS = 5;

/** The findings that have all of their parts near them, each with its parts. */
export function withParts(
  primaries: readonly GitleaksMatch[],
  required: readonly RequiredRule[],
  findingsOf: (rule: string) => readonly GitleaksMatch[],
  meter: Meter,
): readonly GitleaksMatch[] {
  if (required.length === 0 || primaries.length === 0) return primaries;
  const parts = required.map((asked) => ({ asked, findings: findingsOf(asked.id) }));
  return primaries.flatMap((primary) => {
    const near = parts.map(({ asked, findings }) => {
      meter.spend(findings.length);
      return findings.filter((finding) => isNear(primary, finding, asked)).slice(0, MAX_PARTS);
    });
    return near.every((found) => found.length > 0) ? [{ ...primary, required: near.flat().map(partOf) }] : [];
  });
}

/** As gitleaks measures: from the start of one to the start of the other, lines and columns by themselves. */
function isNear(primary: GitleaksMatch, part: GitleaksMatch, { withinLines, withinColumns }: RequiredRule): boolean {
  const lines = Math.abs(primary.startLine - part.startLine);
  const columns = Math.abs(primary.startColumn - part.startColumn);
  return lines <= (withinLines ?? lines) && columns <= (withinColumns ?? columns);
}

function partOf({ rule, secret, startLine, endLine, startColumn, endColumn }: GitleaksMatch): RequiredMatch {
  return { rule: rule.id, secret, startLine, endLine, startColumn, endColumn };
}
