// Binary key stores, by the bytes they begin with: Java's JKS and JCEKS, and PKCS #12 (RFC 7292).
import type { SecretRule } from '../rule.ts';

const text = {
  vendor: 'generic',
  severity: 'medium' as const,
  remedy: 'Take the keys in it out of use and make new ones; its password can be tried offline.',
  keepsPlaceholders: true,
};

const PKCS12_HEADER = 4;
const MIN_STORE = 100;

export const keystoreRules: readonly SecretRule[] = [
  {
    ...text,
    id: 'java-keystore',
    title: 'Java key store',
    url: 'https://docs.oracle.com/en/java/javase/21/docs/specs/man/keytool.html',
    anchors: [{ text: '\xfe\xed\xfe\xed' }, { text: '\xce\xce\xce\xce' }],
    check: (bytes, start, end, reading) =>
      start === reading.from && bytes[end + 3] === 2 && reading.to - start > MIN_STORE
        ? { start, end: end + 4, certainty: 'high' }
        : undefined,
  },
  {
    ...text,
    id: 'pkcs12-keystore',
    title: 'PKCS #12 key store',
    url: 'https://datatracker.ietf.org/doc/html/rfc7292',
    anchors: [{ text: '\x02\x01\x030' }],
    check: (bytes, start, end, reading) =>
      start === reading.from + PKCS12_HEADER && bytes[start - 4] === 0x30 && bytes[start - 3] === 0x82
        ? { start: start - PKCS12_HEADER, end, certainty: 'high' }
        : undefined,
  },
];
