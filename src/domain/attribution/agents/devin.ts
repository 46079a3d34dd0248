import type { CodingAgent } from './agent-rule.ts';

export const devin: CodingAgent = {
  id: 'devin',
  name: 'Devin',
  version: '2026-08-31',
  names: ['devin ai'],
  shortNames: ['devin'],
  rules: [
    {
      id: 'devin/identity',
      reads: 'identity',
      strength: 'A',
      github: [{ id: 158243242, login: 'devin-ai-integration[bot]' }],
    },
    { id: 'devin/branch', reads: 'branch', strength: 'W', branch: /^devin\/\d{10}-/i },
  ],
};
