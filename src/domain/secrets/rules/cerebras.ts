import { LOWER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Cerebras';
const url = 'https://inference-docs.cerebras.ai/';
const remedy = 'Delete the key in the Cerebras cloud console and create a new one.';

export const cerebrasRules = [
  prefixed({
    id: 'cerebras-api-key',
    vendor,
    title: 'Cerebras API key',
    severity: 'high',
    url,
    remedy,
    prefix: 'csk-',
    parts: [run(LOWER_ALNUM, 48)],
  }),
];
