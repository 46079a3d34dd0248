import { DIGITS, HEX } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { variants } from '../build/variants.ts';
import { run } from '../shape.ts';

const token = {
  id: 'asana-personal-access-token',
  vendor: 'Asana',
  title: 'Asana personal access token',
  severity: 'high',
  url: 'https://developers.asana.com/docs/personal-access-token',
  remedy: 'Deauthorise the token in the Asana developer console and create a new one.',
  keywords: ['asana'],
} as const;
const id = run(DIGITS, 13, 18);

export const asanaRules = [
  variants(
    keyed({ ...token, parts: [run(DIGITS, 1), '/', id, ':', run(HEX, 32)] }),
    keyed({ ...token, parts: [run(DIGITS, 1), '/', id, '/', id, ':', run(HEX, 32)] }),
  ),
];
