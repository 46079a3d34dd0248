// Whether the body of an armour is a private key: DER (X.690) of the right length, OpenSSH's own format, or an OpenPGP
// secret key packet.
import { isPlaceholder } from '../placeholder.ts';
import { randomness } from '../randomness.ts';
import type { Armour } from './armour.ts';

/**
 * `plain` and `encrypted` were verified; `broken` is random base64 that is no whole key; `sample` is what documentation
 * shows of a key; `none` is no key at all.
 */
export type KeyState = 'plain' | 'encrypted' | 'broken' | 'sample' | 'none';

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const MIN_BASE64 = 40;
/** A random body this long that does not parse was cut or is of a kind we do not know. */
const MIN_BROKEN = 64;

const SEQUENCE = 0x30;
const LONG_FORM = 0x80;

export function keyState(armour: Armour): KeyState {
  const { label, base64, headers, isElided } = armour;
  if (base64.length < MIN_BASE64 || !BASE64.test(base64) || isOneLetter(base64)) return 'none';
  const bytes = Buffer.from(base64, 'base64');
  const state = stateOf(label, bytes);
  if (state !== 'broken') return state === 'plain' && headers.includes('ENCRYPTED') ? 'encrypted' : state;
  if (headers.includes('ENCRYPTED')) return 'encrypted';
  const body = Buffer.from(base64, 'latin1');
  if (isElided) return 'sample';
  const isRandom = base64.length >= MIN_BROKEN && randomness(body, 0, body.length) > 0 && !isPlaceholder(base64);
  return isRandom ? 'broken' : 'sample';
}

function stateOf(label: string, bytes: Buffer): KeyState {
  if (label.startsWith('OPENSSH')) return openSshState(bytes);
  if (label.startsWith('PGP')) return isSecretKeyPacket(bytes) ? 'plain' : 'broken';
  if (!isWholeSequence(bytes)) return 'broken';
  return label.startsWith('ENCRYPTED') ? 'encrypted' : 'plain';
}

/** A DER SEQUENCE whose length says exactly where the bytes end. */
export function isWholeSequence(bytes: Buffer): boolean {
  const first = bytes[1];
  if (bytes[0] !== SEQUENCE || first === undefined) return false;
  if (first < LONG_FORM) return bytes.length === 2 + first;
  const size = first - LONG_FORM;
  if (size < 1 || size > 3 || bytes.length < 2 + size) return false;
  return bytes.length === 2 + size + bytes.readUIntBE(2, size);
}

const OPENSSH = 'openssh-key-v1\0';

/** The magic, then the name of the cipher as an SSH string; `none` leaves the key plain. */
function openSshState(bytes: Buffer): KeyState {
  const at = OPENSSH.length;
  if (bytes.length < at + 8 || bytes.toString('latin1', 0, at) !== OPENSSH) return 'broken';
  const length = bytes.readUInt32BE(at);
  return bytes.toString('latin1', at + 4, at + 4 + Math.min(length, 32)) === 'none' ? 'plain' : 'encrypted';
}

/** OpenPGP packet tag 5, old format or new. */
function isSecretKeyPacket(bytes: Buffer): boolean {
  const first = bytes[0] ?? 0;
  return first === 0xc5 || (first & 0xfc) === 0x94;
}

function isOneLetter(base64: string): boolean {
  return new Set(base64).size < 8;
}
