import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const tailscaleRules = [
  prefixed({
    id: 'tailscale-key',
    vendor: 'Tailscale',
    title: 'Tailscale auth key, API key or OAuth client secret',
    severity: 'high',
    url: 'https://tailscale.com/kb/1085/auth-keys',
    remedy: 'Revoke the key in the Tailscale admin console and look for machines that joined with it.',
    prefix: ['tskey-auth-', 'tskey-api-', 'tskey-client-', 'tskey-scim-', 'tskey-webhook-'],
    parts: [run(ALNUM, 8, 24), '-', run(ALNUM, 20, 48)],
  }),
];
