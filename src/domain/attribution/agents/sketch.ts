import type { CodingAgent } from './agent-rule.ts';

export const sketch: CodingAgent = {
  id: 'sketch',
  name: 'Sketch',
  version: '2026-08-31',
  names: ['sketch.dev'],
  rules: [{ id: 'sketch/identity', reads: 'identity', strength: 'A', emails: ['hello@sketch.dev'] }],
};
