import type { CodingAgent } from './agent-rule.ts';

export const opencode: CodingAgent = {
  id: 'opencode',
  name: 'opencode',
  version: '2026-08-31',
  names: ['opencode'],
  rules: [
    {
      id: 'opencode/identity',
      reads: 'identity',
      strength: 'T',
      emails: ['noreply@opencode.ai'],
      github: [{ login: 'opencode-agent[bot]' }],
    },
    { id: 'opencode/branch', reads: 'branch', strength: 'W', branch: /^opencode\/./i },
  ],
};
