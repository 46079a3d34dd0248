import { ALNUM } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'Cohere';
const url = 'https://docs.cohere.com/reference/about';
const remedy = 'Delete the key in the Cohere dashboard and create a new one.';

export const cohereRules = [
  keyed({
    id: 'cohere-api-key',
    vendor,
    title: 'Cohere API key',
    severity: 'high',
    url,
    remedy,
    keywords: ['cohere', 'co_api'],
    parts: [run(ALNUM, 40)],
    verify: mixedOnly,
  }),
];
