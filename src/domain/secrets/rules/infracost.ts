import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'Infracost';
const url = 'https://www.infracost.io/docs/';
const remedy = 'Regenerate the API key in the settings of the Infracost organization.';

export const infracostRules = [
  prefixed({
    id: 'infracost-api-key',
    vendor,
    title: 'Infracost API key',
    severity: 'medium',
    url,
    remedy,
    prefix: 'ico-',
    parts: [run(ALNUM, 32)],
    verify: mixedOnly,
  }),
];
