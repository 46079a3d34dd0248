import type { CodingAgent } from './agent-rule.ts';

export const coderabbit: CodingAgent = {
  id: 'coderabbit',
  name: 'CodeRabbit',
  version: '2026-08-31',
  names: ['coderabbit ai'],
  shortNames: ['coderabbit'],
  rules: [
    {
      id: 'coderabbit/identity',
      reads: 'identity',
      strength: 'A',
      github: [{ id: 136622811, login: 'coderabbitai[bot]' }],
    },
  ],
};
