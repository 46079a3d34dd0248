// Names in Git (refs, paths, people) are bytes. We carry them as strings without losing any: valid UTF-8 decodes as
// usual, every byte that is not part of valid UTF-8 becomes one lone surrogate U+DC80..U+DCFF (as Python's
// "surrogateescape" does), so decode and encode are exact inverses and names compare as strings.
import { isUtf8 } from 'node:buffer';

/** Bytes to a string, losing nothing. */
export function decodeBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString('utf8');
  let out = '';
  let at = 0;
  while (at < buffer.length) {
    const length = utf8SequenceLength(buffer, at);
    if (length === 0) {
      out += String.fromCharCode(0xdc00 + (buffer[at] as number));
      at += 1;
    } else {
      out += buffer.toString('utf8', at, at + length);
      at += length;
    }
  }
  return out;
}

/** The inverse of decodeBytes. */
export function encodeBytes(text: string): Buffer {
  if (!/[\udc80-\udcff]/.test(text)) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const escaped = unit >= 0xdc80 && unit <= 0xdcff && !isHighSurrogate(text.charCodeAt(at - 1));
    if (!escaped) continue;
    parts.push(Buffer.from(text.slice(from, at), 'utf8'), Buffer.from([unit - 0xdc00]));
    from = at + 1;
  }
  parts.push(Buffer.from(text.slice(from), 'utf8'));
  return Buffer.concat(parts);
}

/**
 * Text fit for a terminal, a log line or a page: control characters (C0, C1, DEL, ESC), bidi and zero-width
 * characters and undecodable bytes appear as visible escapes, so nobody's name can move a cursor or reorder a line.
 */
export function visibleText(text: string): string {
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code >= 0xdc80 && code <= 0xdcff) out += `\\x${(code - 0xdc00).toString(16)}`;
    else if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (isInvisible(code)) out += `\\u{${code.toString(16)}}`;
    else out += character;
  }
  return out;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isInvisible(code: number): boolean {
  return (
    code === 0xad ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    code === 0xfeff ||
    (code >= 0xd800 && code <= 0xdfff) ||
    (code >= 0xe0000 && code <= 0xe007f)
  );
}

/** Length of the valid UTF-8 sequence at `at`, or 0. Unicode 15, table 3-7 (no overlongs, no surrogates). */
function utf8SequenceLength(bytes: Buffer, at: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return 1;
  const length =
    lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  return isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
