import { ALNUM, alphabet, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { hexCrc32 } from '../checksum.ts';
import { run } from '../shape.ts';

const vendor = 'Atlassian';
const url = 'https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/';
const remedy = 'Revoke the token in the Atlassian account security settings and create a new one.';

const CHARS = alphabet('url-safe-equals', `${URL_SAFE.chars}=`);
/** Tokens end in `=` and the CRC of all before; their length varies, and older ones may end otherwise. */
const signed = {
  parts: [run(CHARS, 120, 400)],
  checksum: hexCrc32((token) => token, { isUpper: true, isConfirmed: false }),
};

export const atlassianRules = [
  prefixed({
    id: 'atlassian-api-token',
    vendor,
    title: 'Atlassian API token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'ATATT3',
    ...signed,
  }),
  prefixed({
    id: 'atlassian-bitbucket-app-password',
    vendor,
    title: 'Bitbucket app password',
    severity: 'high',
    url: 'https://support.atlassian.com/bitbucket-cloud/docs/app-passwords/',
    remedy: 'Revoke the app password in the Bitbucket personal settings and use an API token instead.',
    prefix: 'ATBB',
    parts: [run(ALNUM, 32)],
  }),
  prefixed({
    id: 'atlassian-bitbucket-access-token',
    vendor,
    title: 'Bitbucket repository, project or workspace access token',
    severity: 'high',
    url: 'https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/',
    remedy: 'Revoke the access token in the settings of its repository, project or workspace and create a new one.',
    prefix: 'ATCTT3',
    ...signed,
  }),
];
