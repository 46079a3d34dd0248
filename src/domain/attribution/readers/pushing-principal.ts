// What it says that a coding agent pushed, with a key or token that is its own: it is who it is, whoever wrote the lines.

import type { Principal } from '../../principal.ts';
import { type CodingAgentId, type Evidence, UNKNOWN_AI } from '../evidence.ts';
import { newEvidence } from './new-evidence.ts';

/**
 * `codingAgent` is what the principal is enrolled as. People and services say nothing by pushing: that a person pushed is
 * no proof that a person wrote.
 */
export function readPrincipal(
  principal: Pick<Principal, 'name' | 'kind' | 'sponsor'>,
  codingAgent?: CodingAgentId,
): Evidence[] {
  const { name, kind, sponsor } = principal;
  if (kind !== 'coding-agent') return [];
  return [
    newEvidence({
      kind: 'principal',
      tier: 'E4',
      scope: 'push',
      target: {},
      claim: { by: 'ai', codingAgent: codingAgent ?? UNKNOWN_AI, ...(sponsor === undefined ? {} : { human: sponsor }) },
      field: 'principal',
      rule: 'principal/coding-agent',
      ruleVersion: '1',
      raw: name,
      verifier: 'verified',
      principal: name,
    }),
  ];
}
