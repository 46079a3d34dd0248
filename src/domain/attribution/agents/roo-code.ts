import type { CodingAgent } from './agent-rule.ts';

export const rooCode: CodingAgent = {
  id: 'roo-code',
  name: 'Roo Code',
  version: '2026-08-31',
  names: ['roo code', 'roo-code', 'roomote'],
  rules: [{ id: 'roo-code/identity', reads: 'identity', strength: 'A', emails: ['roomote@roocode.com'] }],
};
