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
    // Seen in its makers' own repository, as author of what an agent and what a release script would write.
    { id: 'cline/cloud', reads: 'identity', strength: 'W', github: [{ id: 276134852, login: 'cline-cloud[bot]' }] },
  ],
};
