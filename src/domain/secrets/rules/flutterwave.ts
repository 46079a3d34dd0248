import { alphabet, LOWER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Flutterwave';
const url = 'https://developer.flutterwave.com/v3.0/docs/authentication';
const remedy = 'Generate a new secret key under API keys in the Flutterwave dashboard and end the old one at once.';
/** Newer keys have a second group before the `-X`. */
const BODY = alphabet('lower-alnum-dash', `${LOWER_ALNUM.chars}-`);

export const flutterwaveRules = [
  prefixed({
    id: 'flutterwave-secret-key',
    vendor,
    title: 'Flutterwave secret key (live)',
    severity: 'critical',
    url,
    remedy,
    prefix: 'FLWSECK-',
    parts: [run(BODY, 32, 60), '-X'],
  }),
  prefixed({
    id: 'flutterwave-test-key',
    vendor,
    title: 'Flutterwave secret key (test mode)',
    severity: 'low',
    url,
    remedy,
    prefix: 'FLWSECK_TEST-',
    parts: [run(BODY, 12, 60), '-X'],
  }),
];
