// What a server says first. v0 (gitprotocol-pack, "Reference Discovery"):
//   [ "version 1" ]  ( oid SP name NUL caps | 0{40} SP "capabilities^{}" NUL caps )
//   *( oid SP name )  *( oid SP name "^{}" )  *( "shallow" SP oid )  flush
// v2 (gitprotocol-v2, "Capability Advertisement"): "version 2", one capability a packet, flush; no refs.
import { visibleText } from './bytes.ts';
import {
  Capabilities,
  formatCapabilities,
  formatCapability,
  parseCapabilities,
  parseCapability,
} from './capabilities.ts';
import { ProtocolError } from './errors.ts';
import { isOid, isZeroOid, type ObjectFormat, type Oid, zeroOid } from './oid.ts';
import { encodePkt, FLUSH, PktDecoder, pktText } from './pkt-line.ts';
import { throwIfErr } from './sideband.ts';

export interface AdvertisedRef {
  readonly name: string;
  readonly oid: Oid;
  /** What an annotated tag peels to; servers tell it on fetch only. */
  readonly peeled?: Oid;
}

export interface Advertisement {
  readonly version: 0 | 1;
  readonly refs: readonly AdvertisedRef[];
  /** `.have` lines: objects the server has that are no refs (alternates, hidden refs). Never to be treated as refs. */
  readonly haves: readonly Oid[];
  readonly shallow: readonly Oid[];
  readonly capabilities: Capabilities;
  readonly objectFormat: ObjectFormat;
}

export interface AdvertisementLimits {
  /** Refs and `.have` lines together. */
  readonly maxRefs?: number;
  readonly maxBytes?: number;
}

export const DEFAULT_MAX_REFS = 1_000_000;
export const DEFAULT_MAX_ADVERTISEMENT_BYTES = 256 * 1024 * 1024;

const NO_REFS = 'capabilities^{}';
const HAVE = '.have';
const PEELED = '^{}';

/** Decodes a v0 or v1 advertisement as it arrives. */
export class AdvertisementDecoder {
  readonly #packets = new PktDecoder();
  readonly #maxRefs: number;
  readonly #maxBytes: number;
  readonly #refs: { name: string; oid: Oid; peeled?: Oid }[] = [];
  readonly #haves: Oid[] = [];
  readonly #shallow: Oid[] = [];
  #version: 0 | 1 = 0;
  #capabilities: Capabilities | undefined;
  #objectFormat: ObjectFormat = 'sha1';
  #noRefs = false;
  #started = false;
  #ended = false;

  constructor(limits: AdvertisementLimits = {}) {
    this.#maxRefs = limits.maxRefs ?? DEFAULT_MAX_REFS;
    this.#maxBytes = limits.maxBytes ?? DEFAULT_MAX_ADVERTISEMENT_BYTES;
  }

  write(chunk: Buffer): void {
    this.#packets.write(chunk);
    while (!this.#ended) {
      const offset = this.#packets.offset;
      const pkt = this.#packets.next();
      if (pkt === undefined) break;
      if (this.#packets.offset > this.#maxBytes) {
        throw new ProtocolError('limit-exceeded', `advertisement above ${this.#maxBytes} bytes`, { offset });
      }
      if (pkt.kind === 'flush') this.#ended = true;
      else if (pkt.kind === 'data') this.#line(pkt.payload, offset);
      else throw new ProtocolError('unexpected-packet', `${pkt.kind} packet in an advertisement`, { offset });
    }
  }

  /** The flush has been read; further bytes are not part of it. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Bytes after the flush. */
  takeRest(): Buffer {
    return this.#packets.takeRest();
  }

  /** The whole of it. Throws `truncated` when the flush has not been read. */
  finish(): Advertisement {
    if (!this.#ended) {
      throw new ProtocolError('truncated', 'the advertisement ended before its flush packet', {
        offset: this.#packets.offset + this.#packets.buffered,
      });
    }
    return {
      version: this.#version,
      refs: this.#refs,
      haves: this.#haves,
      shallow: this.#shallow,
      capabilities: this.#capabilities ?? new Capabilities(),
      objectFormat: this.#objectFormat,
    };
  }

  #line(payload: Buffer, offset: number): void {
    throwIfErr(payload, offset);
    const text = pktText(payload);
    if (!this.#started) {
      this.#started = true;
      if (text === 'version 1') {
        this.#version = 1;
        return;
      }
      if (text.startsWith('version ')) {
        throw new ProtocolError('bad-line', `advertisement of another version: ${visibleText(text.slice(0, 40))}`, {
          offset,
        });
      }
    }
    const shallow = /^shallow (.*)$/s.exec(text);
    if (shallow !== null) {
      // A shallow line may come first when there are no refs and no capabilities to tell; the format is then unknown.
      this.#shallow.push(this.#oid(shallow[1] as string, offset));
      return;
    }
    this.#ref(text, offset);
  }

  #ref(text: string, offset: number): void {
    const nul = text.indexOf('\0');
    if (this.#capabilities === undefined) {
      const capabilities = parseCapabilities(nul === -1 ? '' : text.slice(nul + 1), offset);
      this.#capabilities = capabilities;
      this.#objectFormat = objectFormatOf(capabilities, offset);
    } else if (nul !== -1) {
      throw new ProtocolError('bad-line', 'capabilities after the first line of the advertisement', { offset });
    }
    if (this.#noRefs) throw new ProtocolError('bad-line', `ref after ${NO_REFS}`, { offset });
    if (this.#shallow.length > 0) throw new ProtocolError('bad-line', 'ref after the shallow lines', { offset });
    const line = nul === -1 ? text : text.slice(0, nul);
    const space = line.indexOf(' ');
    if (space === -1) throw new ProtocolError('bad-line', 'advertisement line without a ref name', { offset });
    const oid = this.#oid(line.slice(0, space), offset);
    const name = line.slice(space + 1);
    if (name === '' || name.includes('\n')) {
      throw new ProtocolError('bad-ref-name', 'advertised ref name is empty or has a line feed', { offset });
    }
    if (name === NO_REFS) {
      if (!isZeroOid(oid) || this.#refs.length + this.#haves.length > 0) {
        throw new ProtocolError('bad-line', `${NO_REFS} among refs`, { offset });
      }
      this.#noRefs = true;
      return;
    }
    if (name.endsWith(PEELED)) {
      const tag = this.#refs.at(-1);
      if (tag === undefined || tag.peeled !== undefined || tag.name !== name.slice(0, -PEELED.length)) {
        throw new ProtocolError('bad-line', 'peeled line without its tag before it', { offset });
      }
      tag.peeled = oid;
      return;
    }
    if (isZeroOid(oid)) throw new ProtocolError('bad-oid', 'advertised ref without an object', { offset });
    if (this.#refs.length + this.#haves.length >= this.#maxRefs) {
      throw new ProtocolError('limit-exceeded', `more than ${this.#maxRefs} refs advertised`, { offset });
    }
    if (name === HAVE) this.#haves.push(oid);
    else this.#refs.push({ name, oid });
  }

  #oid(text: string, offset: number): Oid {
    const oid = text.toLowerCase();
    if (!isOid(oid, this.#objectFormat)) {
      throw new ProtocolError('bad-oid', `not a ${this.#objectFormat} object id in the advertisement`, { offset });
    }
    return oid;
  }
}

/** A whole v0/v1 advertisement; nothing may follow its flush. */
export function parseAdvertisement(bytes: Buffer, limits: AdvertisementLimits = {}): Advertisement {
  const decoder = new AdvertisementDecoder(limits);
  decoder.write(bytes);
  const advertisement = decoder.finish();
  const rest = decoder.takeRest();
  if (rest.length > 0) {
    throw new ProtocolError('trailing-bytes', 'bytes after the advertisement', { offset: bytes.length - rest.length });
  }
  return advertisement;
}

/** The wire form: refs in the order given (servers sort by bytes), then `.have` lines, shallow lines, flush. */
export function formatAdvertisement(advertisement: Advertisement): Buffer {
  const packets: Buffer[] = [];
  if (advertisement.version === 1) packets.push(encodePkt('version 1\n'));
  let capabilities: string | undefined = formatCapabilities(advertisement.capabilities);
  const push = (oid: Oid, name: string): void => {
    checkLine(oid, name, advertisement.objectFormat);
    packets.push(encodePkt(capabilities === undefined ? `${oid} ${name}\n` : `${oid} ${name}\0${capabilities}\n`));
    capabilities = undefined;
  };
  for (const ref of advertisement.refs) {
    push(ref.oid, ref.name);
    if (ref.peeled !== undefined) push(ref.peeled, `${ref.name}${PEELED}`);
  }
  for (const oid of advertisement.haves) push(oid, HAVE);
  if (capabilities !== undefined) push(zeroOid(advertisement.objectFormat), NO_REFS);
  for (const oid of advertisement.shallow) packets.push(encodePkt(`shallow ${oid}\n`));
  packets.push(FLUSH);
  return Buffer.concat(packets);
}

function checkLine(oid: Oid, name: string, format: ObjectFormat): void {
  if (!isOid(oid, format) || name === '' || /[\0\n]/.test(name)) throw new TypeError('ref cannot be advertised');
}

function objectFormatOf(capabilities: Capabilities, offset: number): ObjectFormat {
  const format = capabilities.get('object-format') ?? 'sha1';
  if (format === 'sha1' || format === 'sha256') return format;
  throw new ProtocolError('object-format-mismatch', 'unknown object format', { offset });
}

// ---------------------------------------------------------------------------------------------------------------
// What the gateway itself advertises for pushes

/**
 * The capabilities offered to a pusher: what the gateway understands, never what it does not (an unknown one passed
 * through is a bypass), and never push-cert: receive-pack runs the commands in a certificate block beside the plain
 * ones. report-status-v2, side-band-64k, quiet and push-options are the gateway's own doing, whatever the upstream has.
 */
export function receivePackCapabilitiesFor(
  upstream: Capabilities,
  options: { readonly thin: boolean; readonly version: string },
): Capabilities {
  const entries: (readonly [string, string | true])[] = [
    ['report-status', true],
    ['report-status-v2', true],
    ['delete-refs', true],
    ['side-band-64k', true],
    ['quiet', true],
  ];
  // A client that asked for atomic and did not get it would land half a push.
  if (upstream.has('atomic')) entries.push(['atomic', true]);
  entries.push(['ofs-delta', true]);
  // The upstream gets the client's very pack: when it cannot complete thin packs, the client must not send one.
  if (!options.thin || upstream.has('no-thin')) entries.push(['no-thin', true]);
  entries.push(['push-options', true]);
  entries.push(['object-format', upstream.text('object-format') ?? 'sha1']);
  entries.push(['agent', `sallyport/${options.version}`]);
  return new Capabilities(entries);
}

// ---------------------------------------------------------------------------------------------------------------
// v2

/** What of a v2 advertisement may reach a client. Features are listed where the value is a list of them. */
const V2_ALLOWED: ReadonlyMap<string, ReadonlySet<string> | 'any'> = new Map<string, ReadonlySet<string> | 'any'>([
  ['agent', 'any'],
  ['ls-refs', new Set(['unborn'])],
  ['fetch', new Set(['shallow', 'wait-for-done', 'filter', 'ref-in-want', 'sideband-all'])],
  ['server-option', 'any'],
  ['object-format', 'any'],
  ['object-info', 'any'],
]);

const MAX_V2_CAPABILITY_BYTES = 1024 * 1024;

/** True when an advertisement is one of protocol v2. */
export function isV2(bytes: Buffer): boolean {
  return /^000[dD]version 2(?!\n)|^000[eE]version 2\n/.test(bytes.toString('latin1', 0, 14));
}

/** The capabilities of a whole v2 advertisement, values as they stand (`fetch` → `shallow filter`). */
export function parseV2Capabilities(bytes: Buffer): Capabilities {
  return new Capabilities(readV2(bytes).map(({ text }) => parseCapability(text)));
}

export function formatV2Capabilities(capabilities: Iterable<readonly [string, string | true]>): Buffer {
  const packets = [encodePkt('version 2\n')];
  for (const [name, value] of capabilities) {
    const text = formatCapability(name, value);
    if (name === '' || /[\0\n]/.test(text)) throw new TypeError(`not a capability: ${JSON.stringify(text)}`);
    packets.push(encodePkt(`${text}\n`));
  }
  packets.push(FLUSH);
  return Buffer.concat(packets);
}

/**
 * A v2 advertisement with only what is on our list; every packet kept is kept to the byte. What moves data round the
 * gateway (bundle-uri, packfile-uris, promisor-remote: they send the client to other URLs, CVE-2025-48385) is not on
 * it, nor is anything we do not know.
 */
export function filterV2Advertisement(bytes: Buffer): Buffer {
  const packets: Buffer[] = [encodePkt('version 2\n')];
  for (const { text, raw } of readV2(bytes)) {
    const [name, value] = parseCapability(text);
    const allowed = V2_ALLOWED.get(name);
    if (allowed === undefined) continue;
    if (allowed === 'any' || value === true) {
      packets.push(raw);
      continue;
    }
    const features = value.split(' ');
    const kept = features.filter((feature) => allowed.has(feature));
    if (kept.length === features.length) packets.push(raw);
    else packets.push(encodePkt(`${kept.length === 0 ? name : formatCapability(name, kept.join(' '))}\n`));
  }
  packets.push(FLUSH);
  return Buffer.concat(packets);
}

function readV2(bytes: Buffer): readonly { readonly text: string; readonly raw: Buffer }[] {
  if (bytes.length > MAX_V2_CAPABILITY_BYTES) {
    throw new ProtocolError('limit-exceeded', `v2 advertisement above ${MAX_V2_CAPABILITY_BYTES} bytes`);
  }
  const decoder = new PktDecoder();
  decoder.write(bytes);
  const lines: { readonly text: string; readonly raw: Buffer }[] = [];
  for (let first = true; ; first = false) {
    const offset = decoder.offset;
    const pkt = decoder.next();
    if (pkt === undefined) {
      throw new ProtocolError('truncated', 'the v2 advertisement ended before its flush packet', {
        offset: bytes.length,
      });
    }
    if (pkt.kind === 'flush' && !first) break;
    if (pkt.kind !== 'data') {
      throw new ProtocolError('unexpected-packet', `${pkt.kind} packet in a v2 advertisement`, { offset });
    }
    throwIfErr(pkt.payload, offset);
    const text = pktText(pkt.payload);
    if (first) {
      if (text !== 'version 2') throw new ProtocolError('bad-line', 'not a v2 advertisement', { offset });
      continue;
    }
    // Two readers may part here (a C string ends at NUL), so neither byte gets through.
    if (/[\0\n]/.test(text)) {
      throw new ProtocolError('bad-capability', 'NUL or line feed in a v2 capability', { offset });
    }
    lines.push({ text, raw: decoder.raw });
  }
  if (decoder.buffered > 0) {
    throw new ProtocolError('trailing-bytes', 'bytes after the v2 advertisement', { offset: decoder.offset });
  }
  return lines;
}
