// The encodings that stand inside ordinary text: a few bytes written otherwise, the rest verbatim. candidates.ts finds where
// they matter, escape-at.ts and joint.ts read them, EscapedText writes what they stand for.

export interface TextEncoding {
  readonly label: string;
  /** Another number for each. Where escapes of two encodings stand side by side, the lower one is decoded first. */
  readonly rank: number;
  /** Table of the bytes an escape begins with. */
  readonly marks: Readonly<Uint8Array>;
}

export function marksOf(chars: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const char of chars) table[char.charCodeAt(0)] = 1;
  return table;
}
