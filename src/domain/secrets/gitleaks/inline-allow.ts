// Comments that ask to let a finding on their line pass. This only reads them: whether they count is policy, and whoever
// reviews sees them anyway.
//
//   gitleaks:allow                          any rule
//   sallyport:allow                         any rule
//   sallyport:allow rule-id, other-rule     these rules
//
// What follows the words is a rule's id or no claim for "any": a sentence behind `sallyport:allow` names rules that there
// are not, and lets nothing pass.

export interface InlineAllowance {
  readonly by: 'gitleaks' | 'sallyport';
  /** Rule ids in lower case, or all of them. */
  readonly rules: 'any' | readonly string[];
}

const MAX_CLAIMS = 10;
/** As far behind the words as rule ids are read. */
const MAX_TAIL = 1000;
const MARKS = [
  { by: 'gitleaks', mark: Buffer.from('gitleaks:allow') },
  { by: 'sallyport', mark: Buffer.from('sallyport:allow') },
] as const;
const RULE_IDS = /^[\s:=]*([a-z0-9][a-z0-9._-]*(?:\s*,\s*[a-z0-9][a-z0-9._-]*)*)/i;

/** The claims on a line, or on the lines of a finding of several. Empty when there are none. */
export function inlineAllowance(line: Uint8Array): readonly InlineAllowance[] {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  const claims: InlineAllowance[] = [];
  for (const { by, mark } of MARKS) {
    for (let at = bytes.indexOf(mark); at >= 0 && claims.length < MAX_CLAIMS; at = bytes.indexOf(mark, at + 1)) {
      const behind = at + mark.length;
      const claim = claimOf(by, bytes.toString('latin1', behind, behind + MAX_TAIL));
      if (claim !== undefined) claims.push(claim);
    }
  }
  return claims;
}

/** True when one of the claims is for this rule. */
export function isClaimed(claims: readonly InlineAllowance[], rule: string): boolean {
  return claims.some(({ rules }) => rules === 'any' || rules.includes(rule.toLowerCase()));
}

function claimOf(by: InlineAllowance['by'], tail: string): InlineAllowance | undefined {
  if (by === 'gitleaks') return { by, rules: 'any' };
  if (/^-?[a-z0-9_]/i.test(tail)) return undefined;
  const [sameLine = ''] = tail.split('\n');
  const [, written = ''] = RULE_IDS.exec(sameLine) ?? [];
  // A closing `-->` may follow without a space.
  const rules = written.split(',').map((id) =>
    id
      .trim()
      .toLowerCase()
      .replace(/[.-]+$/, ''),
  );
  return { by, rules: written === '' ? 'any' : rules };
}
