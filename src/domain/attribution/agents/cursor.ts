import type { CodingAgent } from './agent-rule.ts';

export const cursor: CodingAgent = {
  id: 'cursor',
  name: 'Cursor',
  version: '2026-08-31',
  names: ['cursor', 'cursor agent', 'cursor cli'],
  rules: [
    {
      id: 'cursor/identity',
      reads: 'identity',
      strength: 'A',
      emails: ['cursoragent@cursor.com'],
      github: [{ id: 206951365, login: 'cursor[bot]' }, { login: 'cursoragent[bot]' }],
    },
    { id: 'cursor/made-with', reads: 'trailer', kind: 'trailer', strength: 'T', key: 'made-with', value: /^cursor$/i },
    { id: 'cursor/branch', reads: 'branch', strength: 'W', branch: /^cursor\/[^\s]{1,200}-[0-9a-f]{4}$/i },
  ],
};
