// gzip (RFC 1952), zlib (RFC 1950) and Zstandard: one stream, one layer. The members of a gzip file are one text.
import type { LayerBudget } from './budget.ts';
import { inflate, missedStream, unzstd } from './inflate.ts';
import type { Part, Range } from './layer.ts';
import { mappedTo } from './mapped-text.ts';

export const GZIP_MAGIC = Buffer.from([0x1f, 0x8b, 8]);
const TRAILER = 8;

/** Answers, when done, what comes after the gzip members. */
export function* gzipParts(bytes: Buffer, budget: LayerBudget): Generator<Part, Range[]> {
  const pieces: Buffer[] = [];
  let at = 0;
  let size = 0;
  for (let body = gzipBody(bytes, at); body > 0; body = gzipBody(bytes, at)) {
    const guess = at === 0 ? { size: bytes.length * 4 } : {};
    const inflated = inflate(bytes, { start: body, end: bytes.length, ...guess }, budget);
    if (inflated.ok) size += inflated.bytes.length;
    if (!inflated.ok || size > budget.limits.maxLayerBytes) {
      yield missedStream('gzip', 'gzip', inflated.ok ? 'too-large' : inflated.reason);
      at = body;
      break;
    }
    pieces.push(inflated.bytes);
    at = Math.min(inflated.end + TRAILER, bytes.length);
  }
  if (size > 0) yield streamPart('gzip', Buffer.concat(pieces));
  return [{ start: at, end: bytes.length }];
}

/** Where the deflate stream of the gzip member at `at` begins; -1 when there is no such member. */
export function gzipBody(bytes: Buffer, at: number): number {
  const flags = bytes[at + 3];
  if (flags === undefined || flags > 0x1f || bytes.compare(GZIP_MAGIC, 0, 3, at, at + 3) !== 0) return -1;
  let body = at + 10;
  if ((flags & 4) !== 0) body += 2 + (bytes[body] ?? 0) + 256 * (bytes[body + 1] ?? 0);
  for (const field of [8, 16]) {
    if ((flags & field) === 0) continue;
    const end = bytes.indexOf(0, body);
    if (end < 0) return -1;
    body = end + 1;
  }
  if ((flags & 2) !== 0) body += 2;
  return body < bytes.length ? body : -1;
}

const MOST_EMBEDDED = 1000;
const PROBE = 64 * 1024;

/** gzip members further in: behind the shell of an installer, in a firmware image. Each is at its offset in the parent. */
export function* embeddedGzip(bytes: Buffer, range: Range, budget: LayerBudget): Generator<Part> {
  let tried = 0;
  for (let at = bytes.indexOf(GZIP_MAGIC, range.start); at >= 0 && at < range.end; ) {
    if (tried++ === MOST_EMBEDDED) {
      yield missedStream('gzip', 'gzip inside a binary', 'budget');
      return;
    }
    const body = gzipBody(bytes, at);
    let end = at + 1;
    if (body > 0 && isDeflate(bytes, body, budget)) {
      const inflated = inflate(bytes, { start: body, end: range.end }, budget);
      if (inflated.ok) end = inflated.end;
      if (!inflated.ok) yield missedStream('gzip', 'gzip inside a binary', inflated.reason);
      else yield { ...streamPart('gzip', inflated.bytes), map: mappedTo(at) };
    }
    at = bytes.indexOf(GZIP_MAGIC, end);
  }
}

/** Three bytes of magic turn up by chance; what follows them then is not deflate for long. */
function isDeflate(bytes: Buffer, body: number, budget: LayerBudget): boolean {
  const probe = inflate(bytes, { start: body, end: Math.min(body + PROBE, bytes.length) }, budget.share(PROBE));
  return probe.ok ? probe.bytes.length > 0 : probe.reason !== 'damaged';
}

/** The stream after two bytes of header; what only looks like one is no finding. */
export function* zlibParts(bytes: Buffer, budget: LayerBudget): Generator<Part, Range[]> {
  const inflated = inflate(bytes, { start: 2, end: bytes.length }, budget);
  if (!inflated.ok) {
    if (inflated.reason !== 'damaged') yield missedStream('zlib', 'zlib', inflated.reason);
    return [{ start: 0, end: bytes.length }];
  }
  if (inflated.bytes.length > 0) yield streamPart('zlib', inflated.bytes);
  return [{ start: inflated.end, end: bytes.length }];
}

export function* zstdParts(bytes: Buffer, budget: LayerBudget): Generator<Part, Range[]> {
  const inflated = unzstd(bytes, budget);
  if (inflated.ok) yield streamPart('zstd', inflated.bytes);
  else yield missedStream('zstd', 'zstd', inflated.reason);
  return [];
}

function streamPart(label: string, bytes: Buffer): Part & { kind: 'part' } {
  return { kind: 'part', label, nature: 'container', bytes, map: undefined };
}
