import { alphabet, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'GoCardless';
const url = 'https://developer.gocardless.com/getting-started/making-your-first-api-request';
const remedy = 'Delete the access token under Developers in the GoCardless dashboard and make a new one.';
const BODY = alphabet('url-safe-padded', `${URL_SAFE.chars}=`);

export const gocardlessRules = [
  prefixed({
    id: 'gocardless-access-token',
    vendor,
    title: 'GoCardless access token (live)',
    severity: 'critical',
    url,
    remedy,
    prefix: 'live_',
    parts: [run(BODY, 40)],
    near: ['gocardless', 'go_cardless'],
  }),
];
