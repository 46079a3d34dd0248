import type { CodingAgent } from './agent-rule.ts';

export const githubCopilot: CodingAgent = {
  id: 'github-copilot',
  name: 'GitHub Copilot',
  version: '2026-08-31',
  names: ['github copilot', 'github copilot cli', 'copilot cli', 'github-copilot'],
  shortNames: ['copilot'],
  rules: [
    {
      id: 'github-copilot/identity',
      reads: 'identity',
      strength: 'T',
      github: [{ id: 223556219, login: 'copilot' }],
    },
    // VS Code added it to every commit, typed by hand or not, from 15 April 2026 (git.addAICoAuthor: "all") to 3 May;
    // installations were slow to follow.
    {
      id: 'github-copilot/editor',
      reads: 'identity',
      strength: 'T',
      emails: ['copilot@github.com'],
      roles: ['co-author'],
      weakFrom: '2026-04-15',
      weakTo: '2026-06-30',
    },
  ],
};
