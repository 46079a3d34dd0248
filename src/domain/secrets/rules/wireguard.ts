import { BASE64 } from '../alphabet.ts';
import { decodeBase64 } from '../base64.ts';
import { beside } from '../build/beside.ts';
import { keyed } from '../build/keyed.ts';
import { run } from '../shape.ts';

const KEY_LENGTH = 32;
const url = 'https://www.wireguard.com/quickstart/';
const parts = [run(BASE64, 43), '='];
const NAMES = ['[interface]', '[peer]', 'wireguard', 'wg0', 'allowedips', 'allowed_ips'];

export const wireguardRules = [
  beside(
    keyed({
      id: 'wireguard-private-key',
      vendor: 'WireGuard',
      title: 'WireGuard private key',
      severity: 'critical',
      url,
      remedy: 'Make a new key pair with wg genkey and give every peer the new public key.',
      keywords: ['privatekey', 'private_key', 'private-key'],
      parts,
      maxDistance: 12,
      certainty: 'high',
      verify: isClamped,
    }),
    NAMES,
  ),
  beside(
    keyed({
      id: 'wireguard-preshared-key',
      vendor: 'WireGuard',
      title: 'WireGuard preshared key',
      severity: 'medium',
      url,
      remedy: 'Make a new preshared key with wg genpsk on both sides.',
      keywords: ['presharedkey', 'preshared_key', 'preshared-key'],
      parts,
      maxDistance: 12,
      certainty: 'high',
    }),
    NAMES,
  ),
];

/** Bits that every Curve25519 private key has set or cleared (RFC 7748, section 5); wg genkey writes them so. */
function isClamped(text: string): true | undefined {
  const key = decodeBase64(text);
  if (key === undefined || key.length !== KEY_LENGTH) return undefined;
  const [first, last] = [key[0] as number, key[KEY_LENGTH - 1] as number];
  return (first & 0b111) === 0 && last >> 6 === 0b01 ? true : undefined;
}
