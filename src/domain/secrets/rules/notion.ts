import { ALNUM, DIGITS } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'Notion';
const url = 'https://developers.notion.com/guides/get-started/handling-api-keys';
const remedy = 'Refresh the secret of the integration in the Notion settings, which ends the old one.';

export const notionRules = [
  prefixed({
    id: 'notion-integration-token',
    vendor,
    title: 'Notion integration token',
    severity: 'high',
    url,
    remedy,
    prefix: 'ntn_',
    parts: [run(DIGITS, 11), run(ALNUM, 35)],
  }),
  prefixed({
    id: 'notion-legacy-token',
    vendor,
    title: 'Notion integration token (legacy)',
    severity: 'high',
    url,
    remedy,
    prefix: 'secret_',
    parts: [run(ALNUM, 43)],
    near: ['notion'],
    verify: mixedOnly,
  }),
];
