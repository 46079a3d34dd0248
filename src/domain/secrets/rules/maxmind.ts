import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'MaxMind';
const url = 'https://support.maxmind.com/knowledge-base/articles/using-maxmind-license-keys';
const remedy = 'Deactivate the key under Manage License Keys of the MaxMind account and generate a new one.';

export const maxmindRules = [
  prefixed({
    id: 'maxmind-license-key',
    vendor,
    title: 'MaxMind license key',
    severity: 'medium',
    url,
    remedy,
    prefix: '_mmk',
    before: [run(ALNUM, 6), '_', run(ALNUM, 29)],
    parts: [],
  }),
];
