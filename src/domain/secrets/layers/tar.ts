// tar: ustar, GNU and pax (POSIX.1-2017, pax: "ustar Interchange Format" and "pax Header Block"), and ar (of .deb and
// static libraries). Their members stand verbatim in the archive.
import type { LayerBudget } from './budget.ts';
import { labelOf, missed, type Part, type Range } from './layer.ts';
import { isTarChecksum, octalOf, TAR_BLOCK } from './sniff.ts';

interface TarHeader {
  readonly name: Buffer;
  readonly size: number;
  readonly type: string;
}

/** What an extension header says about the next member. */
interface Extension {
  readonly name?: Buffer;
  readonly size?: number;
}

/** Answers, when done, what comes after the last member that could be read. */
export function* tarParts(bytes: Buffer, budget: LayerBudget): Generator<Part, Range[]> {
  let at = 0;
  let count = 0;
  let isDamaged = false;
  let extension: Extension = {};
  while (at + TAR_BLOCK <= bytes.length && bytes[at] !== 0) {
    const header = tarHeader(bytes.subarray(at, at + TAR_BLOCK));
    const size = header === undefined ? -1 : sizeOfBody(bytes, at, header, extension);
    if (header === undefined || size < 0) {
      // Perhaps a sparse file's map; the next header is found by its checksum.
      if (!isDamaged) yield missed('damaged', 'tar', 'part of a damaged tar');
      isDamaged = true;
      at += TAR_BLOCK;
      continue;
    }
    if (count++ === budget.limits.maxMembers) {
      yield missed('too-many', 'tar', `tar of more than ${count - 1} members`);
      break;
    }
    const body = bytes.subarray(at + TAR_BLOCK, Math.min(at + TAR_BLOCK + size, bytes.length));
    const next = extensionOf(header.type, body);
    if (next === undefined && body.length > 0) {
      yield verbatimPart(labelOf(extension.name ?? header.name), body, at + TAR_BLOCK);
    }
    extension = next === undefined ? {} : { ...extension, ...next };
    at += TAR_BLOCK + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
  return [{ start: Math.min(at, bytes.length), end: bytes.length }];
}

/** Links, devices and directories have no body whatever size they give, unless no header follows where one should. */
function sizeOfBody(bytes: Buffer, at: number, header: TarHeader, extension: Extension): number {
  const next = bytes.subarray(at + TAR_BLOCK, at + 2 * TAR_BLOCK);
  const isBare = /[1-6]/.test(header.type) && next.length === TAR_BLOCK && (next[0] === 0 || isTarChecksum(next));
  return isBare ? 0 : (extension.size ?? header.size);
}

function tarHeader(block: Buffer): TarHeader | undefined {
  if (!isTarChecksum(block)) return undefined;
  const prefix = block.toString('latin1', 257, 262) === 'ustar' ? cString(block.subarray(345, 500)) : Buffer.alloc(0);
  const name = cString(block.subarray(0, 100));
  return {
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    size: sizeOf(block.subarray(124, 136)),
    type: String.fromCharCode(block[156] as number),
  };
}

/** Octal, or GNU's base-256 for what is too large for it. Negative and unsafe sizes are -1. */
function sizeOf(field: Buffer): number {
  const first = field[0] as number;
  if ((first & 0x80) === 0) return octalOf(field);
  const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, first & 0x7f);
  return Number.isSafeInteger(value) ? value : -1;
}

/** Undefined when the member is no extension header. */
function extensionOf(type: string, body: Buffer): Extension | undefined {
  if (type === 'L') return { name: cString(body) };
  if (type === 'K') return {};
  if (type === 'x' || type === 'g') return paxExtension(body);
  return undefined;
}

const MAX_PAX = 1024 * 1024;

/** Records `<length> <keyword>=<value>\n`; one that is not so ends them. */
function paxExtension(body: Buffer): Extension {
  let extension: Extension = {};
  for (let at = 0; at < Math.min(body.length, MAX_PAX); ) {
    const space = body.subarray(at, at + 20).indexOf(0x20);
    const length = Number(body.toString('latin1', at, at + Math.max(space, 0)));
    const record = body.subarray(at + space + 1, at + length - 1);
    const equals = record.indexOf(0x3d);
    if (space < 1 || !Number.isInteger(length) || length <= space || equals < 0) break;
    extension = { ...extension, ...paxRecord(record.toString('latin1', 0, equals), record.subarray(equals + 1)) };
    at += length;
  }
  return extension;
}

function paxRecord(keyword: string, value: Buffer): Extension {
  if (keyword === 'path') return { name: value };
  if (keyword !== 'size') return {};
  const size = Number(value.toString('latin1'));
  return { size: Number.isSafeInteger(size) && size >= 0 ? size : -1 };
}

const AR_HEADER = 60;

/** The members of an ar archive; answers what comes after the last that could be read. */
export function* arParts(bytes: Buffer, budget: LayerBudget): Generator<Part, Range[]> {
  let at = 8;
  for (let count = 0; at + AR_HEADER <= bytes.length; count++) {
    const digits = bytes.toString('latin1', at + 48, at + 58).trimEnd();
    const size = /^[0-9]+$/.test(digits) ? Number(digits) : -1;
    const isHeader = bytes[at + 58] === 0x60 && bytes[at + 59] === 0x0a;
    if (!isHeader || size < 0 || count === budget.limits.maxMembers) {
      yield missed(isHeader && size >= 0 ? 'too-many' : 'damaged', 'ar', 'rest of an ar archive');
      break;
    }
    const start = at + AR_HEADER;
    const body = bytes.subarray(start, Math.min(start + size, bytes.length));
    const name = bytes.toString('latin1', at, at + 16).trim();
    if (body.length > 0) yield verbatimPart(labelOf(Buffer.from(name.replace(/\/$/, ''))), body, start);
    at = start + size + (size % 2);
  }
  return [{ start: Math.min(at, bytes.length), end: bytes.length }];
}

function verbatimPart(label: string, bytes: Buffer, at: number): Part {
  return { kind: 'part', label, nature: 'container', bytes, map: undefined, verbatimAt: at };
}

function cString(field: Buffer): Buffer {
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}
