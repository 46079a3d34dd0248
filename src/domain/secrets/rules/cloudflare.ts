import { ALNUM, HEX, URL_SAFE } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { prefixed } from '../build/prefixed.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'Cloudflare';
const url = 'https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/';
const remedy = 'Roll the token in the Cloudflare dashboard and look through the audit log for its use.';

export const cloudflareRules = [
  prefixed({
    id: 'cloudflare-scannable-token',
    vendor,
    title: 'Cloudflare API token or global key (current format)',
    severity: 'critical',
    url,
    remedy,
    prefix: ['cfut_', 'cfat_', 'cfk_'],
    parts: [run(ALNUM, 40, 56)],
  }),
  keyed({
    id: 'cloudflare-api-token',
    vendor,
    title: 'Cloudflare API token (legacy format)',
    severity: 'high',
    url: 'https://developers.cloudflare.com/fundamentals/api/get-started/create-token/',
    remedy,
    keywords: ['cloudflare', 'cf_api', 'cf-api', 'cf_token', 'cf-token'],
    parts: [run(URL_SAFE, 40)],
    verify: mixedOnly,
  }),
  keyed({
    id: 'cloudflare-global-api-key',
    vendor,
    title: 'Cloudflare global API key',
    severity: 'critical',
    url: 'https://developers.cloudflare.com/fundamentals/api/get-started/keys/',
    remedy: 'Change the global API key in the Cloudflare profile and use scoped tokens instead.',
    keywords: ['cloudflare', 'x-auth-key', 'cf_api', 'cf-api'],
    parts: [run(HEX, 37)],
  }),
  prefixed({
    id: 'cloudflare-origin-ca-key',
    vendor,
    title: 'Cloudflare origin CA key',
    severity: 'high',
    url: 'https://developers.cloudflare.com/fundamentals/api/get-started/ca-keys/',
    remedy: 'Change the origin CA key in the Cloudflare profile.',
    prefix: 'v1.0-',
    parts: [run(HEX, 24), '-', run(HEX, 146)],
  }),
];
