import type { CodingAgent } from './agent-rule.ts';

export const gitar: CodingAgent = {
  id: 'gitar',
  name: 'Gitar',
  version: '2026-08-31',
  names: ['gitar ai'],
  rules: [{ id: 'gitar/identity', reads: 'identity', strength: 'A', emails: ['noreply@gitar.ai'] }],
};
