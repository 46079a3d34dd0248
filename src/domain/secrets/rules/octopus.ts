import { UPPER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { lettersAndDigits } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'Octopus Deploy';
const url = 'https://octopus.com/docs/octopus-rest-api/how-to-create-an-api-key';
const remedy = 'Revoke the key under My API Keys in the Octopus profile and make a new one.';

export const octopusRules = [
  prefixed({
    id: 'octopus-api-key',
    vendor,
    title: 'Octopus Deploy API key',
    severity: 'critical',
    url,
    remedy,
    prefix: 'API-',
    parts: [run(UPPER_ALNUM, 26)],
    verify: lettersAndDigits,
  }),
];
