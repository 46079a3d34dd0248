import { BASE64, HEX, UPPER_ALNUM } from '../alphabet.ts';
import { pair } from '../build/pair.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'DigitalOcean';
const url = 'https://docs.digitalocean.com/reference/api/create-personal-access-token/';
const remedy = 'Delete the token in the DigitalOcean control panel and create a new one.';
const idHalf = { prefix: 'DO00', parts: [run(UPPER_ALNUM, 16)] };

export const digitaloceanRules = [
  prefixed({
    id: 'digitalocean-personal-access-token',
    vendor,
    title: 'DigitalOcean personal access token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'dop_v1_',
    parts: [run(HEX, 64)],
  }),
  prefixed({
    id: 'digitalocean-oauth-token',
    vendor,
    title: 'DigitalOcean OAuth access token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'doo_v1_',
    parts: [run(HEX, 64)],
  }),
  prefixed({
    id: 'digitalocean-refresh-token',
    vendor,
    title: 'DigitalOcean OAuth refresh token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'dor_v1_',
    parts: [run(HEX, 64)],
  }),
  prefixed({
    id: 'digitalocean-spaces-key-id',
    vendor,
    title: 'DigitalOcean Spaces access key id',
    severity: 'medium',
    url: 'https://docs.digitalocean.com/products/spaces/how-to/manage-access/',
    remedy: 'Delete the access key under Spaces Object Storage and create a new one.',
    ...idHalf,
  }),
  pair({
    id: 'digitalocean-spaces-secret',
    vendor,
    title: 'DigitalOcean Spaces secret, beside its key id',
    severity: 'critical',
    url: 'https://docs.digitalocean.com/products/spaces/how-to/manage-access/',
    remedy: 'Delete the access key under Spaces Object Storage and create a new one.',
    idHalf,
    secretHalf: [run(BASE64, 43)],
  }),
];
