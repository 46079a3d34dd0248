import type { CodingAgent } from './agent-rule.ts';

export const replit: CodingAgent = {
  id: 'replit',
  name: 'Replit',
  version: '2026-08-31',
  names: ['replit agent', 'replit assistant'],
  rules: [
    {
      id: 'replit/author',
      reads: 'trailer',
      kind: 'trailer',
      strength: 'T',
      key: 'replit-commit-author',
      value: /^agent$/i,
    },
    // The Assistant may have written nothing but the message.
    {
      id: 'replit/assistant',
      reads: 'trailer',
      kind: 'trailer',
      strength: 'T',
      key: 'replit-commit-author',
      value: /^assistant$/i,
      isPartial: true,
    },
    {
      id: 'replit/session',
      reads: 'trailer',
      kind: 'session-link',
      strength: 'L',
      key: 'replit-commit-session-id',
      value: /^(?<session>[\w-]{1,100})$/,
      isPartial: true,
    },
    {
      id: 'replit/checkpoint',
      reads: 'trailer',
      kind: 'trailer',
      strength: 'T',
      key: 'replit-commit-checkpoint-type',
      value: /^[\w-]{1,60}$/,
      isPartial: true,
    },
    {
      id: 'replit/event',
      reads: 'trailer',
      kind: 'trailer',
      strength: 'T',
      key: 'replit-commit-event-id',
      value: /^[\w-]{1,100}$/,
      isPartial: true,
    },
  ],
};
