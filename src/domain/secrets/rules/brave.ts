import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { randomAfter } from '../build/random.ts';
import { run } from '../shape.ts';

const vendor = 'Brave';
const url = 'https://api-dashboard.search.brave.com/documentation/guides/authentication';
const remedy = 'Delete the key in the Brave Search API dashboard and create a new one.';

export const braveRules = [
  prefixed({
    id: 'brave-search-api-key',
    vendor,
    title: 'Brave Search API key',
    severity: 'high',
    url,
    remedy,
    prefix: 'BSA',
    parts: [run(URL_SAFE, 24, 40)],
    verify: randomAfter(3),
  }),
];
