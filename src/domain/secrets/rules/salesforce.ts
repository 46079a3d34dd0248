import { ALNUM, alphabet, WORD } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const SESSION = alphabet('salesforce-session', `${WORD.chars}.-`);

export const salesforceRules = [
  prefixed({
    id: 'salesforce-session-id',
    vendor: 'Salesforce',
    title: 'Salesforce session id or access token',
    severity: 'high',
    url: 'https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/quickstart_oauth.htm',
    remedy: 'End the session in Salesforce under Session Management and revoke the OAuth tokens of the app.',
    prefix: '00D',
    parts: [run(ALNUM, 12), '!', run(SESSION, 80, 260)],
  }),
];
