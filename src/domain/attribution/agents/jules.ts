import type { CodingAgent } from './agent-rule.ts';

export const jules: CodingAgent = {
  id: 'jules',
  name: 'Jules',
  version: '2026-08-31',
  names: ['google jules', 'google-labs-jules'],
  shortNames: ['jules'],
  rules: [
    {
      id: 'jules/identity',
      reads: 'identity',
      strength: 'A',
      emails: ['jules@google.com'],
      github: [{ id: 161369871, login: 'google-labs-jules[bot]' }],
    },
    { id: 'jules/branch', reads: 'branch', strength: 'W', branch: /^jules\/./i },
    // The number of its task; a date and time written as one number is none.
    {
      id: 'jules/task-branch',
      reads: 'branch',
      strength: 'W',
      branch: /^\D[^\s]{0,200}-(?:[13-9]\d{14,19}|2[1-9]\d{13,18}|20\d\d[2-9]\d{10,15})$/,
    },
  ],
};
