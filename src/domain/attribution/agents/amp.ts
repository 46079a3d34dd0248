import type { CodingAgent } from './agent-rule.ts';

export const amp: CodingAgent = {
  id: 'amp',
  name: 'Amp',
  version: '2026-08-31',
  names: ['sourcegraph amp', 'ampcode'],
  shortNames: ['amp'],
  rules: [
    { id: 'amp/identity', reads: 'identity', strength: 'T', emails: ['amp@ampcode.com'] },
    {
      id: 'amp/thread',
      reads: 'trailer',
      kind: 'session-link',
      strength: 'L',
      key: 'amp-thread-id',
      value: /^https:\/\/ampcode\.com\/threads\/(?<session>T-[0-9a-f-]{36})$/i,
    },
  ],
};
