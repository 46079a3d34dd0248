import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'EasyPost';
const url = 'https://docs.easypost.com/docs/authentication';
const remedy = 'Disable the key on the API keys page of the EasyPost dashboard and create a new one.';

export const easypostRules = [
  prefixed({
    id: 'easypost-api-key',
    vendor,
    title: 'EasyPost API key (production)',
    severity: 'high',
    url,
    remedy,
    prefix: 'EZAK',
    parts: [run(ALNUM, 54)],
  }),
  prefixed({
    id: 'easypost-test-key',
    vendor,
    title: 'EasyPost API key (test)',
    severity: 'low',
    url,
    remedy,
    prefix: 'EZTK',
    parts: [run(ALNUM, 54)],
  }),
];
