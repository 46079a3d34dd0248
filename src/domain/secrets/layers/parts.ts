// What is inside one piece of bytes, one level down: by what kind of thing it is, then whatever text holds.
import type { LayerBudget } from './budget.ts';
import { candidatesIn } from './candidates.ts';
import { encodedRuns } from './encoded-runs.ts';
import { embeddedGzip, gzipParts, zlibParts, zstdParts } from './gzip.ts';
import { missed, type Part, type Range } from './layer.ts';
import { MappedText, type PositionMap } from './mapped-text.ts';
import { pdfParts } from './pdf.ts';
import { type Kind, sniff } from './sniff.ts';
import { structuredParts } from './structured.ts';
import { arParts, tarParts } from './tar.ts';
import { decodeRegion } from './text-encoding.ts';
import { fromUtf16, fromUtf32, wideStrings } from './unicode.ts';
import { ZIP_LOCAL, zipParts } from './zip.ts';

/**
 * The parts in order of cost. `map` leads to the bytes these were decoded from; what stands there in the same form is
 * left out, because it was found there.
 */
export function* partsIn(bytes: Buffer, map: PositionMap | undefined, budget: LayerBudget): Generator<Part> {
  const kind = sniff(bytes);
  const rests = yield* innerParts(bytes, kind, budget);
  for (const rest of rests) {
    if (rest.end - rest.start < LEAST_REST) continue;
    // A search goes on to the end of what it is given.
    const view = bytes.subarray(0, rest.end);
    if (kind.kind !== 'zip') yield* embeddedZip(view, rest, budget);
    yield* embeddedGzip(view, rest, budget);
    yield* textParts(view, rest, map, budget);
    if (!isWide(kind) || !kind.isSure) yield* wideStrings(view, rest);
  }
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
      return [{ start: 0, end: bytes.length }];
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
  const inside = bytes.subarray(rest.start, rest.end);
  if (!inside.includes(ZIP_LOCAL)) return;
  for (const part of zipParts(inside, budget)) {
    const isVerbatim = part.kind === 'part' && part.verbatimAt !== undefined;
    yield isVerbatim ? { ...part, verbatimAt: rest.start + (part.verbatimAt ?? 0) } : part;
  }
}

function* textParts(bytes: Buffer, range: Range, map: PositionMap | undefined, budget: LayerBudget): Generator<Part> {
  const { escaped, runs } = candidatesIn(bytes, range, map);
  if (runs.length > 0) yield* encodedRuns(bytes, runs, range.end, budget.limits);
  for (const { encoding, regions } of escaped) {
    let out = new MappedText(0);
    for (const region of regions) {
      out.separate(region.start);
      decodeRegion(encoding, bytes, region, out);
      if (out.isFull) {
        yield textPart(encoding.label, out);
        out = new MappedText(0);
      }
    }
    if (out.length > 0) yield textPart(encoding.label, out);
  }
  yield* structuredParts(bytes, range, map);
}

function textPart(label: string, text: MappedText): Part {
  return { kind: 'part', label, nature: 'encoding', bytes: text.bytes, map: text };
}
