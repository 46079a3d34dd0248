import type { CodingAgent } from './agent-rule.ts';

export const seer: CodingAgent = {
  id: 'seer',
  name: 'Sentry Seer',
  version: '2026-08-31',
  names: ['sentry seer'],
  shortNames: ['seer'],
  rules: [{ id: 'seer/identity', reads: 'identity', strength: 'A', github: [{ login: 'seer-by-sentry[bot]' }] }],
};
