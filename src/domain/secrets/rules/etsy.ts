import { LOWER_ALNUM } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { narrowed } from '../build/narrow.ts';
import { lettersAndDigits } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'Etsy';
const url = 'https://developers.etsy.com/documentation/essentials/authentication/';
const remedy = 'Ask Etsy to replace the keystring of the app and read it from a secret store.';

export const etsyRules = [
  narrowed(
    keyed({
      id: 'etsy-keystring',
      vendor,
      title: 'Etsy API keystring',
      severity: 'medium',
      url,
      remedy,
      keywords: ['etsy'],
      parts: [run(LOWER_ALNUM, 24)],
      verify: lettersAndDigits,
    }),
    { wants: ['key', 'token', 'secret'] },
  ),
];
