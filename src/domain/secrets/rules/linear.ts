import { ALNUM, HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Linear';
const url = 'https://linear.app/developers/graphql';
const remedy = 'Revoke the key under Security and access in the Linear settings and make a new one.';

export const linearRules = [
  prefixed({
    id: 'linear-api-key',
    vendor,
    title: 'Linear API key',
    severity: 'high',
    url,
    remedy,
    prefix: 'lin_api_',
    parts: [run(ALNUM, 40)],
  }),
  prefixed({
    id: 'linear-oauth-token',
    vendor,
    title: 'Linear OAuth access token',
    severity: 'high',
    url: 'https://linear.app/developers/oauth-2-0-authentication',
    remedy,
    prefix: 'lin_oauth_',
    parts: [run(HEX, 64)],
  }),
];
