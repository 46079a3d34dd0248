import { BASE32, BASE64 } from '../alphabet.ts';
import { pair } from '../build/pair.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'AWS';
const url = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html';
const remedy = 'Deactivate the access key in IAM, make a new one, and look through CloudTrail for its use.';

const idHalf = { prefix: ['AKIA', 'ASIA'], parts: [run(BASE32, 16)] };

export const awsRules = [
  prefixed({
    id: 'aws-access-key-id',
    vendor,
    title: 'AWS access key id',
    severity: 'medium',
    url,
    remedy,
    ...idHalf,
  }),
  pair({
    id: 'aws-secret-access-key',
    vendor,
    title: 'AWS secret access key, beside its id',
    severity: 'critical',
    url,
    remedy,
    idHalf,
    secretHalf: [run(BASE64, 40)],
  }),
];
