import { BASE64 } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Intercom';
const url = 'https://developers.intercom.com/docs/build-an-integration/learn-more/authentication';
const remedy = 'Regenerate the access token of the app in the Intercom developer hub.';

/** The text it is made of: `tok:`, an id, and two numbers. */
function isTok(token: string): true | undefined {
  return /^tok:\w{20,40}:\d+:\d+$/.test(Buffer.from(token, 'base64').toString('latin1')) || undefined;
}

export const intercomRules = [
  prefixed({
    id: 'intercom-access-token',
    vendor,
    title: 'Intercom access token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'dG9rO',
    parts: [run(BASE64, 54), '='],
    verify: isTok,
  }),
];
