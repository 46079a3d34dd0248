import { HEX, LOWER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const zuploRules = [
  prefixed({
    id: 'zuplo-consumer-key',
    vendor: 'Zuplo',
    title: 'Zuplo API key of a consumer',
    severity: 'medium',
    url: 'https://zuplo.com/docs/articles/api-key-leak-detection',
    remedy: 'Roll the key of the consumer in the Zuplo portal.',
    prefix: 'zpka_',
    parts: [run(LOWER_ALNUM, 32), '_', run(HEX, 8)],
  }),
];
