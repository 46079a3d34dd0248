// The stretch of text that a place lies in: up to what such text ends at on either side.
import type { Reading } from '../reading.ts';

/** 1 for each of these ASCII characters. */
export function edgeTable(characters: string): Uint8Array {
  const edges = new Uint8Array(256);
  for (const one of characters) edges[one.charCodeAt(0)] = 1;
  return edges;
}

/** Where the stretch begins that ends at `at`, at most `most` bytes before it. */
export function pieceStart(reading: Reading, edges: Uint8Array, at: number, most: number): number {
  const limit = Math.max(reading.from, at - most);
  let start = at;
  while (start > limit && edges[reading.bytes[start - 1] as number] === 0) start--;
  return start;
}

/** Where the stretch ends that begins at `at`, at most `most` bytes after it. */
export function pieceEnd(reading: Reading, edges: Uint8Array, at: number, most: number): number {
  const limit = Math.min(reading.to, at + most);
  let end = at;
  while (end < limit && edges[reading.bytes[end] as number] === 0) end++;
  return end;
}
