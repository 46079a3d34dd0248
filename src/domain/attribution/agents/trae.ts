import type { CodingAgent } from './agent-rule.ts';

export const trae: CodingAgent = {
  id: 'trae',
  name: 'Trae',
  version: '2026-08-31',
  names: ['trae agent', 'trae cli'],
  shortNames: ['trae'],
  rules: [{ id: 'trae/identity', reads: 'identity', strength: 'A', emails: ['traecli@bytedance.com'] }],
};
