import { ALNUM, WORD } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { base62Crc32 } from '../checksum.ts';
import { run } from '../shape.ts';

const vendor = 'GitHub';
const url =
  'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github';
const remedy = 'Revoke the token in the GitHub settings that issued it and make a new one.';
const checksum = base62Crc32(4);
const parts = [run(ALNUM, 36)];

export const githubRules = [
  prefixed({
    id: 'github-personal-access-token',
    vendor,
    title: 'GitHub personal access token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'ghp_',
    parts,
    checksum,
  }),
  prefixed({
    id: 'github-fine-grained-token',
    vendor,
    title: 'GitHub fine-grained personal access token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'github_pat_',
    parts: [run(ALNUM, 22), '_', run(WORD, 59)],
  }),
  prefixed({
    id: 'github-app-token',
    vendor,
    title: 'GitHub OAuth, user-to-server, server-to-server or refresh token',
    severity: 'high',
    url,
    remedy,
    prefix: ['gho_', 'ghu_', 'ghs_'],
    parts,
    checksum,
  }),
  prefixed({
    id: 'github-refresh-token',
    vendor,
    title: 'GitHub refresh token',
    severity: 'high',
    url,
    remedy,
    prefix: 'ghr_',
    parts: [run(ALNUM, 36, 76)],
  }),
];
