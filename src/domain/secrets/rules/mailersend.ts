import { HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'MailerSend';
const url = 'https://developers.mailersend.com/general.html';
const remedy = 'Delete the API token of the domain in MailerSend and make a new one.';

export const mailersendRules = [
  prefixed({
    id: 'mailersend-api-token',
    vendor,
    title: 'MailerSend API token',
    severity: 'high',
    url,
    remedy,
    prefix: 'mlsn.',
    parts: [run(HEX, 64)],
  }),
];
