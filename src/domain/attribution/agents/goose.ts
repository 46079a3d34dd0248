import type { CodingAgent } from './agent-rule.ts';

// Writes nothing by default. The address is the one that a tool of its makers puts into commits, and their mailbox.
export const goose: CodingAgent = {
  id: 'goose',
  name: 'Goose',
  version: '2026-08-31',
  names: ['block goose', 'codename goose'],
  shortNames: ['goose'],
  rules: [
    { id: 'goose/co-author', reads: 'identity', strength: 'W', emails: ['opensource@block.xyz'], roles: ['co-author'] },
    { id: 'goose/branch', reads: 'branch', strength: 'W', branch: /^goose\/./i },
  ],
};
