import { BASE64, PADDING } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'WorkOS';
const url = 'https://workos.com/docs/reference/api-keys';
/** base64 of `key_`, after a prefix that others use too. */
const parts = [run(BASE64, 50, 110), run(PADDING, 0, 2)];

export const workosRules = [
  prefixed({
    id: 'workos-live-key',
    vendor,
    title: 'WorkOS API key (production)',
    severity: 'critical',
    url,
    remedy: 'Make a new key in the WorkOS dashboard and expire the leaked one.',
    prefix: 'sk_live_a2V5Xz',
    parts,
  }),
  prefixed({
    id: 'workos-test-key',
    vendor,
    title: 'WorkOS API key (staging)',
    severity: 'low',
    url,
    remedy: 'Make a new key in the WorkOS dashboard and expire the leaked one.',
    prefix: 'sk_test_a2V5Xz',
    parts,
  }),
];
