import type { CodingAgent } from './agent-rule.ts';

export const mentat: CodingAgent = {
  id: 'mentat',
  name: 'Mentat',
  version: '2026-08-31',
  names: ['mentatbot'],
  shortNames: ['mentat'],
  rules: [
    { id: 'mentat/identity', reads: 'identity', strength: 'A', github: [{ id: 160964065, login: 'mentatbot[bot]' }] },
  ],
};
