import { HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Cursor';
const url = 'https://cursor.com/docs/api';
const remedy = 'Revoke the key in the Cursor dashboard and create a new one.';

export const cursorRules = [
  prefixed({
    id: 'cursor-api-key',
    vendor,
    title: 'Cursor API key',
    severity: 'high',
    url,
    remedy,
    prefix: 'key_',
    parts: [run(HEX, 64)],
    near: ['cursor'],
  }),
];
