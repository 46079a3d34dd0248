import type { CodingAgent } from './agent-rule.ts';

export const crush: CodingAgent = {
  id: 'crush',
  name: 'Crush',
  version: '2026-08-31',
  names: ['charm crush'],
  shortNames: ['crush'],
  rules: [{ id: 'crush/identity', reads: 'identity', strength: 'A', emails: ['crush@charm.land'] }],
};
