import type { CodingAgent } from './agent-rule.ts';

export const kiloCode: CodingAgent = {
  id: 'kilo-code',
  name: 'Kilo Code',
  version: '2026-08-31',
  names: ['kilo code', 'kilo-code', 'kilocode'],
  rules: [{ id: 'kilo-code/name', reads: 'name-suffix', strength: 'A', suffix: ' (gastown)' }],
};
