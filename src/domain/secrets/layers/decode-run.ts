// base64 and hex to bytes. Runs in a text are mostly short, and calling the platform's decoder, which wants a string, costs
// more than decoding them.
import { BASE64_CHARS, hexValue } from './bytes.ts';

const SHORT = 512;
const VALUES = valueTable();

/**
 * Decodes the characters (both alphabets, no padding) of [from, to); a last one that is no whole byte is dropped. The
 * answer is valid until the next call.
 */
export function decodeBase64(chars: Buffer, from: number, to: number): Buffer {
  if (to - from > SHORT) return Buffer.from(chars.toString('latin1', from, to), 'base64');
  return decodeShort(chars, VALUES, from, to);
}

/** By length: all over the same bytes, as a text may be nothing but short runs and a new buffer costs more than they do. */
const SHORT_ONES: Buffer[] = [];
const SHORT_BYTES = Buffer.alloc(SHORT);

function shortOne(length: number): Buffer {
  const known = SHORT_ONES[length];
  if (known !== undefined) return known;
  const made = SHORT_BYTES.subarray(0, length);
  SHORT_ONES[length] = made;
  return made;
}

/** Decodes pairs of hex digits in [start, end); half a pair is dropped. */
export function decodeHex(bytes: Buffer, start: number, end: number): Buffer {
  if (end - start > SHORT) return Buffer.from(bytes.toString('latin1', start, end - ((end - start) % 2)), 'hex');
  const out = Buffer.allocUnsafe((end - start) >> 1);
  for (let at = 0; at < out.length; at++) {
    out[at] = hexValue(bytes[start + at * 2]) * 16 + hexValue(bytes[start + at * 2 + 1]);
  }
  return out;
}

function decodeShort(chars: Buffer, values: Readonly<Uint8Array>, from: number, to: number): Buffer {
  const out = shortOne(((to - from) * 6) >> 3);
  let length = 0;
  for (let at = from; length < out.length; at += 4) {
    // What is past the end stands in bits that are not written.
    const group =
      ((values[chars[at] as number] as number) << 18) |
      ((values[chars[at + 1] as number] as number) << 12) |
      ((values[chars[at + 2] ?? 0] as number) << 6) |
      (values[chars[at + 3] ?? 0] as number);
    out[length++] = group >> 16;
    if (length < out.length) out[length++] = (group >> 8) & 0xff;
    if (length < out.length) out[length++] = group & 0xff;
  }
  return out;
}

function valueTable(): Uint8Array {
  const table = new Uint8Array(256);
  [...`${BASE64_CHARS}-_`].forEach((char, index) => {
    table[char.charCodeAt(0)] = index < 64 ? index : index - 2;
  });
  return table;
}
