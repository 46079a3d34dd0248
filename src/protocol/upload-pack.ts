// The fetch conversation. Requests pass through the gateway as the client's own bytes; they are decoded to know what
// was asked for, and to write our own fetches.
//
// v0/v1 (gitprotocol-pack, "Packfile Negotiation"):
//   want SP oid SP caps  *( want | shallow | deepen… | filter )  flush   *( have SP oid | flush )  done
//   answer: [ *( shallow | unshallow ) flush ]  *( ACK SP oid [ SP status ] | NAK )  pack
// v2 (gitprotocol-v2): command=<name>  *capability  [ delim  *argument ]  flush
//   answer of fetch: sections acknowledgments, shallow-info, wanted-refs, packfile, separated by delim, ended by flush
import { decodeBytes, visibleText } from './bytes.ts';
import {
  Capabilities,
  formatCapabilities,
  formatCapability,
  parseCapabilities,
  parseCapability,
} from './capabilities.ts';
import { ProtocolError } from './errors.ts';
import { isOid, type ObjectFormat, type Oid } from './oid.ts';
import { DELIM, encodePkt, FLUSH, PktDecoder, pktText } from './pkt-line.ts';
import { throwIfErr } from './sideband.ts';

const DEFAULT_MAX_REQUEST_BYTES = 64 * 1024 * 1024; // 1,000,000 wants of a mirror clone

// ---------------------------------------------------------------------------------------------------------------
// Lines

export type AckStatus = 'continue' | 'common' | 'ready';
export type AckLine =
  | { readonly kind: 'nak' }
  | { readonly kind: 'ack'; readonly oid: Oid; readonly status?: AckStatus };
export interface ShallowLine {
  readonly kind: 'shallow' | 'unshallow';
  readonly oid: Oid;
}

/** `NAK` or `ACK <oid> [continue|common|ready]`; undefined = another line. */
export function parseAckLine(payload: Buffer): AckLine | undefined {
  const text = pktText(payload);
  if (text === 'NAK') return { kind: 'nak' };
  const match = /^ACK ([0-9a-fA-F]{64}|[0-9a-fA-F]{40})(?: (continue|common|ready))?$/.exec(text);
  if (match === null) return undefined;
  const oid = (match[1] as string).toLowerCase();
  return match[2] === undefined ? { kind: 'ack', oid } : { kind: 'ack', oid, status: match[2] as AckStatus };
}

export function formatAckLine(line: AckLine): Buffer {
  if (line.kind === 'nak') return encodePkt('NAK\n');
  return encodePkt(line.status === undefined ? `ACK ${line.oid}\n` : `ACK ${line.oid} ${line.status}\n`);
}

/** `shallow <oid>` or `unshallow <oid>`; undefined = another line. */
export function parseShallowLine(payload: Buffer): ShallowLine | undefined {
  const match = /^(shallow|unshallow) ([0-9a-fA-F]{64}|[0-9a-fA-F]{40})$/.exec(pktText(payload));
  if (match === null) return undefined;
  return { kind: match[1] as 'shallow' | 'unshallow', oid: (match[2] as string).toLowerCase() };
}

export function formatShallowLine(line: ShallowLine): Buffer {
  return encodePkt(`${line.kind} ${line.oid}\n`);
}

// ---------------------------------------------------------------------------------------------------------------
// v0/v1 requests

/** The first section of a v0/v1 request: what the client wants, and within which limits. */
export interface WantSection {
  readonly wants: readonly Oid[];
  readonly capabilities: Capabilities;
  readonly shallow: readonly Oid[];
  readonly depth?: number;
  readonly deepenSince?: number;
  readonly deepenNot: readonly string[];
  readonly filter?: string;
  /** The exact bytes of the section, its flush included. */
  readonly bytes: Buffer;
}

export type UploadPackEvent =
  /** The server answers with shallow lines and a flush before anything else when `deepens(request)`. */
  | { readonly kind: 'wants'; readonly request: WantSection }
  | { readonly kind: 'have'; readonly oid: Oid }
  /** End of one round of haves: a stateful server answers now. */
  | { readonly kind: 'flush' }
  | { readonly kind: 'done' }
  /** Flush without any want (ls-remote): the conversation is over. */
  | { readonly kind: 'end' };

export interface UploadPackLimits {
  /** Bytes of the want section, and of all haves together. */
  readonly maxBytes?: number;
}

/** Decodes what a v0/v1 client sends, over a lasting connection or as one stateless POST. */
export class UploadPackDecoder {
  readonly #packets = new PktDecoder();
  readonly #format: ObjectFormat;
  readonly #maxBytes: number;
  readonly #raw: Buffer[] = [];
  readonly #wants: Oid[] = [];
  readonly #shallow: Oid[] = [];
  readonly #deepenNot: string[] = [];
  #capabilities = new Capabilities();
  #limits: { depth?: number; deepenSince?: number; filter?: string } = {};
  #state: 'wants' | 'haves' | 'over' = 'wants';

  constructor(options: { readonly objectFormat: ObjectFormat } & UploadPackLimits) {
    this.#format = options.objectFormat;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_REQUEST_BYTES;
  }

  write(chunk: Buffer): void {
    this.#packets.write(chunk);
  }

  /** The next event, or undefined until more is written (or for good, once `over`). */
  next(): UploadPackEvent | undefined {
    while (this.#state !== 'over') {
      const offset = this.#packets.offset;
      const pkt = this.#packets.next();
      if (pkt === undefined) return undefined;
      if (this.#packets.offset > this.#maxBytes) {
        throw new ProtocolError('limit-exceeded', `fetch request above ${this.#maxBytes} bytes`, { offset });
      }
      if (pkt.kind === 'delim' || pkt.kind === 'response-end') {
        throw new ProtocolError('unexpected-packet', `${pkt.kind} packet in a fetch request`, { offset });
      }
      const event =
        this.#state === 'wants'
          ? this.#inWants(pkt.kind === 'data' ? pkt.payload : undefined, offset)
          : this.#inHaves(pkt.kind === 'data' ? pkt.payload : undefined, offset);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  /** `done`, or the flush of a client that wants nothing, has been read. */
  get over(): boolean {
    return this.#state === 'over';
  }

  /** The exact bytes of the packet behind the last `have`, `flush` or `done`. */
  get raw(): Buffer {
    return this.#packets.raw;
  }

  /** Undecoded bytes. */
  takeRest(): Buffer {
    return this.#packets.takeRest();
  }

  #inWants(payload: Buffer | undefined, offset: number): UploadPackEvent | undefined {
    this.#raw.push(this.#packets.raw);
    if (payload === undefined) {
      if (this.#wants.length === 0) {
        this.#state = 'over';
        return { kind: 'end' };
      }
      this.#state = 'haves';
      return {
        kind: 'wants',
        request: {
          wants: this.#wants,
          capabilities: this.#capabilities,
          shallow: this.#shallow,
          ...this.#limits,
          deepenNot: this.#deepenNot,
          bytes: Buffer.concat(this.#raw),
        },
      };
    }
    const text = pktText(payload);
    const space = text.indexOf(' ');
    const keyword = space === -1 ? text : text.slice(0, space);
    const rest = space === -1 ? '' : text.slice(space + 1);
    if (/[\0\n]/.test(rest)) throw new ProtocolError('bad-line', 'NUL or line feed in a fetch request', { offset });
    switch (keyword) {
      case 'want': {
        const end = rest.indexOf(' ');
        // git reads capabilities on any want line; no client sends them later, so nobody may.
        if (end !== -1 && this.#wants.length > 0) {
          throw new ProtocolError('bad-line', 'capabilities after the first want', { offset });
        }
        if (end !== -1) this.#capabilities = parseCapabilities(rest.slice(end + 1), offset);
        this.#wants.push(this.#oid(end === -1 ? rest : rest.slice(0, end), offset));
        return undefined;
      }
      case 'shallow':
        this.#shallow.push(this.#oid(rest, offset));
        return undefined;
      case 'deepen':
        this.#limits = { ...this.#limits, depth: wholeNumber(rest, offset) };
        return undefined;
      case 'deepen-since':
        this.#limits = { ...this.#limits, deepenSince: wholeNumber(rest, offset) };
        return undefined;
      case 'deepen-not':
        if (rest === '') throw new ProtocolError('bad-line', 'deepen-not without a ref', { offset });
        this.#deepenNot.push(rest);
        return undefined;
      case 'filter':
        if (rest === '') throw new ProtocolError('bad-line', 'filter without a specification', { offset });
        this.#limits = { ...this.#limits, filter: rest };
        return undefined;
      default:
        throw new ProtocolError('bad-line', `unknown line in a fetch request: ${visibleText(keyword).slice(0, 40)}`, {
          offset,
        });
    }
  }

  #inHaves(payload: Buffer | undefined, offset: number): UploadPackEvent {
    if (payload === undefined) return { kind: 'flush' };
    const text = pktText(payload);
    if (text === 'done') {
      this.#state = 'over';
      return { kind: 'done' };
    }
    if (text.startsWith('have ')) return { kind: 'have', oid: this.#oid(text.slice('have '.length), offset) };
    throw new ProtocolError('bad-line', 'neither have nor done in the negotiation', { offset });
  }

  #oid(text: string, offset: number): Oid {
    const oid = text.toLowerCase();
    if (!isOid(oid, this.#format)) throw new ProtocolError('bad-oid', `not a ${this.#format} object id`, { offset });
    return oid;
  }
}

/** The server will answer this section with shallow lines and a flush before it negotiates. */
export function deepens(request: WantSection): boolean {
  return request.depth !== undefined || request.deepenSince !== undefined || request.deepenNot.length > 0;
}

function wholeNumber(text: string, offset: number): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new ProtocolError('bad-line', 'not a whole number', { offset });
  return Number(text);
}

/** One v0/v1 request that needs no second round: wants, haves, done. */
export function formatV0Fetch(request: {
  readonly wants: readonly Oid[];
  readonly haves?: readonly Oid[];
  readonly depth?: number;
  readonly filter?: string;
  readonly capabilities: Iterable<readonly [string, string | true]>;
  readonly shallow?: readonly Oid[];
  /** False: end with a flush, and read what the server has in common. */
  readonly done?: boolean;
}): Buffer {
  if (request.wants.length === 0) throw new TypeError('a fetch wants something');
  const capabilities = formatCapabilities(request.capabilities);
  const packets = request.wants.map((oid, at) =>
    encodePkt(at === 0 && capabilities !== '' ? `want ${oid} ${capabilities}\n` : `want ${oid}\n`),
  );
  for (const oid of request.shallow ?? []) packets.push(encodePkt(`shallow ${oid}\n`));
  if (request.depth !== undefined) packets.push(encodePkt(`deepen ${request.depth}\n`));
  if (request.filter !== undefined) packets.push(encodePkt(`filter ${request.filter}\n`));
  packets.push(FLUSH);
  for (const oid of request.haves ?? []) packets.push(encodePkt(`have ${oid}\n`));
  packets.push(request.done === false ? FLUSH : encodePkt('done\n'));
  return Buffer.concat(packets);
}

// ---------------------------------------------------------------------------------------------------------------
// v2 requests

export interface V2Request {
  readonly command: string;
  readonly capabilities: Capabilities;
  readonly args: readonly string[];
  /** The exact bytes, its flush included. */
  readonly bytes: Buffer;
}

/** Splits a v2 client's stream into requests. A lone flush is a client that has finished. */
export class V2RequestDecoder {
  readonly #packets = new PktDecoder();
  readonly #maxBytes: number;
  #raw: Buffer[] = [];
  #from = 0;
  #command: string | undefined;
  #capabilities: (readonly [string, string | true])[] = [];
  #args: string[] = [];
  #inArgs = false;
  #over = false;

  constructor(limits: UploadPackLimits = {}) {
    this.#maxBytes = limits.maxBytes ?? DEFAULT_MAX_REQUEST_BYTES;
  }

  write(chunk: Buffer): void {
    this.#packets.write(chunk);
  }

  /** The next whole request, or undefined until more is written (or for good, once `over`). */
  next(): V2Request | undefined {
    while (!this.#over) {
      const offset = this.#packets.offset;
      const pkt = this.#packets.next();
      if (pkt === undefined) return undefined;
      if (this.#packets.offset - this.#from > this.#maxBytes) {
        throw new ProtocolError('limit-exceeded', `fetch request above ${this.#maxBytes} bytes`, { offset });
      }
      this.#raw.push(this.#packets.raw);
      if (pkt.kind === 'data') this.#line(pktText(pkt.payload), offset);
      else if (pkt.kind === 'delim' && !this.#inArgs && this.#command !== undefined) this.#inArgs = true;
      else if (pkt.kind === 'flush') {
        if (this.#raw.length === 1) {
          this.#over = true;
          return undefined;
        }
        return this.#end(offset);
      } else throw new ProtocolError('unexpected-packet', `${pkt.kind} packet out of place`, { offset });
    }
    return undefined;
  }

  /** The client has said that it wants nothing more. */
  get over(): boolean {
    return this.#over;
  }

  /** At the end of input: throws when a request is only half there. */
  finish(): void {
    if (this.#raw.length > (this.#over ? 1 : 0) || this.#packets.buffered > 0) {
      throw new ProtocolError('truncated', 'the fetch request ended before its flush packet', {
        offset: this.#packets.offset + this.#packets.buffered,
      });
    }
  }

  takeRest(): Buffer {
    return this.#packets.takeRest();
  }

  #line(text: string, offset: number): void {
    if (text === '' || /[\0\n]/.test(text)) {
      throw new ProtocolError('bad-line', 'empty line, NUL or line feed in a fetch request', { offset });
    }
    if (this.#inArgs) {
      this.#args.push(text);
      return;
    }
    const [name, value] = parseCapability(text);
    if (name === 'command') {
      // git takes the command anywhere among the capabilities and dies on a second one; clients send it first.
      if (this.#command !== undefined || this.#capabilities.length > 0 || typeof value !== 'string') {
        throw new ProtocolError('bad-line', 'command out of place', { offset });
      }
      this.#command = value;
    } else this.#capabilities.push([name, value]);
  }

  #end(offset: number): V2Request {
    if (this.#command === undefined) throw new ProtocolError('bad-line', 'fetch request without a command', { offset });
    const request: V2Request = {
      command: this.#command,
      capabilities: new Capabilities(this.#capabilities),
      args: this.#args,
      bytes: Buffer.concat(this.#raw),
    };
    this.#raw = [];
    this.#from = this.#packets.offset;
    this.#command = undefined;
    this.#capabilities = [];
    this.#args = [];
    this.#inArgs = false;
    return request;
  }
}

const V2_COMMANDS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['ls-refs', new Set(['peel', 'symrefs', 'ref-prefix', 'unborn'])],
  [
    'fetch',
    new Set([
      'want',
      'have',
      'done',
      'thin-pack',
      'no-progress',
      'include-tag',
      'ofs-delta',
      'shallow',
      'deepen',
      'deepen-relative',
      'deepen-since',
      'deepen-not',
      'filter',
      'want-ref',
      'sideband-all',
      'wait-for-done',
    ]),
  ],
  ['object-info', new Set(['size', 'oid'])],
]);
const V2_REQUEST_CAPABILITIES: ReadonlySet<string> = new Set(['agent', 'server-option', 'object-format']);

/**
 * Why a v2 request may not go upstream; undefined = it may. The advertisement is filtered, but nothing stops a client
 * from asking for what it was not offered (bundle-uri, packfile-uris).
 */
export function whyV2CommandRefused(request: Pick<V2Request, 'command' | 'capabilities' | 'args'>): string | undefined {
  const allowed = V2_COMMANDS.get(request.command);
  if (allowed === undefined) return `command ${visibleText(request.command).slice(0, 40)} is not offered`;
  for (const [name] of request.capabilities) {
    if (!V2_REQUEST_CAPABILITIES.has(name)) return `capability ${visibleText(name).slice(0, 40)} is not offered`;
  }
  for (const arg of request.args) {
    const space = arg.indexOf(' ');
    const keyword = space === -1 ? arg : arg.slice(0, space);
    if (!allowed.has(keyword)) return `argument ${visibleText(keyword).slice(0, 40)} is not offered`;
  }
  return undefined;
}

export function isAllowedV2Command(request: Pick<V2Request, 'command' | 'capabilities' | 'args'>): boolean {
  return whyV2CommandRefused(request) === undefined;
}

/** What a v2 server must have advertised to be sent: leave out what it did not. */
interface V2Preamble {
  readonly agent?: string;
  readonly objectFormat?: ObjectFormat;
}

export function formatV2LsRefs(
  request: {
    readonly prefixes?: readonly string[];
    readonly symrefs?: boolean;
    readonly peel?: boolean;
    readonly unborn?: boolean;
  } & V2Preamble,
): Buffer {
  const args: string[] = [];
  if (request.peel === true) args.push('peel');
  if (request.symrefs === true) args.push('symrefs');
  if (request.unborn === true) args.push('unborn');
  for (const prefix of request.prefixes ?? []) args.push(`ref-prefix ${prefix}`);
  return formatV2Request('ls-refs', request, args);
}

export function formatV2Fetch(
  request: {
    readonly wants: readonly Oid[];
    readonly haves?: readonly Oid[];
    readonly done: boolean;
    readonly depth?: number;
    readonly filter?: string;
    readonly shallow?: readonly Oid[];
    readonly wantRefs?: readonly string[];
    /** Let the pack have deltas against what we say we have. */
    readonly thin?: boolean;
    /** Ask for the server's progress lines. */
    readonly progress?: boolean;
  } & V2Preamble,
): Buffer {
  const args: string[] = ['ofs-delta'];
  if (request.thin === true) args.push('thin-pack');
  if (request.progress !== true) args.push('no-progress');
  for (const oid of request.shallow ?? []) args.push(`shallow ${oid}`);
  if (request.depth !== undefined) args.push(`deepen ${request.depth}`);
  if (request.filter !== undefined) args.push(`filter ${request.filter}`);
  for (const oid of request.wants) args.push(`want ${oid}`);
  for (const refName of request.wantRefs ?? []) args.push(`want-ref ${refName}`);
  for (const oid of request.haves ?? []) args.push(`have ${oid}`);
  if (request.done) args.push('done');
  return formatV2Request('fetch', request, args);
}

function formatV2Request(command: string, preamble: V2Preamble, args: readonly string[]): Buffer {
  const packets = [encodePkt(`command=${command}\n`)];
  const push = (text: string): void => {
    if (/[\0\n]/.test(text)) throw new TypeError(`cannot be sent: ${JSON.stringify(text)}`);
    packets.push(encodePkt(`${text}\n`));
  };
  if (preamble.agent !== undefined) push(formatCapability('agent', preamble.agent));
  if (preamble.objectFormat !== undefined) push(formatCapability('object-format', preamble.objectFormat));
  packets.push(DELIM);
  for (const arg of args) push(arg);
  packets.push(FLUSH);
  return Buffer.concat(packets);
}

// ---------------------------------------------------------------------------------------------------------------
// Answers

export interface ListedRef {
  readonly name: string;
  /** Absent: an unborn HEAD, of which only the target is known. */
  readonly oid?: Oid;
  readonly peeled?: Oid;
  readonly symrefTarget?: string;
}

/** Decodes the answer to ls-refs as it arrives. */
export class LsRefsDecoder {
  readonly #packets = new PktDecoder();
  readonly #format: ObjectFormat;
  readonly #maxRefs: number;
  readonly #refs: ListedRef[] = [];
  #ended = false;

  constructor(options: { readonly objectFormat: ObjectFormat; readonly maxRefs?: number }) {
    this.#format = options.objectFormat;
    this.#maxRefs = options.maxRefs ?? 1_000_000;
  }

  write(chunk: Buffer): void {
    this.#packets.write(chunk);
    while (!this.#ended) {
      const offset = this.#packets.offset;
      const pkt = this.#packets.next();
      if (pkt === undefined) return;
      if (pkt.kind === 'flush') this.#ended = true;
      else if (pkt.kind === 'data') this.#line(pkt.payload, offset);
      else throw new ProtocolError('unexpected-packet', `${pkt.kind} packet in a list of refs`, { offset });
    }
  }

  get ended(): boolean {
    return this.#ended;
  }

  finish(): readonly ListedRef[] {
    if (this.#ended) return this.#refs;
    throw new ProtocolError('truncated', 'the list of refs ended before its flush packet', {
      offset: this.#packets.offset + this.#packets.buffered,
    });
  }

  #line(payload: Buffer, offset: number): void {
    throwIfErr(payload, offset);
    if (this.#refs.length >= this.#maxRefs) {
      throw new ProtocolError('limit-exceeded', `more than ${this.#maxRefs} refs listed`, { offset });
    }
    const text = pktText(payload);
    if (/[\0\n]/.test(text)) throw new ProtocolError('bad-line', 'NUL or line feed in a listed ref', { offset });
    const [first, name, ...attributes] = text.split(' ');
    if (first === undefined || name === undefined || name === '') {
      throw new ProtocolError('bad-line', 'listed ref without a name', { offset });
    }
    let peeled: Oid | undefined;
    let symrefTarget: string | undefined;
    for (const attribute of attributes) {
      if (attribute.startsWith('peeled:')) peeled = this.#oid(attribute.slice('peeled:'.length), offset);
      else if (attribute.startsWith('symref-target:')) symrefTarget = attribute.slice('symref-target:'.length);
      // Other attributes are allowed for by gitprotocol-v2 and say nothing we use.
    }
    this.#refs.push({
      name,
      ...(first === 'unborn' ? {} : { oid: this.#oid(first, offset) }),
      ...(peeled === undefined ? {} : { peeled }),
      ...(symrefTarget === undefined ? {} : { symrefTarget }),
    });
  }

  #oid(text: string, offset: number): Oid {
    const oid = text.toLowerCase();
    if (!isOid(oid, this.#format)) throw new ProtocolError('bad-oid', `not a ${this.#format} object id`, { offset });
    return oid;
  }
}

/** A whole answer to ls-refs. */
export function parseLsRefs(bytes: Buffer, objectFormat: ObjectFormat): readonly ListedRef[] {
  const decoder = new LsRefsDecoder({ objectFormat });
  decoder.write(bytes);
  return decoder.finish();
}

export type FetchEvent =
  | AckLine
  | ShallowLine
  | { readonly kind: 'wanted-ref'; readonly oid: Oid; readonly refName: string }
  /** Band 2, undecorated: visibleText() before showing. */
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'pack'; readonly data: Buffer }
  /** Band 3 or an ERR packet: nothing good follows. */
  | { readonly kind: 'error'; readonly text: string }
  /** The answer is complete. Without a pack before it: the server waits for more haves. */
  | { readonly kind: 'end' };

type AnswerSection =
  // v0/v1, in this order
  | 'shallow'
  | 'acks'
  // v2: before a section header, and inside each
  | 'header'
  | 'acknowledgments'
  | 'shallow-info'
  | 'wanted-refs'
  // both
  | 'bands'
  | 'raw'
  | 'end';

/** Decodes the answer to one fetch, of either protocol. */
export class FetchResponseDecoder {
  readonly #packets = new PktDecoder();
  readonly #sideband: boolean;
  #section: AnswerSection;
  #acked = false;
  #ended = false;

  /**
   * `depth`: the request asked to deepen, so that a v0 server begins with shallow lines. `sideband: false`: a v0 server
   * that was not asked for bands sends the bare pack after its one ACK or NAK.
   */
  constructor(options: { readonly version: 0 | 2; readonly depth?: boolean | number; readonly sideband?: boolean }) {
    this.#sideband = options.sideband ?? true;
    const deepens = options.depth !== undefined && options.depth !== false;
    this.#section = options.version === 2 ? 'header' : deepens ? 'shallow' : 'acks';
  }

  write(chunk: Buffer): void {
    this.#packets.write(chunk);
  }

  /** The next event, or undefined until more is written (or for good, once `ended`). */
  next(): FetchEvent | undefined {
    while (!this.#ended) {
      if (this.#section === 'raw') {
        return this.#packets.buffered === 0 ? undefined : { kind: 'pack', data: this.#packets.takeRest() };
      }
      const offset = this.#packets.offset;
      const pkt = this.#packets.next();
      if (pkt === undefined) return undefined;
      const event = pkt.kind === 'data' ? this.#data(pkt.payload, offset) : this.#boundary(pkt.kind, offset);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  /**
   * At the end of input: the `end` event where only the end of input says so (a bare pack, a v0 round of negotiation),
   * undefined where it was said before; throws when the answer broke off.
   */
  finish(): FetchEvent | undefined {
    if (this.#packets.buffered > 0) {
      if (this.#ended) {
        throw new ProtocolError('trailing-bytes', 'bytes after the answer', { offset: this.#packets.offset });
      }
    } else if (this.#ended) return undefined;
    else if (this.#section === 'raw' || (this.#section === 'acks' && this.#acked)) return this.#end();
    throw new ProtocolError('truncated', 'the answer to the fetch broke off', {
      offset: this.#packets.offset + this.#packets.buffered,
    });
  }

  /** `end` has been returned, or an error that ends the conversation. */
  get ended(): boolean {
    return this.#ended;
  }

  #end(): FetchEvent {
    this.#ended = true;
    this.#section = 'end';
    return { kind: 'end' };
  }

  #boundary(kind: 'flush' | 'delim' | 'response-end', offset: number): FetchEvent | undefined {
    const section = this.#section;
    if (kind === 'flush') {
      if (section === 'shallow') {
        this.#section = 'acks';
        return undefined;
      }
      // A v2 answer may end after acknowledgments: no common base yet.
      if (section === 'bands' || section === 'acknowledgments') return this.#end();
    }
    if (
      kind === 'delim' &&
      (section === 'acknowledgments' || section === 'shallow-info' || section === 'wanted-refs')
    ) {
      this.#section = 'header';
      return undefined;
    }
    throw new ProtocolError('unexpected-packet', `${kind} packet out of place in the answer`, { offset });
  }

  #data(payload: Buffer, offset: number): FetchEvent | undefined {
    if (payload.toString('latin1', 0, 4) === 'ERR ') {
      this.#end();
      return { kind: 'error', text: pktText(payload.subarray(4)) };
    }
    switch (this.#section) {
      case 'shallow':
      case 'shallow-info': {
        const line = parseShallowLine(payload);
        if (line === undefined) throw new ProtocolError('bad-line', 'not a shallow line', { offset });
        return line;
      }
      case 'acks': {
        const line = parseAckLine(payload);
        if (line !== undefined) {
          this.#acked = true;
          if (!this.#sideband) this.#section = 'raw';
          return line;
        }
        if (!this.#acked) throw new ProtocolError('bad-line', 'neither ACK nor NAK', { offset });
        this.#section = 'bands';
        return this.#band(payload, offset);
      }
      case 'acknowledgments': {
        if (pktText(payload) === 'ready') return undefined;
        const line = parseAckLine(payload);
        if (line === undefined) throw new ProtocolError('bad-line', 'neither ACK nor NAK', { offset });
        return line;
      }
      case 'wanted-refs': {
        const match = /^([0-9a-fA-F]{64}|[0-9a-fA-F]{40}) ([^\0\n]+)$/.exec(pktText(payload));
        if (match === null) throw new ProtocolError('bad-line', 'not a wanted ref', { offset });
        return { kind: 'wanted-ref', oid: (match[1] as string).toLowerCase(), refName: match[2] as string };
      }
      case 'header': {
        const section = pktText(payload);
        if (section === 'packfile') this.#section = 'bands';
        else if (section === 'acknowledgments' || section === 'shallow-info' || section === 'wanted-refs') {
          this.#section = section;
        } else {
          // packfile-uris among them: we never ask to be sent elsewhere.
          throw new ProtocolError('bad-line', `unknown section ${visibleText(section).slice(0, 40)}`, { offset });
        }
        return undefined;
      }
      default:
        return this.#band(payload, offset);
    }
  }

  #band(payload: Buffer, offset: number): FetchEvent | undefined {
    const data = payload.subarray(1);
    const band = payload[0];
    if (band !== 1 && band !== 2 && band !== 3)
      throw new ProtocolError('bad-band', `no such band: ${band}`, { offset });
    if (data.length === 0 && band !== 3) return undefined; // keepalive
    if (band === 1) return { kind: 'pack', data };
    return { kind: band === 2 ? 'progress' : 'error', text: decodeBytes(data) };
  }
}
