import type { CodingAgent } from './agent-rule.ts';

export const cline: CodingAgent = {
  id: 'cline',
  name: 'Cline',
  version: '2026-08-31',
  names: ['cline bot'],
  shortNames: ['cline'],
  rules: [
    {
      id: 'cline/identity',
      reads: 'identity',
      strength: 'A',
      emails: ['noreply@cline.bot'],
      github: [{ id: 205137888, login: 'cline[bot]' }],
    },
  ],
};
