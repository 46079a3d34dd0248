import { HEX } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { run } from '../shape.ts';

const vendor = 'Datadog';
const url = 'https://docs.datadoghq.com/account_management/api-app-keys/';
const remedy = 'Revoke the key under Organization Settings and give its users a new one.';

export const datadogRules = [
  keyed({
    id: 'datadog-api-key',
    vendor,
    title: 'Datadog API key',
    severity: 'high',
    url,
    remedy,
    keywords: ['datadog', 'dd_api', 'dd-api'],
    parts: [run(HEX, 32)],
  }),
  keyed({
    id: 'datadog-application-key',
    vendor,
    title: 'Datadog application key',
    severity: 'high',
    url,
    remedy,
    keywords: ['datadog', 'dd_app', 'dd-app'],
    parts: [run(HEX, 40)],
  }),
];
