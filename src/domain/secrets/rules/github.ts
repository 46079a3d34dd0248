import { ALNUM, DIGITS, HEX, URL_SAFE, WORD } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { narrowed } from '../build/narrow.ts';
import { prefixed } from '../build/prefixed.ts';
import { holdsJson } from '../build/verify.ts';
import { base62Crc32 } from '../checksum.ts';
import { OPEN, run } from '../shape.ts';

const vendor = 'GitHub';
const url =
  'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github';
const remedy = 'Revoke the token in the GitHub settings that issued it and make a new one.';
const checksum = base62Crc32(4);
const parts = [run(ALNUM, 36)];

/** `ghs_`, the app's number, `_` and a JWT. */
function holdsAlgorithm(token: string): boolean | undefined {
  return holdsJson(token.indexOf('_', 4) + 1, 'alg')(token);
}

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
    title: 'GitHub OAuth, user-to-server or server-to-server token',
    severity: 'high',
    url,
    remedy,
    prefix: ['gho_', 'ghu_', 'ghs_'],
    parts,
    checksum,
  }),
  prefixed({
    id: 'github-stateless-token',
    vendor,
    title: 'GitHub App installation token (stateless)',
    severity: 'high',
    url: 'https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app',
    remedy: 'Revoke the token through the API of GitHub Apps; it ends by itself within an hour.',
    prefix: 'ghs_',
    parts: [
      run(DIGITS, 1, 12),
      '_eyJ',
      run(URL_SAFE, 14, OPEN),
      '.',
      run(URL_SAFE, 14, OPEN),
      '.',
      run(URL_SAFE, 20, OPEN),
    ],
    verify: holdsAlgorithm,
  }),
  prefixed({
    id: 'github-refresh-token',
    vendor,
    title: 'GitHub refresh token',
    severity: 'high',
    url: 'https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens',
    remedy,
    prefix: 'ghr_',
    parts: [run(ALNUM, 36, 76)],
    checksum: { ...checksum, isConfirmed: false },
  }),
  narrowed(
    keyed({
      id: 'github-legacy-token',
      vendor,
      title: 'GitHub token or client secret without a prefix',
      severity: 'high',
      url,
      remedy,
      keywords: ['github', 'gh_'],
      parts: [run(HEX, 40)],
    }),
    {
      wants: ['token', 'secret', 'pat', 'auth', 'password', 'api_key', 'api-key', 'apikey'],
      refuses: ['rev', 'ref', 'sha', 'github.com/'],
    },
  ),
];
