import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'crates.io';
const url = 'https://doc.rust-lang.org/cargo/reference/publishing.html';
const remedy = 'Revoke the token in the crates.io account settings and create a new one.';

export const cratesIoRules = [
  prefixed({
    id: 'crates-io-api-token',
    vendor,
    title: 'crates.io API token',
    severity: 'high',
    url,
    remedy,
    prefix: 'cio',
    parts: [run(ALNUM, 32)],
    verify: mixedOnly,
  }),
];
