import { HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const openrouterRules = [
  prefixed({
    id: 'openrouter-api-key',
    vendor: 'OpenRouter',
    title: 'OpenRouter API key',
    severity: 'high',
    url: 'https://openrouter.ai/docs/api-reference/authentication',
    remedy: 'Delete the key in the OpenRouter settings and make a new one with a credit limit.',
    prefix: 'sk-or-v1-',
    parts: [run(HEX, 64)],
  }),
];
