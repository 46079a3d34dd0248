import { ALNUM, HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Brevo';
const url = 'https://developers.brevo.com/docs/getting-started';
const remedy = 'Delete the key under SMTP & API in Brevo and create a new one.';

export const brevoRules = [
  prefixed({
    id: 'brevo-api-key',
    vendor,
    title: 'Brevo (Sendinblue) API key',
    severity: 'high',
    url,
    remedy,
    prefix: 'xkeysib-',
    parts: [run(HEX, 64), '-', run(ALNUM, 16)],
  }),
  prefixed({
    id: 'brevo-smtp-key',
    vendor,
    title: 'Brevo (Sendinblue) SMTP key',
    severity: 'high',
    url,
    remedy,
    prefix: 'xsmtpsib-',
    parts: [run(HEX, 64), '-', run(ALNUM, 16)],
  }),
];
