import type { CodingAgent } from './agent-rule.ts';

export const firebender: CodingAgent = {
  id: 'firebender',
  name: 'Firebender',
  version: '2026-08-31',
  names: ['firebender'],
  rules: [
    {
      id: 'firebender/footer',
      reads: 'line',
      kind: 'footer',
      strength: 'T',
      line: /^(?:🤖 {0,3})?generated with \[firebender\]\(https:\/\/firebender\.com\/?\)[.!]?$/i,
    },
  ],
};
