import { HEX } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Mailgun';
const url = 'https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth';
const remedy = 'Delete the key under API keys of the Mailgun account and make a new one.';

export const mailgunRules = [
  prefixed({
    id: 'mailgun-private-key',
    vendor,
    title: 'Mailgun private API key',
    severity: 'high',
    url,
    remedy,
    prefix: 'key-',
    parts: [run(HEX, 32)],
    near: ['mailgun', 'mg_', 'mg.'],
  }),
  keyed({
    id: 'mailgun-api-key',
    vendor,
    title: 'Mailgun API key',
    severity: 'high',
    url,
    remedy,
    keywords: ['mailgun', 'mg_api', 'mg_key'],
    parts: [run(HEX, 32), '-', run(HEX, 8), '-', run(HEX, 8)],
  }),
];
