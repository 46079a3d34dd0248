// Base64 that means something by where it stands, however short: HTTP Basic credentials (RFC 7617), `auth` of a docker
// or npm config, `data` of a Kubernetes Secret. Each becomes text in which the ordinary rules see what it is: a URL with
// a password, an assignment.
import { BASE64, BLANK, NAME, nextStretch, PRINTABLE, spanOf, stretchEnd } from './bytes.ts';
import type { Part, Range } from './layer.ts';
import { MappedText, type PositionMap } from './mapped-text.ts';

const MAX_VALUE = 64 * 1024;
const SPACE_AND_QUOTES = tableWith(BLANK, ' \t"\':=');

/** At most one part for each kind, with a line for each credential. */
export function* structuredParts(bytes: Buffer, range: Range, map: PositionMap | undefined): Generator<Part> {
  yield* partOf('basic', basicCredentials(bytes, range, map));
  yield* partOf('kubernetes', kubernetesSecrets(bytes, range, map));
}

function* partOf(label: string, text: MappedText): Generator<Part> {
  if (text.length > 0) yield { kind: 'part', label, nature: 'encoding', bytes: text.bytes, map: text };
}

// What stands before the value, and a host for the URL when none is written nearby.
const BASIC_MARKS: readonly (readonly [mark: string, host: string])[] = [
  ['Basic ', 'http.basic'],
  ['basic ', 'http.basic'],
  ['"auth"', 'docker.io'],
  ['_auth', 'registry.npmjs.org'],
];

function basicCredentials(bytes: Buffer, range: Range, map: PositionMap | undefined): MappedText {
  const out = new MappedText(0);
  for (const [mark, host] of BASIC_MARKS) {
    for (let at = bytes.indexOf(mark, range.start); at >= 0 && at < range.end; ) {
      const value = at + mark.length + spanOf(bytes, at + mark.length, SPACE_AND_QUOTES, 16);
      const end = valueEnd(bytes, value, range.end);
      if (map?.isVerbatim(at, end) !== true) putCredential(bytes, { start: value, end }, host, out);
      at = bytes.indexOf(mark, value);
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
  const decoded = Buffer.from(bytes.toString('latin1', value.start, value.end), 'base64');
  const isText = nextStretch(decoded, PRINTABLE, 0, decoded.length, decoded.length) === 0;
  return isText ? decoded : undefined;
}

const SECRET_MARKS: readonly string[] = ['kind: Secret', 'kind: "Secret"', '"kind": "Secret"', '"kind":"Secret"'];
// A manifest is at most a mebibyte (etcd); what is further away belongs to another one.
const MAX_MANIFEST = 1024 * 1024;

function kubernetesSecrets(bytes: Buffer, range: Range, map: PositionMap | undefined): MappedText {
  const out = new MappedText(0);
  let done = range.start;
  for (const mark of secretMarks(bytes, range)) {
    const manifest = manifestAround(bytes, mark, range, done);
    if (mark >= done && map?.isVerbatim(manifest.start, manifest.end) !== true) putData(bytes, manifest, out);
    done = Math.max(done, manifest.end);
  }
  return out;
}

function secretMarks(bytes: Buffer, range: Range): readonly number[] {
  const found: number[] = [];
  for (const mark of SECRET_MARKS) {
    for (let at = bytes.indexOf(mark, range.start); at >= 0 && at < range.end; ) {
      found.push(at);
      at = bytes.indexOf(mark, at + mark.length);
    }
  }
  return found.sort((a, b) => a - b);
}

function manifestAround(bytes: Buffer, mark: number, range: Range, done: number): Range {
  const least = Math.max(mark - MAX_MANIFEST, range.start, Math.min(done, mark));
  const most = Math.min(mark + MAX_MANIFEST, range.end);
  const before = bytes.subarray(least, mark).lastIndexOf('\n---');
  const after = bytes.subarray(mark, most).indexOf('\n---');
  return { start: before < 0 ? least : least + before, end: after < 0 ? most : mark + after };
}

/** `key: value` for every pair of base64 after `data:` (not stringData, which the raw scan reads). */
function putData(bytes: Buffer, manifest: Range, out: MappedText): void {
  for (let at = bytes.indexOf('data', manifest.start); at >= 0 && at < manifest.end; ) {
    const colon = at + 4 + (bytes[at + 4] === 0x22 ? 1 : 0);
    at = bytes[colon] === 0x3a ? putPairs(bytes, colon + 1, manifest.end, out) : at + 4;
    at = bytes.indexOf('data', at);
  }
}

const BETWEEN_PAIRS = tableWith(BLANK, ' \t\r\n",{');
const KEY = tableWith(NAME, '.-');

/** Reads pairs until something is none; answers where that is. */
function putPairs(bytes: Buffer, from: number, limit: number, out: MappedText): number {
  for (let at = from; ; ) {
    const key = at + spanOf(bytes, at, BETWEEN_PAIRS, 256);
    const keyEnd = stretchEnd(bytes, KEY, key, Math.min(key + 256, limit));
    const value = keyEnd + spanOf(bytes, keyEnd, SPACE_AND_QUOTES, 16);
    const end = stretchEnd(bytes, BASE64, value, Math.min(value + MAX_VALUE, limit));
    if (keyEnd === key || value === keyEnd || end === value || key >= limit) return Math.max(keyEnd, from);
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
