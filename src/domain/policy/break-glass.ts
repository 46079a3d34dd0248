// Break-glass: a push of somebody who may goes through what would hold it, noted as such. Approvals it does not wait for
// can be made up for by a review; a secret that has left cannot be taken back, so no hold for secrets opens, and nothing
// that refuses does.

import { isSecret } from '../push/finding.ts';
import type { Inputs } from '../push/inputs.ts';
import type { Reason, Verdict } from '../push/verdict.ts';
import { RULES_MASKER } from '../secrets/mask-text.ts';

export const BREAK_GLASS = 'break-glass';

const MAX_REASON = 300;

/** The verdict that follows when the inputs ask for it; otherwise the same. */
export function throughBreakGlass(verdict: Verdict, inputs: Pick<Inputs, 'breakGlass' | 'findings'>): Verdict {
  const { breakGlass } = inputs;
  if (breakGlass === undefined || verdict.outcome !== 'hold') return verdict;
  const { reasons } = verdict;
  if (reasons.some((reason) => reason.outcome === 'hold' && isForSecrets(reason, inputs))) {
    const text = 'not used: a hold for secrets does not open';
    return { ...verdict, reasons: [...reasons, { rule: BREAK_GLASS, outcome: 'flag', text }] };
  }
  const why = RULES_MASKER.text(breakGlass.reason).slice(0, MAX_REASON);
  const text = `${why}; somebody of ${breakGlass.reviewers} has to review it`;
  return {
    outcome: 'forward',
    reasons: [...reasons.map(opened), { rule: BREAK_GLASS, outcome: 'flag', text }],
    requirements: [],
    breakGlass: true,
  };
}

function isForSecrets({ exceptions, findings = [] }: Reason, inputs: Pick<Inputs, 'findings'>): boolean {
  return exceptions !== undefined || findings.some((index) => isSecretAt(inputs, index));
}

/** Unknown is taken for a secret. */
function isSecretAt({ findings }: Pick<Inputs, 'findings'>, index: number): boolean {
  const finding = findings[index];
  return finding === undefined || isSecret(finding);
}

function opened(reason: Reason): Reason {
  if (reason.outcome !== 'hold') return reason;
  return { ...reason, outcome: 'flag', text: `would have been held: ${reason.text}` };
}
