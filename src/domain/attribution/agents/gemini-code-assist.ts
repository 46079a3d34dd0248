import type { CodingAgent } from './agent-rule.ts';

export const geminiCodeAssist: CodingAgent = {
  id: 'gemini-code-assist',
  name: 'Gemini Code Assist',
  version: '2026-08-31',
  names: ['gemini code assist'],
  rules: [
    {
      id: 'gemini-code-assist/accepted-suggestion',
      reads: 'identity',
      strength: 'T',
      github: [{ id: 176961590, login: 'gemini-code-assist[bot]' }],
      isPartial: true,
    },
  ],
};
