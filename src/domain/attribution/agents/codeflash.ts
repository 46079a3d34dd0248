import type { CodingAgent } from './agent-rule.ts';

export const codeflash: CodingAgent = {
  id: 'codeflash',
  name: 'Codeflash',
  version: '2026-08-31',
  names: ['codeflash ai'],
  shortNames: ['codeflash'],
  rules: [
    {
      id: 'codeflash/identity',
      reads: 'identity',
      strength: 'A',
      github: [{ id: 148906541, login: 'codeflash-ai[bot]' }],
    },
  ],
};
