import type { CodingAgent } from './agent-rule.ts';

export const augment: CodingAgent = {
  id: 'augment',
  name: 'Augment Code',
  version: '2026-08-31',
  names: ['augment code', 'augment agent'],
  shortNames: ['augment'],
  rules: [
    { id: 'augment/identity', reads: 'identity', strength: 'T', emails: ['agent@augmentcode.com'] },
    {
      id: 'augment/footer',
      reads: 'line',
      kind: 'footer',
      strength: 'W',
      line: /^(?:🤖 {0,3})?generated with \[augment code\]\(https:\/\/(?:www\.)?augmentcode\.com[^()\s]{0,200}\)[.!]?$/i,
    },
  ],
};
