import { PADDING, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { OPEN, run } from '../shape.ts';

const vendor = 'Elastic';
const url = 'https://www.elastic.co/docs/deploy-manage/api-keys/elastic-cloud-api-keys';
const remedy = 'Revoke the key under API keys of the organization in the Elastic Cloud console.';

export const elasticRules = [
  prefixed({
    id: 'elastic-cloud-api-key',
    vendor,
    title: 'Elastic Cloud API key',
    severity: 'critical',
    url,
    remedy,
    prefix: 'essu_',
    parts: [run(URL_SAFE, 60, OPEN), run(PADDING, 0, 2)],
  }),
];
