// How random a value looks, from its bytes alone.
import { HEX_ANY } from './alphabet.ts';

/** Whether the range holds upper case, lower case and digits. */
export function isMixed(bytes: Uint8Array, start: number, end: number): boolean {
  let kinds = 0;
  for (let at = start; at < end && kinds !== 7; at++) kinds |= kindOf(bytes[at] as number);
  return kinds === 7;
}

function kindOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return 1;
  if (byte >= 0x41 && byte <= 0x5a) return 2;
  return byte >= 0x61 && byte <= 0x7a ? 4 : 0;
}

/** Whether the range holds hex digits only. */
export function isHex(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (HEX_ANY.has[bytes[at] as number] === 0) return false;
  return true;
}

/** Empty between calls. */
const counts = new Uint32Array(256);

/** Shannon entropy in bits a byte. */
export function entropy(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  for (let at = start; at < end; at++) counts[bytes[at] as number] = (counts[bytes[at] as number] as number) + 1;
  let sum = 0;
  for (let at = start; at < end; at++) {
    const count = counts[bytes[at] as number] as number;
    if (count > 1) sum += count * Math.log2(count);
    counts[bytes[at] as number] = 0;
  }
  return Math.log2(length) - sum / length;
}
