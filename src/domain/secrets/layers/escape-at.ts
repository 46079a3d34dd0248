// The escapes of all text encodings by the byte they begin with: plain calls, as this is asked of every escape of a text.
import { backslashAt } from './backslash.ts';
import { referenceAt } from './entity.ts';
import { percentAt } from './percent.ts';
import { quotedAt } from './quoted-printable.ts';

/**
 * What the backslash, per cent, ampersand or equals sign at `at` begins, as an escape number; NO_ESCAPE when nothing. Reads
 * nothing behind the end of `bytes`.
 */
export function escapeAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === 0x5c) return backslashAt(bytes, at);
  if (byte === 0x25) return percentAt(bytes, at);
  return byte === 0x26 ? referenceAt(bytes, at) : quotedAt(bytes, at);
}
