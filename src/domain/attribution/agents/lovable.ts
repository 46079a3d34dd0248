import type { CodingAgent } from './agent-rule.ts';

export const lovable: CodingAgent = {
  id: 'lovable',
  name: 'Lovable',
  version: '2026-08-31',
  names: ['lovable.dev'],
  shortNames: ['lovable'],
  rules: [{ id: 'lovable/identity', reads: 'identity', strength: 'A', github: [{ login: 'gpt-engineer-app[bot]' }] }],
};
