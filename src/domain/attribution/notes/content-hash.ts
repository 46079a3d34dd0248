// `content_hash` of Agent Trace: "murmur3:9f2e8a1b". Its document (0.1.0) does not say which MurmurHash3 of which bytes,
// and its reference hooks write none. What its implementers write is MurmurHash3_x86_32 with seed 0, in eight digits, of
// the lines joined by LF; some take the last LF along, some drop CR first. Those are tried here, and `sha256:` of the same
// texts. Anything else, such as the 128 bits that one of them writes, is a hash that nobody can check.
import { createHash } from 'node:crypto';

export type HashCheck = 'equal' | 'unequal' | 'unknown';

const MURMUR3 = /^murmur3:([0-9a-f]{8})$/;
const SHA256 = /^sha256:([0-9a-f]{64})$/;

/** Whether `hash` is that of `lines` (without their line feeds). */
export function checkContentHash(hash: string, lines: readonly Buffer[]): HashCheck {
  const form = MURMUR3.test(hash) ? murmur3Hex : SHA256.test(hash) ? sha256Hex : undefined;
  if (form === undefined) return 'unknown';
  const wanted = hash.slice(hash.indexOf(':') + 1);
  return spellings(lines).some((text) => form(text) === wanted) ? 'equal' : 'unequal';
}

/** As most of the tools write it. */
export function contentHash(lines: readonly Buffer[]): string {
  return `murmur3:${murmur3Hex(joined(lines))}`;
}

/** MurmurHash3_x86_32 (Austin Appleby, public domain: smhasher, MurmurHash3.cpp). */
export function murmur3(bytes: Uint8Array, seed = 0): number {
  let hash = seed;
  const whole = bytes.length - (bytes.length % 4);
  for (let at = 0; at < whole; at += 4) {
    hash ^= mixedWord(wordAt(bytes, at, 4));
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  if (whole < bytes.length) hash ^= mixedWord(wordAt(bytes, whole, bytes.length - whole));
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixedWord(word: number): number {
  const first = Math.imul(word, 0xcc9e2d51);
  return Math.imul((first << 15) | (first >>> 17), 0x1b873593);
}

/** Little-endian, of what is there. */
function wordAt(bytes: Uint8Array, from: number, length: number): number {
  let word = 0;
  for (let at = length - 1; at >= 0; at--) word = (word << 8) | (bytes[from + at] as number);
  return word;
}

function murmur3Hex(text: Uint8Array): string {
  return murmur3(text).toString(16).padStart(8, '0');
}

function sha256Hex(text: Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

function spellings(lines: readonly Buffer[]): Buffer[] {
  const asIs = joined(lines);
  const texts = [asIs, Buffer.concat([asIs, LF])];
  if (!lines.some((line) => line.at(-1) === CR)) return texts;
  const bare = joined(lines.map((line) => (line.at(-1) === CR ? line.subarray(0, -1) : line)));
  return [...texts, bare, Buffer.concat([bare, LF])];
}

const CR = 0x0d;
const LF = Buffer.from('\n');

function joined(lines: readonly Buffer[]): Buffer {
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [LF, line])));
}
