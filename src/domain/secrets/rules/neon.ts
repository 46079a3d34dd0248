import { LOWER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { lettersAndDigits } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'Neon';
const url = 'https://neon.com/docs/manage/api-keys';
const remedy = 'Revoke the key under API keys in the Neon console and make a new one.';

export const neonRules = [
  prefixed({
    id: 'neon-api-key',
    vendor,
    title: 'Neon API key',
    severity: 'critical',
    url,
    remedy,
    prefix: 'napi_',
    parts: [run(LOWER_ALNUM, 64)],
    verify: lettersAndDigits,
  }),
];
