import { ALNUM, DIGITS } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'ngrok';
const url = 'https://ngrok.com/docs/agent/#authtokens';
const remedy = 'Revoke the authtoken in the ngrok dashboard and make a new one.';

export const ngrokRules = [
  keyed({
    id: 'ngrok-authtoken',
    vendor,
    title: 'ngrok authtoken or API key',
    severity: 'high',
    url,
    remedy,
    keywords: ['ngrok', 'authtoken'],
    parts: [run(DIGITS, 1), run(ALNUM, 26), '_', run(ALNUM, 21)],
    verify: mixedOnly,
  }),
];
