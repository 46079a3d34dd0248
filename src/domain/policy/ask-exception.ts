// False positives: a refusal for secrets becomes a hold when its pusher says why nothing in it is secret, and the policy
// says who may agree. What reviewers cannot see one by one they cannot agree to.
import { MAX_EXCEPTIONS } from '../push/exception.ts';
import type { Inputs } from '../push/inputs.ts';
import type { Reason, Requirement } from '../push/verdict.ts';
import { DEFAULT_EXPIRY, type ExceptionAsk } from './policy.ts';

/** What a rule or a default adds to the verdict. */
export interface Contribution {
  readonly reason: Reason;
  /** Empty unless the reason holds. */
  readonly requirements: readonly Requirement[];
  /** How long the hold waits, in milliseconds. */
  readonly expires?: number;
}

/** What a refusal becomes whose `secrets` (indexes into the findings) may be excepted. */
export function askForException(
  refusal: Reason,
  secrets: readonly number[],
  { group, count, lifetime }: ExceptionAsk,
  inputs: Pick<Inputs, 'findings' | 'reason'>,
): Contribution {
  const obstacle = obstacleTo(secrets, inputs);
  if (obstacle !== undefined) return { reason: hinting(refusal, obstacle), requirements: [] };
  if ((inputs.reason ?? '').trim() === '') return { reason: hinting(refusal, HOW_TO_ASK), requirements: [] };
  const { hint: _, mend: __, ...rest } = refusal;
  return {
    reason: { ...rest, outcome: 'hold', exceptions: { group, findings: secrets, lifetime } },
    requirements: [{ group, count, given: 0, rules: [refusal.rule] }],
    expires: DEFAULT_EXPIRY,
  };
}

const HOW_TO_ASK = 'is it no secret? ask for an exception: git push -o sallyport.reason="why this is no secret"';

function obstacleTo(secrets: readonly number[], { findings }: Pick<Inputs, 'findings'>): string | undefined {
  if (secrets.length === 0) return 'push again';
  // Such as the very reason: it is shown, and kept for good, as it was given.
  if (secrets.some((index) => findings[index]?.where === 'push option')) {
    return 'there is no exception for what a push option holds: push without it';
  }
  const fingerprints = secrets.map((index) => findings[index]?.fingerprint);
  const isListed = fingerprints.every((fingerprint) => fingerprint !== undefined);
  if (isListed && new Set(fingerprints).size <= MAX_EXCEPTIONS) return undefined;
  return `exceptions are asked for up to ${MAX_EXCEPTIONS} at a time: push less at once`;
}

function hinting(reason: Reason, more: string): Reason {
  return { ...reason, hint: reason.hint === undefined ? more : `${reason.hint}; ${more}` };
}
