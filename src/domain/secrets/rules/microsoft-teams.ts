import { alphabet, HEX_ANY, LOWER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run, UUID } from '../shape.ts';

const vendor = 'Microsoft Teams';
const url =
  'https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook';
const remedy = 'Remove the incoming webhook from the channel and make a new one.';
const HOST = alphabet('lower-alnum-dash', `${LOWER_ALNUM.chars}-`);

export const microsoftTeamsRules = [
  prefixed({
    id: 'microsoft-teams-webhook',
    vendor,
    title: 'Microsoft Teams incoming webhook',
    severity: 'medium',
    url,
    remedy,
    prefix: ['.webhook.office.com/webhookb2/', '.office.com/webhook/'],
    before: ['https://', run(HOST, 1, 63)],
    parts: [...UUID, '@', ...UUID, '/IncomingWebhook/', run(HEX_ANY, 32), '/', ...UUID],
  }),
];
