import type { CodingAgent } from './agent-rule.ts';

export const warp: CodingAgent = {
  id: 'warp',
  name: 'Warp',
  version: '2026-08-31',
  names: ['warp agent', 'oz agent'],
  shortNames: ['warp'],
  rules: [{ id: 'warp/identity', reads: 'identity', strength: 'T', emails: ['oz-agent@warp.dev', 'noreply@warp.dev'] }],
};
