import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Square';
const url = 'https://developer.squareup.com/docs/build-basics/access-tokens';
const remedy = 'Replace the access token in the Square developer dashboard and look through recent payments.';

export const squareRules = [
  prefixed({
    id: 'square-access-token',
    vendor,
    title: 'Square access token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'EAAA',
    parts: [run(URL_SAFE, 60)],
    // a line of base64 in a certificate may begin like this and has this very length
    near: ['square', 'token', 'sq_', 'access', 'bearer'],
    certainty: 'high',
  }),
  prefixed({
    id: 'square-legacy-token',
    vendor,
    title: 'Square access token of the old form',
    severity: 'critical',
    url,
    remedy,
    prefix: 'sq0atp-',
    parts: [run(URL_SAFE, 22)],
  }),
  prefixed({
    id: 'square-oauth-secret',
    vendor,
    title: 'Square OAuth application secret',
    severity: 'critical',
    url: 'https://developer.squareup.com/docs/oauth-api/overview',
    remedy: 'Replace the application secret in the Square developer dashboard.',
    prefix: 'sq0csp-',
    parts: [run(URL_SAFE, 43)],
  }),
];
