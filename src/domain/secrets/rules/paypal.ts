import { HEX, LOWER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'PayPal Braintree';
const url = 'https://developer.paypal.com/braintree/articles/control-panel/important-gateway-credentials';
const parts = [run(LOWER_ALNUM, 16), '$', run(HEX, 32)];

export const paypalRules = [
  prefixed({
    id: 'braintree-access-token',
    vendor,
    title: 'Braintree access token (production)',
    severity: 'critical',
    url,
    remedy: 'Revoke the token in the Braintree control panel and connect the merchant again.',
    prefix: 'access_token$production$',
    parts,
  }),
  prefixed({
    id: 'braintree-sandbox-token',
    vendor,
    title: 'Braintree access token (sandbox)',
    severity: 'low',
    url,
    remedy: 'Revoke the token in the Braintree sandbox if others use it too.',
    prefix: 'access_token$sandbox$',
    parts,
  }),
];
