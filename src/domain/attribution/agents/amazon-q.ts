import type { CodingAgent } from './agent-rule.ts';

export const amazonQ: CodingAgent = {
  id: 'amazon-q',
  name: 'Amazon Q Developer',
  version: '2026-08-31',
  names: ['amazon q', 'amazon q developer', 'amazon q cli'],
  rules: [
    {
      id: 'amazon-q/identity',
      reads: 'identity',
      strength: 'A',
      github: [{ id: 208079219, login: 'amazon-q-developer[bot]' }],
    },
  ],
};
