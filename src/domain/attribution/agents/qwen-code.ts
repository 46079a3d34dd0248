import type { CodingAgent } from './agent-rule.ts';

export const qwenCode: CodingAgent = {
  id: 'qwen-code',
  name: 'Qwen Code',
  version: '2026-08-31',
  names: ['qwen code', 'qwen-code'],
  shortNames: ['qwen'],
  rules: [{ id: 'qwen-code/identity', reads: 'identity', strength: 'T', emails: ['qwen-coder@alibabacloud.com'] }],
};
