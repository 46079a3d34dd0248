import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { base62Crc32 } from '../checksum.ts';
import { run } from '../shape.ts';

export const sallyportRules = [
  prefixed({
    id: 'sallyport-access-token',
    vendor: 'Sallyport',
    title: 'Access token of a Sallyport gateway',
    severity: 'critical',
    url: 'https://datatracker.ietf.org/doc/html/rfc6750#section-5.2',
    remedy: 'Revoke the token with sallyport token revoke and make a new one.',
    prefix: 'sp_',
    parts: [run(ALNUM, 46)],
    checksum: base62Crc32(0),
  }),
];
