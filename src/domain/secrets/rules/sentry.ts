import { BASE64, HEX, PADDING } from '../alphabet.ts';
import { decodedText } from '../base64.ts';
import { prefixed } from '../build/prefixed.ts';
import { OPEN, run } from '../shape.ts';

const vendor = 'Sentry';
const url = 'https://docs.sentry.io/account/auth-tokens/';
const remedy = 'Revoke the token in the Sentry settings and make a new one.';

export const sentryRules = [
  prefixed({
    id: 'sentry-organization-token',
    vendor,
    title: 'Sentry organization auth token',
    severity: 'high',
    url,
    remedy,
    prefix: 'sntrys_eyJpYXQiO',
    parts: [run(BASE64, 60, OPEN), run(PADDING, 0, 2), '_', run(BASE64, 43)],
    verify: namesOrganization,
  }),
  prefixed({
    id: 'sentry-user-token',
    vendor,
    title: 'Sentry user auth token',
    severity: 'high',
    url,
    remedy,
    prefix: 'sntryu_',
    parts: [run(HEX, 64)],
  }),
];

/** The part between the underscores is JSON with the time of issue and the organization. */
function namesOrganization(token: string): true | undefined {
  const json = decodedText(token.split('_')[1] ?? '');
  return json !== undefined && /^\{"iat":.*"org":.*\}$/.test(json) ? true : undefined;
}
