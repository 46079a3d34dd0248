import type { CodingAgent } from './agent-rule.ts';

export const factoryDroid: CodingAgent = {
  id: 'factory-droid',
  name: 'Factory Droid',
  version: '2026-08-31',
  names: ['factory droid'],
  shortNames: ['droid'],
  rules: [
    {
      id: 'factory-droid/identity',
      reads: 'identity',
      strength: 'T',
      github: [{ id: 138933559, login: 'factory-droid[bot]' }],
    },
  ],
};
