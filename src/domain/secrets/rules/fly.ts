import { BASE64, PADDING, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { OPEN, run } from '../shape.ts';

const vendor = 'Fly.io';
const url = 'https://fly.io/docs/security/tokens/';
const remedy = 'Revoke the token with flyctl tokens revoke, or under Tokens in the dashboard.';

export const flyRules = [
  prefixed({
    id: 'fly-macaroon-token',
    vendor,
    title: 'Fly.io access token (macaroon)',
    severity: 'critical',
    url,
    remedy,
    prefix: ['fm2_', 'fm1r_', 'fm1a_'],
    parts: [run(BASE64, 100, OPEN), run(PADDING, 0, 2)],
  }),
  prefixed({
    id: 'fly-legacy-token',
    vendor,
    title: 'Fly.io personal access token (legacy)',
    severity: 'critical',
    url,
    remedy,
    prefix: 'fo1_',
    parts: [run(URL_SAFE, 43)],
  }),
];
