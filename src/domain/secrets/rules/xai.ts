import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const xaiRules = [
  prefixed({
    id: 'xai-api-key',
    vendor: 'xAI',
    title: 'xAI API key',
    severity: 'high',
    url: 'https://docs.x.ai/docs/tutorial',
    remedy: 'Delete the key in the xAI console and make a new one with a limit.',
    prefix: 'xai-',
    parts: [run(ALNUM, 80)],
  }),
];
