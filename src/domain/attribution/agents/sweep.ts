import type { CodingAgent } from './agent-rule.ts';

export const sweep: CodingAgent = {
  id: 'sweep',
  name: 'Sweep',
  version: '2026-08-31',
  names: ['sweep ai'],
  rules: [
    { id: 'sweep/identity', reads: 'identity', strength: 'A', github: [{ login: 'sweep-ai[bot]' }] },
    { id: 'sweep/branch', reads: 'branch', strength: 'W', branch: /^sweep\/./i },
  ],
};
