import type { CodingAgent } from './agent-rule.ts';

export const mistralVibe: CodingAgent = {
  id: 'mistral-vibe',
  name: 'Mistral Vibe',
  version: '2026-08-31',
  names: ['mistral vibe'],
  shortNames: ['vibe'],
  rules: [{ id: 'mistral-vibe/identity', reads: 'identity', strength: 'A', emails: ['vibe@mistral.ai'] }],
};
