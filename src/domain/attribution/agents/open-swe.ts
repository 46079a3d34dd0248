import type { CodingAgent } from './agent-rule.ts';

export const openSwe: CodingAgent = {
  id: 'open-swe',
  name: 'Open SWE',
  version: '2026-08-31',
  names: ['open swe', 'open-swe'],
  rules: [{ id: 'open-swe/identity', reads: 'identity', strength: 'A', github: [{ login: 'open-swe[bot]' }] }],
};
