// What the signature of a commit is about: the commit object without its signature headers (git's commit.c,
// parse_buffer_signed_by_header). Byte for byte as git cuts it, or the same signature would say two things.
import type { ObjectFormat } from './oid.ts';

export interface SignedPayload {
  readonly payload: Buffer;
  /** The signature's text, its continuation lines joined as written. */
  readonly signature: Buffer;
}

const LF = 0x0a;
const SPACE = 0x20;
const ANY_SIGNATURE = Buffer.from('gpgsig');
const OURS: Readonly<Record<ObjectFormat, Buffer>> = {
  sha1: Buffer.from('gpgsig '),
  sha256: Buffer.from('gpgsig-sha256 '),
};

/**
 * The parts of a signed commit object's content. `undefined` without a signature of this format, and for more than one:
 * git would join them, and programs that look for the first or the last would differ.
 */
export function signedPayload(content: Buffer, format: ObjectFormat): SignedPayload | undefined {
  const payload: Buffer[] = [];
  const signature: Buffer[] = [];
  let signatures = 0;
  let inside: 'ours' | 'other' | 'none' = 'none';
  for (let at = 0; at < content.length; ) {
    if (content[at] === LF) {
      payload.push(content.subarray(at)); // the rest is the message
      break;
    }
    const next = endOfLine(content, at);
    if (content[at] !== SPACE) {
      inside = kindOf(content, at, OURS[format]);
      if (inside === 'ours') signatures += 1;
    }
    if (inside === 'none') payload.push(content.subarray(at, next));
    else if (inside === 'ours') signature.push(content.subarray(valueAt(content, at, OURS[format]), next));
    at = next;
  }
  return signatures === 1 ? { payload: Buffer.concat(payload), signature: Buffer.concat(signature) } : undefined;
}

function kindOf(content: Buffer, at: number, ours: Buffer): 'ours' | 'other' | 'none' {
  if (startsWith(content, at, ours)) return 'ours';
  return startsWith(content, at, ANY_SIGNATURE) ? 'other' : 'none';
}

function valueAt(content: Buffer, at: number, ours: Buffer): number {
  return content[at] === SPACE ? at + 1 : at + ours.length;
}

function startsWith(content: Buffer, at: number, prefix: Buffer): boolean {
  return at + prefix.length <= content.length && prefix.compare(content, at, at + prefix.length) === 0;
}

function endOfLine(content: Buffer, at: number): number {
  const end = content.indexOf(LF, at);
  return end === -1 ? content.length : end + 1;
}
