import { ALNUM, HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'DataStax';
const url = 'https://docs.datastax.com/en/astra-db-serverless/administration/manage-application-tokens.html';
const remedy = 'Delete the application token in the Astra portal and create a new one.';

export const datastaxRules = [
  prefixed({
    id: 'datastax-astra-token',
    vendor,
    title: 'DataStax Astra application token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'AstraCS:',
    parts: [run(ALNUM, 24), ':', run(HEX, 64)],
  }),
];
