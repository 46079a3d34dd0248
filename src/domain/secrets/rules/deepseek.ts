import { HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'DeepSeek';
const url = 'https://api-docs.deepseek.com/';
const remedy = 'Delete the key on the DeepSeek platform and create a new one.';

export const deepseekRules = [
  prefixed({
    id: 'deepseek-api-key',
    vendor,
    title: 'DeepSeek API key',
    severity: 'high',
    url,
    remedy,
    prefix: 'sk-',
    parts: [run(HEX, 32)],
    near: ['deepseek'],
  }),
];
