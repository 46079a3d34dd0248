import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Apify';
const url = 'https://docs.apify.com/platform/integrations/api';
const remedy = 'Delete the token under Settings, API & Integrations, and create a new one.';

export const apifyRules = [
  prefixed({
    id: 'apify-api-token',
    vendor,
    title: 'Apify API token',
    severity: 'high',
    url,
    remedy,
    prefix: 'apify_api_',
    parts: [run(ALNUM, 34, 38)],
  }),
];
