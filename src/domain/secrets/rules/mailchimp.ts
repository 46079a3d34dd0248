import { DIGITS, HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Mailchimp';
const url = 'https://mailchimp.com/help/about-api-keys/';
const remedy = 'Revoke the key under API keys of the Mailchimp account and make a new one.';

export const mailchimpRules = [
  prefixed({
    id: 'mailchimp-api-key',
    vendor,
    title: 'Mailchimp API key',
    severity: 'high',
    url,
    remedy,
    prefix: '-us',
    before: [run(HEX, 32)],
    parts: [run(DIGITS, 1, 2)],
  }),
];
