import type { CodingAgent } from './agent-rule.ts';

export const openhands: CodingAgent = {
  id: 'openhands',
  name: 'OpenHands',
  version: '2026-08-31',
  names: ['openhands', 'opendevin'],
  rules: [
    {
      id: 'openhands/identity',
      reads: 'identity',
      strength: 'A',
      emails: ['openhands@all-hands.dev', 'openhands@openhands.dev'],
    },
    // It was OpenDevin until August 2024; containers of that name ran until the end of the year.
    {
      id: 'openhands/opendevin-identity',
      reads: 'identity',
      strength: 'A',
      emails: ['opendevin@all-hands.dev', 'opendevin@opendevin.ai'],
      validTo: '2024-12-31',
    },
    { id: 'openhands/branch', reads: 'branch', strength: 'W', branch: /^openhands(?:\/.|-fix-issue-\d)/i },
  ],
};
