import { BASE32, BASE64, PADDING, UPPER_ALNUM } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { pair } from '../build/pair.ts';
import { prefixed } from '../build/prefixed.ts';
import { mixedOnly } from '../build/verify.ts';
import { OPEN, run, UUID } from '../shape.ts';

const vendor = 'AWS';
const url = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html';
const remedy = 'Deactivate the access key in IAM, make a new one, and look through CloudTrail for its use.';
const temporaryUrl = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html';
const temporaryRemedy = 'Revoke the sessions of the role in IAM and look through CloudTrail for their use.';
const bedrockUrl = 'https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html';

const idHalf = { prefix: ['AKIA', 'ASIA'], parts: [run(BASE32, 16)] };
const secretHalf = [run(BASE64, 40)];
const session = [run(BASE64, 160, OPEN), run(PADDING, 0, 2)];

/** Long-lived Bedrock keys go on with base64 of `BedrockAPIKey-`. */
const BEDROCK = 'ABSKQmVkcm9ja0FQSUtleS';

/** Yandex Cloud's secrets go by the same names and are as long, but begin with `YC`. */
function isSecret(token: string): boolean | undefined {
  return token.startsWith('YC') ? false : mixedOnly(token);
}

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
  prefixed({
    id: 'aws-bearer-key-id',
    vendor,
    title: 'AWS key id of a bearer token or a context',
    severity: 'medium',
    url: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html',
    remedy,
    prefix: ['ABIA', 'ACCA'],
    parts: [run(BASE32, 16)],
  }),
  prefixed({
    id: 'aws-legacy-key-id',
    vendor,
    title: 'AWS access key id (legacy)',
    severity: 'medium',
    url,
    remedy,
    prefix: 'A3T',
    parts: [run(UPPER_ALNUM, 1), run(BASE32, 16)],
  }),
  pair({
    id: 'aws-secret-access-key',
    vendor,
    title: 'AWS secret access key, beside its id',
    severity: 'critical',
    url,
    remedy,
    idHalf,
    secretHalf,
  }),
  keyed({
    id: 'aws-named-secret-key',
    vendor,
    title: 'AWS secret access key',
    severity: 'critical',
    url,
    remedy,
    keywords: [
      'aws_secret',
      'aws-secret',
      'awssecret',
      'aws secret',
      'aws_key',
      'aws-key',
      'awskey',
      'aws_access',
      'aws-access',
      'awsaccess',
      'secretaccesskey',
      'secret_access_key',
      'secret-access-key',
    ],
    parts: secretHalf,
    verify: isSecret,
  }),
  prefixed({
    id: 'aws-session-token',
    vendor,
    title: 'AWS session token',
    severity: 'high',
    url: temporaryUrl,
    remedy: temporaryRemedy,
    prefix: ['IQoJ', 'FwoG', 'FQoG'],
    parts: session,
    verify: mixedOnly,
  }),
  keyed({
    id: 'aws-named-session-token',
    vendor,
    title: 'AWS session token',
    severity: 'high',
    url: temporaryUrl,
    remedy: temporaryRemedy,
    keywords: [
      'aws_session_token',
      'aws-session-token',
      'awssessiontoken',
      'aws_security_token',
      'x-amz-security-token',
    ],
    parts: session,
    verify: mixedOnly,
  }),
  prefixed({
    id: 'aws-bedrock-api-key',
    vendor,
    title: 'Amazon Bedrock API key (long-lived)',
    severity: 'high',
    url: bedrockUrl,
    remedy: 'Delete the service-specific credential of the IAM user and create a new one.',
    prefix: 'ABSK',
    parts: [run(BASE64, 109, 269), run(PADDING, 0, 2)],
    verify: (token) => (token.startsWith(BEDROCK) ? true : undefined),
  }),
  prefixed({
    id: 'aws-bedrock-short-lived-key',
    vendor,
    title: 'Amazon Bedrock API key (short-lived)',
    severity: 'high',
    url: bedrockUrl,
    remedy: temporaryRemedy,
    prefix: 'bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t',
    parts: [run(BASE64, 50, OPEN), run(PADDING, 0, 2)],
  }),
  prefixed({
    id: 'aws-mws-auth-token',
    vendor,
    title: 'Amazon Marketplace Web Service auth token',
    severity: 'high',
    url: 'https://developer-docs.amazon.com/sp-api/docs/authorizing-selling-partner-api-applications',
    remedy: 'Withdraw the authorisation of the developer in Seller Central.',
    prefix: 'amzn.mws.',
    parts: [...UUID],
  }),
];
