import type { CodingAgent } from './agent-rule.ts';

// Writes nothing by default. `gemini-cli@google.com` is the identity of a private repository of its own: not read.
export const geminiCli: CodingAgent = {
  id: 'gemini-cli',
  name: 'Gemini CLI',
  version: '2026-08-31',
  names: ['gemini cli', 'gemini-cli', 'google gemini cli'],
  rules: [
    {
      id: 'gemini-cli/identity',
      reads: 'identity',
      strength: 'T',
      github: [{ id: 218195315, login: 'gemini-cli' }],
    },
  ],
};
