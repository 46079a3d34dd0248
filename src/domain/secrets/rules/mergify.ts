import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { OPEN, run } from '../shape.ts';

const vendor = 'Mergify';
const url = 'https://docs.mergify.com/api/application-keys';
const remedy = 'Delete the key under API Keys in the settings of the Mergify organization and make a new one.';

export const mergifyRules = [
  prefixed({
    id: 'mergify-application-key',
    vendor,
    title: 'Mergify application key',
    severity: 'high',
    url,
    remedy,
    prefix: 'mergify_application_key_',
    parts: [run(URL_SAFE, 40, OPEN)],
  }),
];
