import type { CodingAgent } from './agent-rule.ts';

export const claudeCode: CodingAgent = {
  id: 'claude-code',
  name: 'Claude Code',
  version: '2026-08-31',
  names: ['claude code', 'claude-code', 'claude code cli'],
  shortNames: ['claude'],
  rules: [
    {
      id: 'claude-code/identity',
      reads: 'identity',
      strength: 'A',
      emails: ['noreply@anthropic.com'],
      github: [
        { id: 209825114, login: 'claude[bot]' },
        { id: 215619710, login: 'anthropic-claude[bot]' },
        { id: 208546643, login: 'claude-code-action[bot]' },
      ],
      name: [
        /^(?<model>claude [a-z]{3,20} \d[\d.]{0,10}|claude \d[\d.]{0,10}(?: [a-z]{3,20})?)(?: \([^()]{0,60}\))?$/i,
        /^claude code (?<version>\d[\d.]{0,20}) \/ (?<model>claude [a-z]{3,20} \d[\d.]{0,10})(?: \([^()]{0,60}\))?$/i,
        /^(?<model>claude (?:opus|sonnet|haiku))$/i,
      ],
    },
    // Seen once each: written by an agent that made an address up.
    {
      id: 'claude-code/made-up-identity',
      reads: 'identity',
      strength: 'W',
      emails: ['claude@anthropic.com', 'assistant@anthropic.com'],
    },
    {
      id: 'claude-code/footer',
      reads: 'line',
      kind: 'footer',
      strength: 'T',
      line: /^(?:🤖 {0,3})?generated with \[claude code\]\(https:\/\/claude\.(?:ai\/code|com\/claude-code)\)[.!]?$/i,
    },
    // The cloud writes it whatever the attribution setting says.
    {
      id: 'claude-code/session',
      reads: 'line',
      kind: 'session-link',
      strength: 'L',
      line: /^https:\/\/claude\.ai\/code\/(?<session>session_[a-z0-9]{1,100})$/i,
    },
    {
      id: 'claude-code/session-trailer',
      reads: 'trailer',
      kind: 'session-link',
      strength: 'L',
      key: 'claude-session',
      value: /^https:\/\/claude\.ai\/code\/(?<session>session_[a-z0-9]{1,100})$/i,
    },
    { id: 'claude-code/branch', reads: 'branch', strength: 'W', branch: /^claude(?:code)?\/./i },
  ],
};
