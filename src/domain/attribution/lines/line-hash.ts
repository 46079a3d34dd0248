// What a line is remembered by. Stored, so it never changes: the first 64 bits of the SHA-256 of the normalised line. Too
// few for proof, enough that nobody writes a line by chance, or cheaply on purpose, that passes for another one.
import { hash } from 'node:crypto';
import { encodeBytes } from '../../../protocol/bytes.ts';

const HEX_DIGITS = 16;

/** 64 bits for a line as `normaliseLine` gives it; text and the bytes it stands for have the same. */
export function lineHash(normalised: string | Buffer): bigint {
  return BigInt(`0x${lineHashHex(normalised)}`);
}

/** The same as 16 lower-case hex digits. */
export function lineHashHex(normalised: string | Buffer): string {
  const bytes = typeof normalised === 'string' ? encodeBytes(normalised) : normalised;
  return hash('sha256', bytes).slice(0, HEX_DIGITS);
}
