import type { CodingAgent } from './agent-rule.ts';

export const cosine: CodingAgent = {
  id: 'cosine',
  name: 'Cosine',
  version: '2026-08-31',
  names: ['cosine genie'],
  rules: [{ id: 'cosine/identity', reads: 'identity', strength: 'A', emails: ['agent@cosine.sh'] }],
};
