import type { CodingAgent } from './agent-rule.ts';

export const junie: CodingAgent = {
  id: 'junie',
  name: 'JetBrains Junie',
  version: '2026-08-31',
  names: ['jetbrains junie', 'jetbrains ai', 'jetbrains ai assistant'],
  shortNames: ['junie'],
  rules: [
    {
      id: 'junie/identity',
      reads: 'identity',
      strength: 'T',
      emails: ['junie@jetbrains.com'],
      github: [
        { id: 247260674, login: 'junie-agent' },
        { id: 220155983, login: 'jetbrains-ai[bot]' },
      ],
    },
  ],
};
