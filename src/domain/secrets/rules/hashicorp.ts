import { ALNUM, alphabet, URL_SAFE } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { prefixed } from '../build/prefixed.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'HashiCorp';
const url = 'https://developer.hashicorp.com/vault/docs/concepts/tokens';
const remedy = 'Revoke the token with vault token revoke and look through the audit log for its use.';
const BODY = alphabet('url-safe-padded', `${URL_SAFE.chars}=`);

export const hashicorpRules = [
  prefixed({
    id: 'terraform-cloud-token',
    vendor,
    title: 'HCP Terraform or Terraform Enterprise API token',
    severity: 'critical',
    url: 'https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens',
    remedy: 'Delete the token in the settings of the user, team or organization in HCP Terraform.',
    prefix: '.atlasv1.',
    before: [run(ALNUM, 14)],
    parts: [run(BODY, 60, 70)],
  }),
  prefixed({
    id: 'vault-service-token',
    vendor,
    title: 'HashiCorp Vault service token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'hvs.',
    parts: [run(URL_SAFE, 90, 120)],
  }),
  prefixed({
    id: 'vault-root-token',
    vendor,
    title: 'HashiCorp Vault root or plain service token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'hvs.',
    parts: [run(ALNUM, 24)],
    verify: mixedOnly,
  }),
  prefixed({
    id: 'vault-batch-token',
    vendor,
    title: 'HashiCorp Vault batch token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'hvb.',
    parts: [run(URL_SAFE, 138, 300)],
  }),
  prefixed({
    id: 'vault-recovery-token',
    vendor,
    title: 'HashiCorp Vault recovery token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'hvr.',
    parts: [run(URL_SAFE, 24, 300)],
    verify: mixedOnly,
  }),
  keyed({
    id: 'vault-legacy-token',
    vendor,
    title: 'HashiCorp Vault service token (before 1.10)',
    severity: 'critical',
    url,
    remedy,
    keywords: ['vault'],
    parts: ['s.', run(ALNUM, 24)],
    verify: mixedOnly,
  }),
];
