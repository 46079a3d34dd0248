import { LOWER_ALNUM } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Twitch';
const url = 'https://dev.twitch.tv/docs/authentication/';

export const twitchRules = [
  prefixed({
    id: 'twitch-oauth-token',
    vendor,
    title: 'Twitch chat OAuth token',
    severity: 'high',
    url,
    remedy: 'Disconnect the app in the Twitch settings under Connections and sign in anew.',
    prefix: 'oauth:',
    parts: [run(LOWER_ALNUM, 30)],
    near: ['twitch', 'irc', 'tmi', 'chat', 'bot', 'pass'],
    certainty: 'high',
  }),
  keyed({
    id: 'twitch-client-secret',
    vendor,
    title: 'Twitch client secret or token',
    severity: 'high',
    url,
    remedy: 'Make a new secret for the app in the Twitch developer console.',
    keywords: ['twitch_client_secret', 'twitch_secret', 'twitchclientsecret', 'twitch_token', 'twitch_access_token'],
    parts: [run(LOWER_ALNUM, 30)],
    maxDistance: 24,
  }),
];
