import type { CodingAgent } from './agent-rule.ts';

// `zed-zippy[bot]` carries changes between branches of the editor's own repository: see automation.ts.
export const zed: CodingAgent = {
  id: 'zed',
  name: 'Zed Agent',
  version: '2026-08-31',
  names: ['zed agent'],
  shortNames: ['zed'],
  rules: [{ id: 'zed/identity', reads: 'identity', strength: 'T', emails: ['noreply@zed.dev', 'agent@zed.dev'] }],
};
