import { HEX } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { prefixed } from '../build/prefixed.ts';
import { run, UUID } from '../shape.ts';

const vendor = 'Plaid';
const url = 'https://plaid.com/docs/quickstart/glossary/#access_token';

export const plaidRules = [
  prefixed({
    id: 'plaid-access-token',
    vendor,
    title: 'Plaid access token of a bank connection',
    severity: 'critical',
    url,
    remedy: 'Rotate it with /item/access_token/invalidate and change the Plaid secret as well.',
    prefix: 'access-production-',
    parts: UUID,
  }),
  prefixed({
    id: 'plaid-sandbox-token',
    vendor,
    title: 'Plaid access token (sandbox or development)',
    severity: 'low',
    url,
    remedy: 'Invalidate the token with /item/access_token/invalidate if others use the sandbox too.',
    prefix: ['access-sandbox-', 'access-development-'],
    parts: UUID,
  }),
  keyed({
    id: 'plaid-secret',
    vendor,
    title: 'Plaid secret of a team',
    severity: 'high',
    url: 'https://plaid.com/docs/quickstart/glossary/#secret',
    remedy: 'Rotate the secret in the Plaid dashboard under Developers, Keys.',
    keywords: ['plaid_secret', 'plaid-secret', 'plaidsecret', 'plaid_production_secret'],
    parts: [run(HEX, 30)],
    maxDistance: 24,
  }),
];
