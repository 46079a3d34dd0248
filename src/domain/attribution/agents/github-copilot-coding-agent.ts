import type { CodingAgent } from './agent-rule.ts';

// Its first commit is empty and called "Initial plan". That is not read: people write it too, and the author says more.
export const githubCopilotCodingAgent: CodingAgent = {
  id: 'github-copilot-coding-agent',
  name: 'GitHub Copilot coding agent',
  version: '2026-08-31',
  names: ['copilot coding agent', 'github copilot coding agent', 'copilot-swe-agent'],
  rules: [
    {
      id: 'github-copilot-coding-agent/identity',
      reads: 'identity',
      strength: 'A',
      github: [{ id: 198982749, login: 'copilot' }, { login: 'copilot-swe-agent[bot]' }],
    },
    {
      id: 'github-copilot-coding-agent/session',
      reads: 'trailer',
      kind: 'session-link',
      strength: 'L',
      key: 'agent-logs-url',
      value: /^https:\/\/github\.com\/[^/\s]{1,100}\/[^/\s]{1,100}\/sessions\/(?<session>[0-9a-f-]{36})$/i,
      validFrom: '2026-03-20',
    },
    { id: 'github-copilot-coding-agent/branch', reads: 'branch', strength: 'W', branch: /^copilot\/./i },
  ],
};
