import { DIGITS, UPPER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'ClickUp';
const url = 'https://developer.clickup.com/docs/authentication';
const remedy = 'Regenerate the token in the ClickUp settings under Apps.';

export const clickupRules = [
  prefixed({
    id: 'clickup-personal-token',
    vendor,
    title: 'ClickUp personal API token',
    severity: 'high',
    url,
    remedy,
    prefix: 'pk_',
    parts: [run(DIGITS, 6, 10), '_', run(UPPER_ALNUM, 32)],
  }),
];
