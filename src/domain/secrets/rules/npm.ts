import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { base62Crc32 } from '../checksum.ts';
import { run } from '../shape.ts';

const vendor = 'npm';
const url = 'https://docs.npmjs.com/about-access-tokens';
const remedy = 'Revoke the token with npm token revoke and look through what was published with it.';

export const npmRules = [
  prefixed({
    id: 'npm-access-token',
    vendor,
    title: 'npm access token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'npm_',
    parts: [run(ALNUM, 36)],
    checksum: base62Crc32(4),
  }),
];
