import { ALNUM, BASE64, DIGITS, PADDING } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { narrowed } from '../build/narrow.ts';
import { prefixed } from '../build/prefixed.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'LinkedIn';
const url = 'https://learn.microsoft.com/en-us/linkedin/shared/authentication/authentication';
const remedy = 'Generate a new client secret under Auth of the app in the LinkedIn developer portal.';

export const linkedinRules = [
  prefixed({
    id: 'linkedin-client-secret',
    vendor,
    title: 'LinkedIn client secret',
    severity: 'high',
    url,
    remedy,
    prefix: 'WPL_AP',
    parts: [run(DIGITS, 1), '.', run(ALNUM, 16), '.', run(BASE64, 4, 8), run(PADDING, 0, 2)],
  }),
  narrowed(
    keyed({
      id: 'linkedin-legacy-client-secret',
      vendor,
      title: 'LinkedIn client secret (legacy)',
      severity: 'high',
      url,
      remedy,
      keywords: ['linkedin'],
      parts: [run(ALNUM, 16)],
      verify: mixedOnly,
    }),
    { wants: ['secret'] },
  ),
];
