import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'CockroachDB';
const url = 'https://www.cockroachlabs.com/docs/cockroachcloud/managing-access';
const remedy = 'Delete the API key of the service account in the CockroachDB Cloud console and create a new one.';

export const cockroachdbRules = [
  prefixed({
    id: 'cockroachdb-cloud-api-key',
    vendor,
    title: 'CockroachDB Cloud API key',
    severity: 'critical',
    url,
    remedy,
    prefix: 'CCDB1_',
    parts: [run(ALNUM, 22), '_', run(ALNUM, 40)],
  }),
];
