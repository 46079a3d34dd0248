import { UPPER_ALNUM } from '../alphabet.ts';
import { beside } from '../build/beside.ts';
import { keyed } from '../build/keyed.ts';
import { prefixed } from '../build/prefixed.ts';
import { run, UUID } from '../shape.ts';

const vendor = 'Scaleway';
const url = 'https://www.scaleway.com/en/docs/iam/how-to/create-api-keys/';
const remedy = 'Delete the API key in Scaleway IAM and make a new one for an application with fewer rights.';

export const scalewayRules = [
  prefixed({
    id: 'scaleway-access-key',
    vendor,
    title: 'Scaleway access key, the id of an API key',
    severity: 'low',
    url,
    remedy,
    prefix: 'SCW',
    parts: [run(UPPER_ALNUM, 17)],
    verify: (token) => (/\d/.test(token) ? undefined : false),
  }),
  beside(
    keyed({
      id: 'scaleway-secret-key',
      vendor,
      title: 'Scaleway secret key',
      severity: 'critical',
      url,
      remedy,
      keywords: ['secret_key', 'secret-key', 'secretkey'],
      parts: UUID,
      maxDistance: 24,
      certainty: 'high',
    }),
    ['scw', 'scaleway'],
  ),
];
