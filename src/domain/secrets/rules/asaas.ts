import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { OPEN, run } from '../shape.ts';

const vendor = 'Asaas';
const url = 'https://docs.asaas.com/docs/api-keys';
const remedy = 'Delete the key under Integrations in Asaas and create a new one.';

export const asaasRules = [
  prefixed({
    id: 'asaas-api-key',
    vendor,
    title: 'Asaas API key',
    severity: 'critical',
    url,
    remedy,
    prefix: '$aact_prod_',
    parts: [run(URL_SAFE, 20, OPEN)],
  }),
  prefixed({
    id: 'asaas-sandbox-key',
    vendor,
    title: 'Asaas API key (sandbox)',
    severity: 'low',
    url,
    remedy,
    prefix: '$aact_hmlg_',
    parts: [run(URL_SAFE, 20, OPEN)],
  }),
];
