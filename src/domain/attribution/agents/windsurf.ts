import type { CodingAgent } from './agent-rule.ts';

// Writes nothing by default; these are listed by others and hardly ever seen.
export const windsurf: CodingAgent = {
  id: 'windsurf',
  name: 'Windsurf',
  version: '2026-08-31',
  names: ['windsurf', 'windsurf cascade'],
  rules: [
    {
      id: 'windsurf/identity',
      reads: 'identity',
      strength: 'W',
      emails: ['cascade@windsurf.ai'],
      github: [{ id: 189301087, login: 'windsurf-bot[bot]' }],
    },
    { id: 'windsurf/branch', reads: 'branch', strength: 'W', branch: /^windsurf-bot\/./i },
  ],
};
