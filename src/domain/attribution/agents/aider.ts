import type { CodingAgent } from './agent-rule.ts';

export const aider: CodingAgent = {
  id: 'aider',
  name: 'Aider',
  version: '2026-08-31',
  names: ['aider'],
  rules: [
    // As the committer's name alone it means that aider committed what the user had changed: the reader counts it weak.
    { id: 'aider/name', reads: 'name-suffix', strength: 'A', suffix: ' (aider)' },
    {
      id: 'aider/co-author',
      reads: 'identity',
      strength: 'T',
      emails: ['aider@aider.chat', 'noreply@aider.chat', 'aider@aider.dev', 'noreply@aider.dev'],
      name: [/^aider \((?<model>[^()]{1,100})\)$/i],
    },
    // Also what somebody writes who works on a part called aider.
    { id: 'aider/subject', reads: 'line', kind: 'message', strength: 'W', place: 'subject', line: /^aider: ./i },
    { id: 'aider/chat', reads: 'line', kind: 'message', strength: 'T', line: /^# Aider chat conversation:/ },
    { id: 'aider/context', reads: 'line', kind: 'message', strength: 'W', line: /^# Context:$/, next: /^USER:/ },
  ],
};
