import { ALNUM, alphabet, DIGITS } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Dynatrace';
const url = 'https://docs.dynatrace.com/docs/shortlink/token';
const remedy = 'Delete the token in Dynatrace and generate a new one.';

const LETTER = alphabet('lower', 'abcdefghijklmnopqrstuvwxyz');
/** The public part of the token that Dynatrace's documentation shows. */
const DOCUMENTED = 'ST2EY72KQINMH574WMNVI7YN';

export const dynatraceRules = [
  prefixed({
    id: 'dynatrace-api-token',
    vendor,
    title: 'Dynatrace token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'dt0',
    parts: [run(LETTER, 1), run(DIGITS, 2), '.', run(ALNUM, 24), '.', run(ALNUM, 64)],
    verify: (token) => (token.includes(DOCUMENTED) ? false : undefined),
  }),
];
