import type { CodingAgent } from './agent-rule.ts';

// `codex@example.com` was the default identity of a faulty version and maps to a stranger's account: it is not read.
export const openaiCodex: CodingAgent = {
  id: 'openai-codex',
  name: 'OpenAI Codex',
  version: '2026-08-31',
  names: ['codex', 'openai codex', 'codex cli', 'openai codex cli'],
  rules: [
    {
      id: 'openai-codex/identity',
      reads: 'identity',
      strength: 'A',
      emails: ['codex@openai.com', 'noreply@openai.com'],
      github: [
        { id: 199175422, login: 'chatgpt-codex-connector[bot]' },
        { id: 215057067, login: 'openai-codex[bot]' },
      ],
      name: [/^(?:openai )?codex \((?<model>[^()]{1,80})\)$/i, /^(?:openai )?(?<model>gpt[- ]?\d[\w. -]{0,40})$/i],
    },
    { id: 'openai-codex/branch', reads: 'branch', strength: 'W', branch: /^codex\/./i },
  ],
};
