// zip (APPNOTE.TXT 6.3.10), also jar, docx, xlsx, apk, wheel. Readers disagree about which members an archive has: most
// follow the central directory, streaming ones the local headers. Both are read here, so a member that only one of them
// sees is seen. Members that share bytes (a way to make few bytes inflate to very many) are said and not inflated.
import type { LayerBudget } from './budget.ts';
import { inflate, missedStream } from './inflate.ts';
import { labelOf, missed, type Part, type Range } from './layer.ts';
import { centralMembers, isDirectory, localMember, type ZipMember } from './zip-directory.ts';

export const ZIP_LOCAL = Buffer.from('PK\x03\x04', 'latin1');
const ZIP_DESCRIPTOR = Buffer.from('PK\x07\x08', 'latin1');
const STORED = 0;
const DEFLATED = 8;

/** The members in the order of their bytes. Answers, when done, the stretches that are in none. */
export function* zipParts(bytes: Buffer, budget: LayerBudget): Generator<Part, Range[]> {
  const rests: Range[] = [];
  const search = new HeaderSearch();
  let at = 0;
  let count = 0;
  for (const member of membersInOrder(bytes, budget.limits.maxMembers, search)) {
    if (count++ === budget.limits.maxMembers || budget.isSpent) {
      yield missed('too-many', 'zip', `zip of more than ${count - 1} members`);
      return rests;
    }
    const label = labelOf(member.name);
    if (member.start < at) {
      yield missed('overlap', label, 'zip member that shares bytes with another');
      continue;
    }
    rests.push({ start: at, end: member.start });
    at = yield* memberParts(bytes, member, label, budget);
  }
  if (search.isSpent)
    yield missed('too-many', 'zip', `zip of more than ${MOST_FALSE_HEADERS} bytes that only look like a member`);
  rests.push({ start: at, end: bytes.length });
  return rests;
}

/** Four bytes of signature turn up by chance, but not very often. */
const MOST_FALSE_HEADERS = 10_000;

/** Counts what only looks like a member: looking at each takes time, and a text may be nothing else. */
class HeaderSearch {
  #falseHeaders = 0;

  get isSpent(): boolean {
    return this.#falseHeaders > MOST_FALSE_HEADERS;
  }

  miss(): void {
    this.#falseHeaders += 1;
  }
}

/** Members of the central directory and, between them, those that only have a local header. */
function* membersInOrder(bytes: Buffer, most: number, search: HeaderSearch): Generator<ZipMember> {
  let at = 0;
  for (const member of centralMembers(bytes, most + 1)) {
    at = yield* hiddenMembers(bytes, at, member.start, search);
    yield member;
    at = Math.max(at, member.declaredEnd);
  }
  yield* hiddenMembers(bytes, at, bytes.length, search);
}

function* hiddenMembers(bytes: Buffer, from: number, to: number, search: HeaderSearch): Generator<ZipMember, number> {
  const view = bytes.subarray(0, to);
  let at = from;
  while (at < to && !search.isSpent) {
    const found = view.indexOf(ZIP_LOCAL, at);
    if (found < 0) break;
    const member = localMember(bytes, found);
    if (member === undefined) {
      at = found + ZIP_LOCAL.length;
      search.miss();
    } else {
      yield member;
      at = Math.max(member.declaredEnd, member.dataStart);
    }
  }
  return Math.max(from, Math.min(at, to));
}

/** Answers the first byte after the member. */
function* memberParts(bytes: Buffer, member: ZipMember, label: string, budget: LayerBudget): Generator<Part, number> {
  const { dataStart, declaredEnd } = member;
  if (isDirectory(member)) return declaredEnd;
  if (member.isEncrypted) {
    yield missed('encrypted', label, 'encrypted zip member');
    return declaredEnd;
  }
  if (member.disagrees) {
    yield missed('damaged', label, 'zip member whose two headers disagree');
    return declaredEnd;
  }
  if (member.method === DEFLATED) return yield* deflatedParts(bytes, member, label, budget);
  if (member.method !== STORED) {
    yield missed('format', label, `zip member of compression method ${member.method}`);
    return declaredEnd;
  }
  const end = member.isStreamed ? endOfStreamed(bytes, dataStart) : declaredEnd;
  if (end > dataStart) yield { ...memberPart(label, bytes.subarray(dataStart, end)), verbatimAt: dataStart };
  return end;
}

function* deflatedParts(bytes: Buffer, member: ZipMember, label: string, budget: LayerBudget): Generator<Part, number> {
  const stream = { start: member.dataStart, end: bytes.length, size: member.size };
  const inflated = inflate(bytes, member.isStreamed ? stream : { ...stream, compressed: member.compressed }, budget);
  if (!inflated.ok) {
    yield missedStream(label, 'zip member', inflated.reason);
    return Math.max(member.declaredEnd, member.dataStart);
  }
  if (inflated.bytes.length > 0) yield memberPart(label, inflated.bytes);
  return inflated.end;
}

function endOfStreamed(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(ZIP_DESCRIPTOR, start);
  return end < 0 ? bytes.length : end;
}

function memberPart(label: string, bytes: Buffer): Part & { kind: 'part' } {
  return { kind: 'part', label, nature: 'container', bytes, map: undefined };
}
