// The encodings that stand inside ordinary text: a few bytes written otherwise, the rest verbatim. Each is a record; one
// loop finds where they matter (text-regions.ts), one turns a region into a layer.
import type { Range } from './layer.ts';
import type { MappedText } from './mapped-text.ts';

export interface TextEncoding {
  readonly label: string;
  /** Table of the bytes an escape begins with. */
  readonly marks: Readonly<Uint8Array>;
  /**
   * Writes what the escape at `at` stands for. Answers how many bytes it takes up, 0 when there is no escape. Reads
   * nothing from `end` on.
   */
  decodeAt(bytes: Buffer, at: number, end: number, out: MappedText): number;
}

/** Writes the region with every escape of this encoding decoded, once. */
export function decodeRegion(encoding: TextEncoding, bytes: Buffer, { start, end }: Range, out: MappedText): void {
  const region = bytes.subarray(0, end);
  let copied = start;
  let at = start;
  while (at < end) {
    if (encoding.marks[region[at] as number] !== 1) {
      at += 1;
      continue;
    }
    out.copy(region, copied, at);
    const taken = encoding.decodeAt(region, at, end, out);
    copied = at + taken;
    at += taken === 0 ? 1 : taken;
  }
  out.copy(region, copied, end);
}

export function marksOf(chars: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const char of chars) table[char.charCodeAt(0)] = 1;
  return table;
}
