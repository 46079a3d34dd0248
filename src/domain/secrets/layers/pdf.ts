// PDF (ISO 32000-1, 7.3.8): the streams that are deflated and not encrypted. Text in them is `(…) Tj`, as often as not
// in pieces; what was typed in one piece is found.
import type { LayerBudget } from './budget.ts';
import { inflate, missedStream } from './inflate.ts';
import { missed, type Part } from './layer.ts';

const STREAM = 'stream';
const FILTER = 'FlateDecode';
const DICTIONARY = 512;

export function* pdfParts(bytes: Buffer, budget: LayerBudget): Generator<Part> {
  if (bytes.includes('/Encrypt')) yield missed('encrypted', 'pdf', 'encrypted PDF');
  let count = 0;
  let streamEnd = 0;
  for (let at = bytes.indexOf(STREAM); at >= 0 && !budget.isSpent; ) {
    const start = streamStart(bytes, at);
    let end = at + STREAM.length;
    if (start > 0) {
      if (count++ === budget.limits.maxMembers) {
        yield missed('too-many', 'pdf', 'streams of a PDF');
        return;
      }
      // Searched for once however many streams lack it.
      if (streamEnd < start) streamEnd = endOrAll(bytes, bytes.indexOf('endstream', start));
      const inflated = inflate(bytes, { start: start + 2, end: streamEnd }, budget);
      if (inflated.ok && inflated.bytes.length > 0) yield streamPart(count, inflated.bytes);
      if (!inflated.ok) yield missedStream(`stream ${count}`, 'stream of a PDF', inflated.reason);
      if (inflated.ok) end = inflated.end;
    }
    at = bytes.indexOf(STREAM, end);
  }
}

/** Where the deflated data begins, -1 when the word is not the beginning of such a stream. */
function streamStart(bytes: Buffer, at: number): number {
  const start = bytes[at + 6] === 0x0d ? at + 8 : at + 7;
  if (bytes[start - 1] !== 0x0a || ((bytes[start] as number) & 0x0f) !== 8) return -1;
  const dictionary = bytes.subarray(Math.max(at - DICTIONARY, 0), at);
  return dictionary.lastIndexOf(FILTER) > dictionary.lastIndexOf('endobj') ? start : -1;
}

function endOrAll(bytes: Buffer, end: number): number {
  return end < 0 ? bytes.length : end;
}

function streamPart(number: number, bytes: Buffer): Part {
  return { kind: 'part', label: `stream ${number}`, nature: 'container', bytes, map: undefined };
}
