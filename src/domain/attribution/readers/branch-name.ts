// What the name of a branch hints at. Weak: people name branches as they like, and as they are called.
import type { Evidence } from '../evidence.ts';
import { BRANCH_RULES } from './agent-index.ts';
import { newEvidence } from './new-evidence.ts';

const HEADS = 'refs/heads/';
const MAX_NAME = 1000;

/** `receivedAt` in milliseconds. Refs that are no branches say nothing. */
export function readBranch(refName: string, receivedAt: number): Evidence[] {
  if (!refName.startsWith(HEADS) || refName.length > MAX_NAME) return [];
  const branch = refName.slice(HEADS.length);
  return BRANCH_RULES.filter(({ rule }) => rule.branch.test(branch)).map(({ agent, rule }) =>
    newEvidence({
      kind: 'branch',
      tier: 'E1',
      scope: 'branch',
      target: { refName },
      claim: { by: 'ai', codingAgent: agent.id },
      field: 'branch',
      rule: rule.id,
      ruleVersion: agent.version,
      raw: refName,
      verifier: 'unverifiable',
      observedAt: receivedAt,
    }),
  );
}
