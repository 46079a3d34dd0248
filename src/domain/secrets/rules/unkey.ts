import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const unkeyRules = [
  prefixed({
    id: 'unkey-root-key',
    vendor: 'Unkey',
    title: 'Unkey root key',
    severity: 'critical',
    url: 'https://www.unkey.com/docs/security/root-keys',
    remedy: 'Delete the root key in the Unkey dashboard and make one with fewer permissions.',
    prefix: 'unkey_',
    parts: [run(ALNUM, 20, 32)],
  }),
];
