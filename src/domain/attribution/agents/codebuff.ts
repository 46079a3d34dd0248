import type { CodingAgent } from './agent-rule.ts';

export const codebuff: CodingAgent = {
  id: 'codebuff',
  name: 'Codebuff',
  version: '2026-08-31',
  names: ['codebuff'],
  rules: [{ id: 'codebuff/identity', reads: 'identity', strength: 'A', emails: ['noreply@codebuff.com'] }],
};
