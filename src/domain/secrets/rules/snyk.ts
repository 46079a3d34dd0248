import { keyed } from '../build/keyed.ts';
import { UUID } from '../shape.ts';

export const snykRules = [
  keyed({
    id: 'snyk-api-token',
    vendor: 'Snyk',
    title: 'Snyk API token',
    severity: 'high',
    url: 'https://docs.snyk.io/snyk-api/authentication-for-api',
    remedy: 'Revoke the token in the Snyk account settings and make a new one.',
    keywords: [
      'snyk_token',
      'snyk-token',
      'snyk.token',
      'snyktoken',
      'snyk_api',
      'snyk-api',
      'snyk.api',
      'snyk_oauth',
      'snyk_key',
      'snyk auth',
    ],
    parts: UUID,
    maxDistance: 24,
  }),
];
