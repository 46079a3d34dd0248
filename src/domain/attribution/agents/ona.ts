import type { CodingAgent } from './agent-rule.ts';

export const ona: CodingAgent = {
  id: 'ona',
  name: 'Ona',
  version: '2026-08-31',
  names: ['ona agent'],
  shortNames: ['ona'],
  rules: [{ id: 'ona/identity', reads: 'identity', strength: 'A', emails: ['no-reply@ona.com'] }],
};
