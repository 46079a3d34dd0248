import { BECH32_UPPER } from '../alphabet.ts';
import { bech32Checksum } from '../bech32.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const PREFIX = 'AGE-SECRET-KEY-1';

const checksum = {
  length: 6,
  isConfirmed: true,
  expected: (token: string): string =>
    bech32Checksum(PREFIX.slice(0, -1).toLowerCase(), token.slice(PREFIX.length).toLowerCase()).toUpperCase(),
};

export const ageRules = [
  prefixed({
    id: 'age-secret-key',
    vendor: 'age',
    title: 'age X25519 identity',
    severity: 'critical',
    url: 'https://age-encryption.org/',
    remedy: 'Make a new identity, encrypt again what the old one could read, and change the secrets in it.',
    prefix: PREFIX,
    parts: [run(BECH32_UPPER, 58)],
    checksum,
  }),
];
