import { ALNUM, HEX, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Harness';
const url = 'https://developer.harness.io/docs/platform/automation/api/add-and-manage-api-keys/';
const remedy = 'Delete or rotate the token under its API key in Harness.';

export const harnessRules = [
  prefixed({
    id: 'harness-access-token',
    vendor,
    title: 'Harness personal or service account token',
    severity: 'critical',
    url,
    remedy,
    prefix: ['pat.', 'sat.'],
    parts: [run(URL_SAFE, 22), '.', run(HEX, 24), '.', run(ALNUM, 20)],
  }),
];
