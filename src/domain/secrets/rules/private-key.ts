// Private keys of all kinds.

import { armourAt } from '../keys/armour.ts';
import { keyState } from '../keys/private-key.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const PRIVATE = /^(?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED|ANY|ED25519|SSH2 ENCRYPTED|PGP) )?PRIVATE KEY(?: BLOCK)?$/;
const PUTTY = 'PuTTY-User-Key-File-';
const BODY_LINES = 8_192;

export const privateKeyRules: readonly SecretRule[] = [
  {
    id: 'private-key',
    vendor: 'generic',
    title: 'Private key (PEM, OpenSSH or OpenPGP)',
    severity: 'critical',
    url: 'https://datatracker.ietf.org/doc/html/rfc7468',
    remedy: 'Take the key out of use everywhere (authorized_keys, certificates, signatures) and make a new one.',
    anchors: [{ text: '-----BEGIN ' }],
    keepsPlaceholders: true,
    check: (_bytes, start, end, reading) => armoured(reading, start, end),
  },
  {
    id: 'putty-private-key',
    vendor: 'PuTTY',
    title: 'PuTTY private key',
    severity: 'critical',
    url: 'https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html',
    remedy: 'Take the key out of every authorized_keys file and make a new one.',
    anchors: [{ text: PUTTY, boundary: true }],
    keepsPlaceholders: true,
    check: (_bytes, start, end, reading) => putty(reading, start, end),
  },
];

function armoured(reading: Reading, start: number, end: number): Candidate | undefined {
  if (!labelsPrivateKey(reading, end)) return undefined;
  const armour = armourAt(reading, start, end);
  if (armour === undefined || !PRIVATE.test(armour.label)) return undefined;
  const state = keyState(armour);
  if (state === 'none') return undefined;
  const range = { start, end: armour.end };
  if (state === 'sample') return { ...range, certainty: 'low' };
  if (state === 'broken') return { ...range, certainty: 'medium', severity: 'medium' };
  return { ...range, certainty: 'certain', ...(state === 'encrypted' && { severity: 'medium' as const }) };
}

/** A cheap look before the body is searched: certificates are more common than keys. */
function labelsPrivateKey(reading: Reading, at: number): boolean {
  return reading.text(at, Math.min(reading.to, at + 40)).includes('PRIVATE KEY');
}

/** The lines `Encryption:` and `Private-Lines:` with its body (PuTTY's appendix C). */
function putty(reading: Reading, start: number, end: number): Candidate | undefined {
  const limit = Math.min(reading.to, end + BODY_LINES);
  const next = reading.find(PUTTY, end, limit);
  const text = reading.text(end, next < 0 ? limit : next);
  const body = /\bPrivate-Lines: \d{1,3}(?:\r?\n|\\r?\\?n)((?:[A-Za-z0-9+/=]{20,64}(?:\r?\n|\\n|$))+)/.exec(text);
  const encryption = /\bEncryption: ([\w-]+)/.exec(text)?.[1];
  if (body === null || encryption === undefined) return undefined;
  const range = { start, end: end + body.index + body[0].trimEnd().length };
  return { ...range, certainty: 'certain', ...(encryption !== 'none' && { severity: 'medium' as const }) };
}
