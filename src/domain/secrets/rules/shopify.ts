import { HEX_ANY } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Shopify';
const url = 'https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens';
const parts = [run(HEX_ANY, 32)];

export const shopifyRules = [
  prefixed({
    id: 'shopify-access-token',
    vendor,
    title: 'Shopify Admin API access token',
    severity: 'critical',
    url,
    remedy: 'Uninstall the app from the store or rotate its token, and look through the store for changes.',
    prefix: ['shpat_', 'shpca_', 'shppa_'],
    parts,
  }),
  prefixed({
    id: 'shopify-shared-secret',
    vendor,
    title: 'Shopify shared secret of an app',
    severity: 'high',
    url: 'https://shopify.dev/docs/apps/build/authentication-authorization/client-secrets/rotate-revoke-client-credentials',
    remedy: 'Rotate the client secret of the app in the Shopify dashboard.',
    prefix: 'shpss_',
    parts,
  }),
];
