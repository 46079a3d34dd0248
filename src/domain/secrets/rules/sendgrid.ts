import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const sendgridRules = [
  prefixed({
    id: 'sendgrid-api-key',
    vendor: 'SendGrid',
    title: 'SendGrid API key',
    severity: 'high',
    url: 'https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys',
    remedy: 'Delete the key in the SendGrid settings, make a new one, and look for mail you did not send.',
    prefix: 'SG.',
    parts: [run(URL_SAFE, 22), '.', run(URL_SAFE, 43)],
  }),
];
