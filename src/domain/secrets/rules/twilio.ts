import { ALNUM, HEX } from '../alphabet.ts';
import { beside } from '../build/beside.ts';
import { keyed } from '../build/keyed.ts';
import { run } from '../shape.ts';

const vendor = 'Twilio';
const url = 'https://www.twilio.com/docs/iam/api-keys';
const remedy = 'Promote a second auth token in the Twilio console and retire the leaked one.';
const NAMES = ['twilio', 'account_sid', 'accountsid', 'account-sid'];

export const twilioRules = [
  keyed({
    id: 'twilio-api-key-sid',
    vendor,
    title: 'Twilio API key SID, the id of an API key',
    severity: 'medium',
    url,
    remedy: 'Delete the API key in the Twilio console if its secret leaked as well.',
    keywords: ['twilio', 'api_key_sid', 'apikeysid'],
    parts: ['SK', run(HEX, 32)],
  }),
  beside(
    keyed({
      id: 'twilio-auth-token',
      vendor,
      title: 'Twilio auth token of an account',
      severity: 'critical',
      url,
      remedy,
      keywords: ['auth_token', 'authtoken', 'auth-token', 'twilio_token'],
      parts: [run(HEX, 32)],
      maxDistance: 24,
      certainty: 'high',
    }),
    NAMES,
  ),
  keyed({
    id: 'twilio-api-key-secret',
    vendor,
    title: 'Twilio API key secret',
    severity: 'high',
    url,
    remedy: 'Delete the API key in the Twilio console and make a new one.',
    keywords: ['twilio_api_key_secret', 'twilio_api_secret', 'twilio_secret', 'twilioapisecret', 'twilio-api-secret'],
    parts: [run(ALNUM, 32)],
    maxDistance: 24,
  }),
];
