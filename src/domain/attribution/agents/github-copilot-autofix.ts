import type { CodingAgent } from './agent-rule.ts';

export const githubCopilotAutofix: CodingAgent = {
  id: 'github-copilot-autofix',
  name: 'GitHub Copilot review and Autofix',
  version: '2026-08-31',
  names: ['copilot autofix', 'github copilot autofix'],
  rules: [
    {
      id: 'github-copilot-autofix/accepted-suggestion',
      reads: 'identity',
      strength: 'T',
      github: [
        { id: 175728472, login: 'copilot' },
        { id: 62310815, login: 'github-advanced-security[bot]' },
        { id: 167198135, login: 'copilot[bot]' },
      ],
      isPartial: true,
    },
  ],
};
