// A private key in armour whose end is missing: text that was cut, or a stream that ended. The rule wants a whole key, to be
// sure of what it reports; whoever masks must not pass on the half of one.
import { BASE64 } from './alphabet.ts';

export const ARMOUR_BEGIN = '-----BEGIN ';
export const ARMOUR_DASHES = '-----';
/** Longest label between `BEGIN ` and the dashes. */
export const MAX_LABEL = 40;

/** The shortest line of base64 that counts as a piece of a key; no prose has such a word. */
const MIN_LINE = 24;

/** What stands between the lines of a body, in files and in strings of code; `:` and `-` are of its headers. */
const IN_BODY = new Uint8Array(256);
for (const one of `${BASE64.chars}= \t\r\n\\"'\`,;.:()>#*|&-`) IN_BODY[one.charCodeAt(0)] = 1;

/** Whether this byte may be part of an armour's body. */
export function isBodyByte(byte: number): boolean {
  return IN_BODY[byte] === 1;
}

export interface CutKey {
  readonly start: number;
  /** Just after its last line. */
  readonly end: number;
}

/** The last private key in `bytes`, from `from` on, if nothing ends it. */
export function cutKeyIn(bytes: Uint8Array, from: number): CutKey | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = text.lastIndexOf(ARMOUR_BEGIN, undefined, 'latin1');
  if (start < from) return undefined;
  const label = text.toString('latin1', start + ARMOUR_BEGIN.length, start + ARMOUR_BEGIN.length + MAX_LABEL);
  const dashes = label.indexOf(ARMOUR_DASHES);
  if (dashes < 0 || !label.slice(0, dashes).includes('PRIVATE KEY')) return undefined;
  const body = start + ARMOUR_BEGIN.length + dashes + ARMOUR_DASHES.length;
  if (text.indexOf(ARMOUR_DASHES, body, 'latin1') >= 0) return undefined;
  const end = lastLineEnd(text, body);
  return end < 0 ? undefined : { start, end };
}

/** The end of the last long run of base64 before what cannot be a key any more; -1 if there is none. */
function lastLineEnd(text: Buffer, from: number): number {
  let end = -1;
  let runStart = from;
  for (let at = from; at <= text.length; at++) {
    const byte = text[at] ?? 0;
    if (BASE64.has[byte] === 1) continue;
    if (at - runStart >= MIN_LINE || (end >= 0 && at > runStart)) end = at;
    if (!isBodyByte(byte)) break;
    runStart = at + 1;
  }
  return end;
}
