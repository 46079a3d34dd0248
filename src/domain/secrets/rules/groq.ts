import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Groq';
const url = 'https://console.groq.com/docs/quickstart';
const remedy = 'Delete the key under API Keys in the Groq console and make a new one.';

export const groqRules = [
  prefixed({
    id: 'groq-api-key',
    vendor,
    title: 'Groq API key',
    severity: 'high',
    url,
    remedy,
    prefix: 'gsk_',
    parts: [run(ALNUM, 52)],
  }),
];
