// What is revoked: OpenSSH's key revocation lists (PROTOCOL.krl), and lists that people write.
//   krl      = "SSHKRL\n\0" uint32 1, uint64 version, uint64 date, uint64 flags, string reserved, string comment, sections
//   section  = byte 1, string certificates | byte 2, string keys | byte 3, string SHA-1s | byte 5, string SHA-256s
//   certificates = string authority's key (empty: any), string reserved, then byte kind and string data, any number:
//              0x20 serials (uint64 each), 0x21 from and to, 0x22 offset and bitmap (mpint), 0x23 key ids (strings)
//   text     = a line each: serial: N | serial: N-M | id: KEY ID | hash: SHA256:… | a public key; # comments
// A list that is not understood to its end is none: who is named in the rest would still be let in.
import { createHash } from 'node:crypto';
import type { SshCertificate } from './ssh-certificate.ts';
import { parseSshPublicKeyLine, type SshKeyRefusal, type SshPublicKey, sshKeyFingerprint } from './ssh-key.ts';
import { WireReader, wireStrings } from './ssh-wire.ts';

export interface RevocationList {
  /** Keys as such, whether plain, certified or an authority's. */
  isKeyRevoked(key: SshPublicKey): boolean;
  /** A certificate, by its serial, its key id, its key or its authority. */
  isCertificateRevoked(certificate: SshCertificate): boolean;
}

interface SerialRange {
  readonly from: bigint;
  to: bigint;
}

/** What one authority's certificates are revoked by; without an authority, those of any. */
interface RevokedOf {
  readonly authority?: string;
  readonly ranges: SerialRange[];
  readonly keyIds: Set<string>;
}

interface Parts {
  readonly certificates: RevokedOf[];
  readonly fingerprints: Set<string>;
  readonly sha1: Set<string>;
}

export const MAX_REVOCATION_BYTES = 16 * 1024 * 1024;
const MAGIC = Buffer.from('SSHKRL\n\0', 'latin1');
const VERSION = 1;
const MAX_BITMAP_BYTES = 0x8000;
/** Of one authority; neighbours count as one. */
const MAX_RANGES = 1_000_000;

/** A list in either form; a refusal when any of it is not understood. */
export function parseRevocationList(bytes: Buffer): RevocationList | SshKeyRefusal {
  if (bytes.length > MAX_REVOCATION_BYTES) return { refused: 'the revocation list is too large', hint: HINT };
  const parts: Parts = { certificates: [], fingerprints: new Set(), sha1: new Set() };
  const isKrl = bytes.subarray(0, MAGIC.length).equals(MAGIC);
  const fault = isKrl ? readKrl(bytes, parts) : readText(bytes, parts);
  return fault === undefined ? listOf(parts) : { refused: `the revocation list is not usable: ${fault}`, hint: HINT };
}

const HINT = 'make one with: ssh-keygen -k, or write lines such as "serial: 7" and "id: NAME"';

/** A list that names nothing. */
export const NOTHING_REVOKED: RevocationList = { isKeyRevoked: () => false, isCertificateRevoked: () => false };

function listOf({ certificates, fingerprints, sha1 }: Parts): RevocationList {
  for (const { ranges } of certificates) settle(ranges);
  const isKeyRevoked = (key: SshPublicKey): boolean =>
    fingerprints.has(sshKeyFingerprint(key.blob)) ||
    (sha1.size > 0 && sha1.has(createHash('sha1').update(key.blob).digest('hex')));
  return {
    isKeyRevoked,
    isCertificateRevoked(certificate) {
      const { key, authority, serial, keyId } = certificate;
      if (isKeyRevoked(key) || isKeyRevoked(authority)) return true;
      const from = sshKeyFingerprint(authority.blob);
      return certificates.some(
        (revoked) =>
          (revoked.authority === undefined || revoked.authority === from) &&
          (revoked.keyIds.has(keyId) || isIn(revoked.ranges, serial)),
      );
    },
  };
}

/** Puts ranges in order, and makes one of those that overlap. */
function settle(ranges: SerialRange[]): void {
  const sorted = ranges.splice(0).sort((a, b) => (a.from === b.from ? 0 : a.from < b.from ? -1 : 1));
  for (const range of sorted) {
    const last = ranges.at(-1);
    if (last === undefined || range.from > last.to) ranges.push(range);
    else if (range.to > last.to) last.to = range.to;
  }
}

function isIn(ranges: readonly SerialRange[], serial: bigint): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle] as SerialRange).from <= serial) low = middle + 1;
    else high = middle;
  }
  return low > 0 && serial <= (ranges[low - 1] as SerialRange).to;
}

/** Answers what is wrong; `undefined` = nothing. */
function readKrl(bytes: Buffer, parts: Parts): string | undefined {
  const reader = new WireReader(bytes);
  reader.take(MAGIC.length);
  if (reader.uint32() !== VERSION) return 'its version is not 1';
  // Version, date and flags, what is reserved and a comment: nothing that decides.
  const head = [reader.take(3 * 8), reader.string(), reader.string()];
  if (head.includes(undefined)) return 'it is cut off';
  while (!reader.atEnd()) {
    const kind = reader.byte();
    const data = reader.string();
    const read = SECTIONS[kind ?? 0];
    if (read === undefined) return `section ${kind} is not known`;
    if (data === undefined || !read(data, parts)) return `section ${kind} is malformed`;
  }
  return undefined;
}

const SECTIONS: Readonly<Record<number, (data: Buffer, parts: Parts) => boolean>> = {
  1: readCertificates,
  2: (data, { fingerprints }) => addEach(data, (blob) => fingerprints.add(sshKeyFingerprint(blob))),
  3: (data, { sha1 }) => addEach(data, (hash) => sha1.add(hash.toString('hex')), 20),
  5: (data, { fingerprints }) =>
    addEach(data, (hash) => fingerprints.add(`SHA256:${hash.toString('base64').replace(/=+$/, '')}`), 32),
};

function addEach(data: Buffer, add: (one: Buffer) => void, length?: number): boolean {
  const all = wireStrings(data);
  if (all === undefined || (length !== undefined && all.some((one) => one.length !== length))) return false;
  for (const one of all) add(one);
  return true;
}

function readCertificates(data: Buffer, { certificates }: Parts): boolean {
  const reader = new WireReader(data);
  const authority = reader.string();
  if (authority === undefined || reader.string() === undefined) return false;
  const revoked: RevokedOf = {
    ...(authority.length > 0 && { authority: sshKeyFingerprint(authority) }),
    ranges: [],
    keyIds: new Set(),
  };
  while (!reader.atEnd()) {
    const read = CERTIFICATE_SECTIONS[reader.byte() ?? 0];
    const content = reader.string();
    if (read === undefined || content === undefined || !read(content, revoked)) return false;
  }
  certificates.push(revoked);
  return true;
}

const CERTIFICATE_SECTIONS: Readonly<Record<number, (data: Buffer, revoked: RevokedOf) => boolean>> = {
  32: readSerials,
  33: readRange,
  34: readBitmap,
  35: (data, { keyIds }) => addEach(data, (id) => keyIds.add(id.toString('utf8'))),
};

function readSerials(data: Buffer, { ranges }: RevokedOf): boolean {
  if (data.length % 8 !== 0) return false;
  for (let at = 0; at < data.length; at += 8) {
    const serial = data.readBigUInt64BE(at);
    if (!addRange(ranges, serial, serial)) return false;
  }
  return true;
}

/** False when there are too many. */
function addRange(ranges: SerialRange[], from: bigint, to: bigint): boolean {
  const last = ranges.at(-1);
  if (last !== undefined && last.to + 1n === from) last.to = to;
  else ranges.push({ from, to });
  return ranges.length <= MAX_RANGES;
}

function readRange(data: Buffer, { ranges }: RevokedOf): boolean {
  if (data.length !== 16) return false;
  const [from, to] = [data.readBigUInt64BE(0), data.readBigUInt64BE(8)];
  return from <= to && addRange(ranges, from, to);
}

/** The lowest bit of the last byte is the offset itself. */
function readBitmap(data: Buffer, { ranges }: RevokedOf): boolean {
  const reader = new WireReader(data);
  const offset = reader.uint64();
  const bits = reader.positiveMpint();
  if (offset === undefined || bits === undefined || bits.length > MAX_BITMAP_BYTES || !reader.atEnd()) return false;
  for (let bit = 0; bit < bits.length * 8; bit++) {
    const byte = bits[bits.length - 1 - (bit >> 3)] as number;
    if ((byte & (1 << (bit & 7))) === 0) continue;
    if (!addRange(ranges, offset + BigInt(bit), offset + BigInt(bit))) return false;
  }
  return true;
}

function readText(bytes: Buffer, parts: Parts): string | undefined {
  const revoked: RevokedOf = { ranges: [], keyIds: new Set() };
  parts.certificates.push(revoked);
  for (const [index, line] of bytes.toString('utf8').split('\n').entries()) {
    const text = line.trim();
    if (text !== '' && !text.startsWith('#') && !readLine(text, revoked, parts)) return `line ${index + 1}`;
  }
  return undefined;
}

function readLine(text: string, revoked: RevokedOf, { fingerprints }: Parts): boolean {
  const [, name, value = ''] = /^(serial|id|hash|key|sha256):\s*(.+)$/.exec(text) ?? [];
  switch (name) {
    case 'serial':
      return addSerials(value, revoked);
    case 'id':
      revoked.keyIds.add(value);
      return true;
    case 'hash':
      if (!/^SHA256:[A-Za-z0-9+/]{43}$/.test(value)) return false;
      fingerprints.add(value);
      return true;
    default: {
      const line = parseSshPublicKeyLine(name === undefined ? text : value);
      if ('refused' in line) return false;
      fingerprints.add(line.fingerprint);
      return true;
    }
  }
}

function addSerials(text: string, { ranges }: RevokedOf): boolean {
  const [, from, to = from] = /^(\d{1,20})(?:\s*-\s*(\d{1,20}))?$/.exec(text) ?? [];
  if (from === undefined || to === undefined || BigInt(from) > BigInt(to)) return false;
  return addRange(ranges, BigInt(from), BigInt(to));
}
