// What is inside one piece of bytes, one level down: by what kind of thing it is, then whatever text holds.
import type { LayerBudget } from './budget.ts';
import { type Candidates, candidatesIn } from './candidates.ts';
import { encodedRuns } from './encoded-runs.ts';
import { EscapedText } from './escaped-text.ts';
import { embeddedGzip, GZIP_MAGIC, gzipParts, zlibParts, zstdParts } from './gzip.ts';
import { type DecodedFrom, missed, type Part, type Range } from './layer.ts';
import type { MappedText } from './mapped-text.ts';
import { pdfParts } from './pdf.ts';
import { type Kind, sniff } from './sniff.ts';
import { structuredParts } from './structured.ts';
import { arParts, tarParts } from './tar.ts';
import type { TextEncoding } from './text-encoding.ts';
import { fromUtf16, fromUtf32, wideStrings } from './unicode.ts';
import { ZIP_LOCAL, zipParts } from './zip.ts';

/**
 * The parts in order of cost. `source` leads to the bytes these were decoded from; what stands there in the same form is
 * left out, because it was found there.
 */
export function* partsIn(bytes: Buffer, source: DecodedFrom, budget: LayerBudget): Generator<Part> {
  const kind = sniff(bytes);
  const rests = kind.kind === 'bytes' ? [wholeOf(bytes)] : yield* innerParts(bytes, kind, budget);
  for (const rest of rests) {
    if (rest.end - rest.start < LEAST_REST) continue;
    // A search goes on to the end of what it is given.
    const view = rest.end === bytes.length ? bytes : bytes.subarray(0, rest.end);
    const candidates = candidatesIn(view, rest, source);
    if (candidates.isBinary) yield* embeddedArchives(view, rest, kind, budget);
    yield* textParts(view, rest, candidates, source, budget);
    const isDone = isWide(kind) && kind.isSure;
    if (!isDone && candidates.isBinary && view.includes(0, rest.start)) yield* wideStrings(view, rest);
  }
}

/** Their magics hold bytes that no text does. Asked for first, so that a binary costs the question and not a generator. */
function* embeddedArchives(bytes: Buffer, rest: Range, kind: Kind, budget: LayerBudget): Generator<Part> {
  if (kind.kind !== 'zip' && bytes.includes(ZIP_LOCAL, rest.start)) yield* embeddedZip(bytes, rest, budget);
  if (bytes.includes(GZIP_MAGIC, rest.start)) yield* embeddedGzip(bytes, rest, budget);
}

function wholeOf(bytes: Buffer): Range {
  return { start: 0, end: bytes.length };
}

const LEAST_REST = 8;

/** What a container holds; answers the stretches that plain text may still be in, which is what it does not cover. */
function* innerParts(bytes: Buffer, kind: Kind, budget: LayerBudget): Generator<Part, readonly Range[]> {
  switch (kind.kind) {
    case 'gzip':
      return yield* gzipParts(bytes, budget);
    case 'zlib':
      return yield* zlibParts(bytes, budget);
    case 'zstd':
      return yield* zstdParts(bytes, budget);
    case 'zip':
      return yield* zipParts(bytes, budget);
    case 'tar':
      return yield* tarParts(bytes, budget);
    case 'ar':
      return yield* arParts(bytes, budget);
    default:
      yield* openParts(bytes, kind, budget);
      return [wholeOf(bytes)];
  }
}

/** What stands beside the bytes themselves: a byte order mark in front of ASCII must not hide it. */
function* openParts(bytes: Buffer, kind: Kind, budget: LayerBudget): Generator<Part> {
  if (kind.kind === 'opaque') yield missed('format', kind.format, kind.format);
  if (kind.kind === 'pdf') yield* pdfParts(bytes, budget);
  if (!isWide(kind)) return;
  if (bytes.length > budget.limits.maxLayerBytes)
    yield missed('too-large', kind.kind, `${kind.kind} text of this size`);
  else if (kind.kind === 'utf-16') yield textPart(kind.kind, fromUtf16(bytes, kind.order));
  else yield textPart(kind.kind, fromUtf32(bytes, kind.order));
}

function isWide(kind: Kind): kind is Kind & { kind: 'utf-16' | 'utf-32' } {
  return kind.kind === 'utf-16' || kind.kind === 'utf-32';
}

/** An archive behind something else, as in a self-extracting program. */
function* embeddedZip(bytes: Buffer, rest: Range, budget: LayerBudget): Generator<Part> {
  for (const part of zipParts(bytes.subarray(rest.start, rest.end), budget)) {
    const isVerbatim = part.kind === 'part' && part.verbatimAt !== undefined;
    yield isVerbatim ? { ...part, verbatimAt: rest.start + (part.verbatimAt ?? 0) } : part;
  }
}

function* textParts(
  bytes: Buffer,
  range: Range,
  { escaped, runs, hasStructured }: Candidates,
  source: DecodedFrom,
  budget: LayerBudget,
): Generator<Part> {
  if (runs.length > 0) yield* encodedRuns(bytes, runs, range.end, budget.limits);
  for (const { encoding, regions } of escaped) {
    let out = new EscapedText();
    for (const region of regions) {
      out.separate(region.start);
      out.decode(encoding, bytes, region);
      if (out.isFull) {
        yield escapedPart(encoding, out);
        out = new EscapedText();
      }
    }
    if (out.length > 0) yield escapedPart(encoding, out);
  }
  if (hasStructured) yield* structuredParts(bytes, range, source.map);
}

function escapedPart({ label, rank }: TextEncoding, text: EscapedText): Part {
  return { kind: 'part', label, rank, nature: 'encoding', bytes: text.bytes, map: text };
}

function textPart(label: string, text: MappedText): Part {
  return { kind: 'part', label, nature: 'encoding', bytes: text.bytes, map: text };
}
