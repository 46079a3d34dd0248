import { alphabet, LOWER_ALNUM } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { run } from '../shape.ts';

const vendor = 'Beamer';
const url = 'https://www.getbeamer.com/api';
const remedy = 'Delete the API key in the Beamer settings and create a new one.';
const KEY = alphabet('beamer-key', `${LOWER_ALNUM.chars}=_-`);

export const beamerRules = [
  keyed({
    id: 'beamer-api-key',
    vendor,
    title: 'Beamer API key',
    severity: 'medium',
    url,
    remedy,
    keywords: ['beamer'],
    parts: ['b_', run(KEY, 44)],
  }),
];
