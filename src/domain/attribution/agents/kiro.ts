import type { CodingAgent } from './agent-rule.ts';

export const kiro: CodingAgent = {
  id: 'kiro',
  name: 'Kiro',
  version: '2026-08-31',
  names: ['kiro agent', 'kiro cli'],
  shortNames: ['kiro'],
  rules: [
    {
      id: 'kiro/identity',
      reads: 'identity',
      strength: 'A',
      emails: ['noreply@kiro.dev'],
      github: [{ id: 244629292, login: 'kiro-agent' }],
    },
    { id: 'kiro/branch', reads: 'branch', strength: 'W', branch: /^kiro\/./i },
  ],
};
