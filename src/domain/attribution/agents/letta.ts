import type { CodingAgent } from './agent-rule.ts';

export const letta: CodingAgent = {
  id: 'letta',
  name: 'Letta',
  version: '2026-08-31',
  names: ['letta code'],
  shortNames: ['letta'],
  rules: [{ id: 'letta/identity', reads: 'identity', strength: 'A', emails: ['noreply@letta.com'] }],
};
