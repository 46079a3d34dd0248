import { ALNUM, HEX, UPPER_ALNUM, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'New Relic';
const url = 'https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/';
const remedy = 'Delete or rotate the key under API keys in New Relic.';

export const newrelicRules = [
  prefixed({
    id: 'newrelic-user-key',
    vendor,
    title: 'New Relic user key',
    severity: 'critical',
    url,
    remedy,
    prefix: 'NRAK-',
    parts: [run(UPPER_ALNUM, 27)],
  }),
  prefixed({
    id: 'newrelic-insert-key',
    vendor,
    title: 'New Relic insert key',
    severity: 'high',
    url,
    remedy,
    prefix: 'NRII-',
    parts: [run(URL_SAFE, 32)],
  }),
  prefixed({
    id: 'newrelic-license-key',
    vendor,
    title: 'New Relic license key',
    severity: 'high',
    url,
    remedy,
    prefix: 'NRAL',
    before: [run(ALNUM, 36)],
    parts: [],
  }),
  prefixed({
    id: 'newrelic-browser-key',
    vendor,
    title: 'New Relic browser key',
    severity: 'low',
    url,
    remedy,
    prefix: 'NRJS-',
    parts: [run(HEX, 19)],
  }),
];
