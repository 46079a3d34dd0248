// Base64 that means something by where it stands, however short: `auth` of a docker or npm config, `data` of a Kubernetes
// Secret. Each becomes text in which the ordinary rules see what it is: a URL with a password, an assignment.
import { BASE64, BLANK, isIn, NAME, nextStretch, PRINTABLE, spanBefore, spanOf, stretchEnd } from './bytes.ts';
import { decodeBase64 } from './decode-run.ts';
import { missed, type Part, type Range } from './layer.ts';
import { MappedText, type PositionMap } from './mapped-text.ts';

const MAX_VALUE = 64 * 1024;
const SPACE_AND_QUOTES = tableWith(BLANK, ' \t"\':=');

/** One text has no more of them, unless it is made to be slow. */
const MOST_VALUES = 20_000;

/** Values that may still be decoded. */
interface Left {
  values: number;
}

/** At most one part for each kind and manifest, with a line for each credential. */
export function* structuredParts(bytes: Buffer, range: Range, map: PositionMap | undefined): Generator<Part> {
  const left: Left = { values: MOST_VALUES };
  yield* partOf('basic', basicCredentials(bytes, range, map, left));
  yield* manifestParts(bytes, range, map, left);
  if (left.values < 0) yield missed('too-many', 'base64', `more than ${MOST_VALUES} values that may be credentials`);
}

function* manifestParts(bytes: Buffer, range: Range, map: PositionMap | undefined, left: Left): Generator<Part> {
  let done = range.start;
  for (const mark of secretMarks(bytes, range)) {
    if (left.values < 0) return;
    if (mark < done) continue;
    const manifest = manifestAround(bytes, mark, { start: done, end: range.end });
    done = manifest.end;
    if (map?.isVerbatim(manifest.start, manifest.end) === true) continue;
    yield* partOf('kubernetes', putData(bytes, manifest, left));
  }
}

function* partOf(label: string, text: MappedText): Generator<Part> {
  if (text.length > 0) yield { kind: 'part', label, nature: 'encoding', bytes: text.bytes, map: text };
}

/** Whether one of the words begins here that structuredParts looks for. */
export function isStructuredAt(bytes: Buffer, at: number): boolean {
  if (bytes[at] === SECRET_WORD[0]) return hasWord(bytes, at, SECRET_WORD) && isKind(bytes, at);
  for (const word of BASIC_WORDS) if (hasWord(bytes, at, word)) return true;
  return false;
}

function hasWord(bytes: Buffer, at: number, word: Buffer): boolean {
  for (let index = 0; index < word.length; index++) if (bytes[at + index] !== word[index]) return false;
  return true;
}

// What stands before the value, and a host for the URL when none is written nearby.
const BASIC_MARKS: readonly BasicMark[] = [
  { mark: '"auth"', host: 'docker.io' },
  { mark: '_auth', host: 'npm.packages' },
];

interface BasicMark {
  readonly mark: string;
  readonly host: string;
}

function basicCredentials(bytes: Buffer, range: Range, map: PositionMap | undefined, left: Left): MappedText {
  const out = new MappedText(0);
  for (const { mark, host } of BASIC_MARKS) {
    for (let at = bytes.indexOf(mark, range.start); at >= 0 && at < range.end && left.values-- > 0; ) {
      const value = at + mark.length + spanOf(bytes, at + mark.length, SPACE_AND_QUOTES, 16);
      const end = valueEnd(bytes, value, range.end);
      if (map?.isVerbatim(at, end) !== true) putCredential(bytes, { start: value, end }, host, out);
      at = bytes.indexOf(mark, end);
    }
  }
  return out;
}

function putCredential(bytes: Buffer, value: Range, host: string, out: MappedText): void {
  const decoded = decodeText(bytes, value);
  if (decoded === undefined || decoded.indexOf(0x3a) < 1) return;
  out.putText('https://', value.start);
  out.putBytes(decoded, value.start, 4, 3);
  out.putText(`@${host}/\n`, value.start);
}

const LEAST_VALUE = 8;

function valueEnd(bytes: Buffer, start: number, limit: number): number {
  const end = stretchEnd(bytes, BASE64, start, Math.min(start + MAX_VALUE, limit));
  return end - start < LEAST_VALUE ? start : end;
}

/** The text written in base64; undefined when it is no single line of ASCII. */
function decodeText(bytes: Buffer, value: Range): Buffer | undefined {
  if (value.end - value.start < LEAST_VALUE) return undefined;
  const decoded = decodeBase64(bytes, value.start, value.end);
  const isText = nextStretch(decoded, PRINTABLE, 0, decoded.length, decoded.length) === 0;
  return isText ? decoded : undefined;
}

const SECRET = 'Secret';
const KIND_WORD = Buffer.from('kind');
const SECRET_WORD = Buffer.from(SECRET);
const BASIC_WORDS = BASIC_MARKS.map(({ mark }) => Buffer.from(mark));
// A manifest is at most a mebibyte (etcd); what is further away belongs to another one.
const MAX_MANIFEST = 1024 * 1024;

/** Where `kind: Secret` stands, in YAML or JSON. Searched by the rarer word. */
function* secretMarks(bytes: Buffer, range: Range): Generator<number> {
  for (let at = bytes.indexOf(SECRET, range.start); at >= 0 && at < range.end; at = bytes.indexOf(SECRET, at + 1)) {
    if (isKind(bytes, at)) yield at;
  }
}

function isKind(bytes: Buffer, at: number): boolean {
  const kindEnd = at - spanBefore(bytes, at, SPACE_AND_QUOTES, 8);
  return kindEnd < at && hasWord(bytes, kindEnd - KIND_WORD.length, KIND_WORD);
}

function manifestAround(bytes: Buffer, mark: number, range: Range): Range {
  const least = Math.max(mark - MAX_MANIFEST, range.start);
  const most = Math.min(mark + MAX_MANIFEST, range.end);
  const before = bytes.subarray(least, mark).lastIndexOf('\n---');
  const after = bytes.subarray(mark, most).indexOf('\n---');
  return { start: before < 0 ? least : least + before, end: after < 0 ? most : mark + after };
}

/** `key: value` for every pair of base64 after `data:` (not stringData, which the raw scan reads). */
function putData(bytes: Buffer, manifest: Range, left: Left): MappedText {
  const out = new MappedText(0);
  for (let at = bytes.indexOf('data', manifest.start); at >= 0 && at < manifest.end && left.values >= 0; ) {
    const colon = at + 4 + (bytes[at + 4] === 0x22 ? 1 : 0);
    const isKey = bytes[colon] === 0x3a && !isIn(NAME, bytes[at - 1]);
    at = isKey ? putPairs(bytes, colon + 1, manifest.end, out, left) : at + 4;
    at = bytes.indexOf('data', at);
  }
  return out;
}

const BETWEEN_PAIRS = tableWith(BLANK, ' \t\r\n",{');
const KEY = tableWith(NAME, '.-');

/** Reads pairs until something is none; answers where that is. */
function putPairs(bytes: Buffer, from: number, limit: number, out: MappedText, left: Left): number {
  for (let at = from; ; ) {
    const key = at + spanOf(bytes, at, BETWEEN_PAIRS, 256);
    const keyEnd = stretchEnd(bytes, KEY, key, Math.min(key + 256, limit));
    const value = keyEnd + spanOf(bytes, keyEnd, SPACE_AND_QUOTES, 16);
    const end = stretchEnd(bytes, BASE64, value, Math.min(value + MAX_VALUE, limit));
    if (keyEnd === key || value === keyEnd || end === value || key >= limit || left.values-- <= 0) return key;
    putPair(bytes, { start: key, end: keyEnd }, { start: value, end }, out);
    at = end;
    while (bytes[at] === 0x3d) at += 1;
  }
}

function putPair(bytes: Buffer, key: Range, value: Range, out: MappedText): void {
  const decoded = decodeText(bytes, value);
  if (decoded === undefined) return;
  out.copy(bytes, key.start, key.end);
  out.putText(': ', value.start);
  out.putBytes(decoded, value.start, 4, 3);
  out.putText('\n', value.start);
}

function tableWith(table: Readonly<Uint8Array>, chars: string): Uint8Array {
  const wider = Uint8Array.from(table);
  for (const char of chars) wider[char.charCodeAt(0)] = 1;
  return wider;
}
