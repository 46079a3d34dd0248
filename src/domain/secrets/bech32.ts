// The checksum of Bech32 (BIP-173), which age and Nostr put at the end of their keys.

const CHARS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const CHECKSUM_LENGTH = 6;

/** The six characters after `data`; both texts in lower case, `prefix` without the `1`. Other characters count as 0. */
export function bech32Checksum(prefix: string, data: string): string {
  const values = [...data].map((one) => Math.max(0, CHARS.indexOf(one)));
  const rest = polymod([...expanded(prefix), ...values, ...new Array<number>(CHECKSUM_LENGTH).fill(0)]) ^ 1;
  const places = Array.from({ length: CHECKSUM_LENGTH }, (_, i) => 5 * (CHECKSUM_LENGTH - 1 - i));
  return places.map((place) => CHARS[(rest >>> place) & 31]).join('');
}

function expanded(prefix: string): number[] {
  const codes = [...Buffer.from(prefix, 'latin1')];
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function polymod(values: readonly number[]): number {
  let state = 1;
  for (const value of values) {
    const top = state >>> 25;
    state = ((state & 0x1ffffff) << 5) ^ value;
    GENERATORS.forEach((generator, i) => {
      if (((top >>> i) & 1) === 1) state ^= generator;
    });
  }
  return state >>> 0;
}
