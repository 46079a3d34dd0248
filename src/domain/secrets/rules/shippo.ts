import { HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Shippo';
const url = 'https://docs.goshippo.com/docs/guides_general/authentication/';

export const shippoRules = [
  prefixed({
    id: 'shippo-live-token',
    vendor,
    title: 'Shippo API token (live)',
    severity: 'high',
    url,
    remedy: 'Revoke the token in the Shippo settings under API and make a new one.',
    prefix: 'shippo_live_',
    parts: [run(HEX, 40)],
  }),
  prefixed({
    id: 'shippo-test-token',
    vendor,
    title: 'Shippo API token (test)',
    severity: 'low',
    url,
    remedy: 'Revoke the test token in the Shippo settings if others use it too.',
    prefix: 'shippo_test_',
    parts: [run(HEX, 40)],
  }),
];
