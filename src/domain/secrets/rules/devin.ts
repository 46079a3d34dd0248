import { BASE32_LOWER } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Devin';
const url = 'https://docs.devin.ai/api-reference/authentication';
const remedy = 'Revoke the key in the Devin settings and create a new one.';

export const devinRules = [
  prefixed({
    id: 'devin-api-key',
    vendor,
    title: 'Devin service user key or personal access token',
    severity: 'high',
    url,
    remedy,
    prefix: 'cog_',
    parts: [run(BASE32_LOWER, 52)],
  }),
];
