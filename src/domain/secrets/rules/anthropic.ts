import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { OPEN, run } from '../shape.ts';

const vendor = 'Anthropic';
const url = 'https://docs.claude.com/en/api/overview';
const remedy = 'Delete the key in the Claude console and create a new one.';

export const anthropicRules = [
  prefixed({
    id: 'anthropic-api-key',
    vendor,
    title: 'Anthropic API key',
    severity: 'high',
    url,
    remedy,
    prefix: 'sk-ant-api03-',
    parts: [run(URL_SAFE, 93), 'AA'],
  }),
  prefixed({
    id: 'anthropic-admin-key',
    vendor,
    title: 'Anthropic admin key',
    severity: 'critical',
    url,
    remedy,
    prefix: 'sk-ant-admin01-',
    parts: [run(URL_SAFE, 93), 'AA'],
  }),
  prefixed({
    id: 'anthropic-oauth-token',
    vendor,
    title: 'Anthropic OAuth access or refresh token',
    severity: 'high',
    url,
    remedy: 'Log the session out in the account settings, which ends the token, and log in again.',
    prefix: ['sk-ant-oat01-', 'sk-ant-ort01-'],
    parts: [run(URL_SAFE, 80, OPEN)],
  }),
];
