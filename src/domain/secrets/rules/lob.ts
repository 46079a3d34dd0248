import { HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Lob';
const url = 'https://help.lob.com/account-management/api-keys';
const remedy = 'Generate a new key under API Keys in the settings of the Lob dashboard, which ends the old one.';

export const lobRules = [
  prefixed({
    id: 'lob-api-key',
    vendor,
    title: 'Lob API key (live)',
    severity: 'critical',
    url,
    remedy,
    prefix: 'live_',
    parts: [run(HEX, 35)],
    near: ['lob'],
  }),
  prefixed({
    id: 'lob-test-key',
    vendor,
    title: 'Lob API key (test environment)',
    severity: 'low',
    url,
    remedy,
    prefix: 'test_',
    parts: [run(HEX, 35)],
    near: ['lob'],
  }),
];
