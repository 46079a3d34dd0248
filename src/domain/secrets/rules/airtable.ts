import { ALNUM, HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { randomAfter } from '../build/random.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'Airtable';
const url = 'https://airtable.com/developers/web/guides/personal-access-tokens';
const remedy = 'Delete the token in the Airtable builder hub and create a new one with the same scopes.';

/** A key may lack a digit, and then looks like the end of a name in camel case, but for its letters. */
function isKey(token: string): boolean | undefined {
  return mixedOnly(token) === undefined ? undefined : randomAfter('key'.length)(token);
}

export const airtableRules = [
  prefixed({
    id: 'airtable-personal-access-token',
    vendor,
    title: 'Airtable personal access token',
    severity: 'high',
    url,
    remedy,
    prefix: 'pat',
    parts: [run(ALNUM, 14), '.', run(HEX, 64)],
  }),
  prefixed({
    id: 'airtable-api-key',
    vendor,
    title: 'Airtable API key (legacy)',
    severity: 'high',
    url,
    remedy,
    prefix: 'key',
    parts: [run(ALNUM, 14)],
    near: ['airtable'],
    verify: isKey,
  }),
];
