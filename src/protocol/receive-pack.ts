// A push request (gitprotocol-pack, "Reference Update Request"):
//   *( "shallow" SP oid )  old SP new SP ref NUL caps  *( old SP new SP ref )  flush
//   [ *push-option flush ]   only when the client echoed push-options
//   [ PACK… ]                unless every command is a delete
// git's receive-pack takes much more than this grammar: commands in a push-cert block beside plain ones, capabilities
// on a later line, delim in place of flush, shallow lines anywhere. Each of these is a push that two readers read
// differently, so each is refused, and what is relayed is what was understood.
import { encodeBytes, visibleText } from './bytes.ts';
import { Capabilities, formatCapabilities, parseCapabilities } from './capabilities.ts';
import { ProtocolError, type ProtocolErrorCode } from './errors.ts';
import { isOid, isZeroOid, type ObjectFormat, type Oid } from './oid.ts';
import { encodePkt, FLUSH, MAX_PKT_PAYLOAD, PktDecoder, pktText } from './pkt-line.ts';
import { checkRefName } from './ref-name.ts';
import { MAX_SIDEBAND_DATA } from './sideband.ts';

/** One ref update as the client asks for it (git's "command"); `oldOid` is only its claim. */
export interface Command {
  readonly oldOid: Oid;
  readonly newOid: Oid;
  readonly refName: string;
}

export interface ReceivePackRequest {
  /** In the client's order. Empty: there is nothing to do, nothing to report and nothing to forward. */
  readonly commands: readonly Command[];
  /** What the client echoed. */
  readonly capabilities: Capabilities;
  readonly shallow: readonly Oid[];
  readonly pushOptions: readonly string[];
  readonly objectFormat: ObjectFormat;
  /** Ref names that no server may accept, with the reason: to be answered `ng <ref> invalid ref name`. */
  readonly invalidRefs: ReadonlyMap<string, string>;
  /** The client's exact bytes up to the pack: commands, flush, push options, flush. */
  readonly headerBytes: Buffer;
}

export interface ReceivePackLimits {
  readonly maxRefUpdates: number;
  readonly maxHeaderBytes: number;
  readonly maxPushOptions: number;
}

export interface ReceivePackTerms {
  /** The repository's, as the upstream advertised it; `as-sent` where that is not known yet: the caller compares. */
  readonly objectFormat: ObjectFormat | 'as-sent';
  /** Which of the optional capabilities were offered to this client. */
  readonly advertised: { readonly pushOptions: boolean; readonly atomic: boolean };
  readonly limits?: Partial<ReceivePackLimits>;
}

export const DEFAULT_RECEIVE_PACK_LIMITS: ReceivePackLimits = {
  maxRefUpdates: 1000,
  maxHeaderBytes: 3 * 1024 * 1024, // JGit's receive.maxCommandBytes
  maxPushOptions: 100,
};

/** Longest ref name whose `ng <ref> <reason>` (a reason has less than 200 characters) still fits one packet. */
export const MAX_REF_NAME_BYTES = MAX_PKT_PAYLOAD - 1024;

/** Capabilities that git reads as set even when written `name=value`. */
const FLAGS: readonly string[] = [
  'report-status',
  'report-status-v2',
  'side-band-64k',
  'side-band',
  'quiet',
  'atomic',
  'push-options',
  'ofs-delta',
  'delete-refs',
  'no-thin',
];

/** Decodes the request up to the pack. write() throws ProtocolError at the first byte that is not acceptable. */
export class ReceivePackDecoder {
  readonly #packets = new PktDecoder();
  readonly #terms: ReceivePackTerms;
  readonly #limits: ReceivePackLimits;
  readonly #raw: Buffer[] = [];
  readonly #commands: Command[] = [];
  readonly #shallow: Oid[] = [];
  readonly #pushOptions: string[] = [];
  readonly #invalidRefs = new Map<string, string>();
  #capabilities = new Capabilities();
  #format: ObjectFormat | undefined;
  #section: 'commands' | 'push-options' = 'commands';
  #result: ReceivePackRequest | undefined;

  constructor(terms: ReceivePackTerms) {
    this.#terms = terms;
    this.#format = terms.objectFormat === 'as-sent' ? undefined : terms.objectFormat;
    this.#limits = { ...DEFAULT_RECEIVE_PACK_LIMITS, ...terms.limits };
  }

  /** Once result() is there, what follows is the pack and not this decoder's: see takeRest(). */
  write(chunk: Buffer): void {
    if (this.#result !== undefined) throw new TypeError('the request header is complete');
    this.#packets.write(chunk);
    while (this.#result === undefined) {
      const offset = this.#packets.offset;
      const pkt = this.#packets.next();
      if (pkt === undefined) return;
      if (this.#packets.offset > this.#limits.maxHeaderBytes) {
        throw new ProtocolError('limit-exceeded', `push header above ${this.#limits.maxHeaderBytes} bytes`, { offset });
      }
      this.#raw.push(this.#packets.raw);
      if (pkt.kind === 'flush') this.#flush(offset);
      else if (pkt.kind !== 'data') {
        // git ends the list at any of these; another reader might go on.
        throw new ProtocolError('unexpected-packet', `${pkt.kind} packet in a push request`, { offset });
      } else if (this.#section === 'commands') this.#line(pkt.payload, offset);
      else this.#pushOption(pkt.payload, offset);
    }
  }

  /** The request, once its last section has ended. */
  result(): ReceivePackRequest | undefined {
    return this.#result;
  }

  /** At the end of input: an empty body is a request without commands, half a request throws `truncated`. */
  finish(): ReceivePackRequest {
    if (this.#result !== undefined) return this.#result;
    if (this.#packets.offset === 0 && this.#packets.buffered === 0) return this.#end();
    throw new ProtocolError('truncated', 'the push request ended before its flush packet', {
      offset: this.#packets.offset + this.#packets.buffered,
    });
  }

  /** What was written beyond the header: the first bytes of the pack. */
  takeRest(): Buffer {
    return this.#packets.takeRest();
  }

  #flush(offset: number): void {
    if (this.#section === 'push-options') {
      this.#end();
      return;
    }
    this.#checkCollisions(offset);
    // Read the section if and only if the client said it is there: a section skipped or faked shifts where the pack
    // begins.
    if (this.#commands.length > 0 && this.#capabilities.has('push-options')) this.#section = 'push-options';
    else this.#end();
  }

  #end(): ReceivePackRequest {
    this.#result = {
      commands: this.#commands,
      capabilities: this.#capabilities,
      shallow: this.#shallow,
      pushOptions: this.#pushOptions,
      objectFormat: this.#format ?? 'sha1',
      invalidRefs: this.#invalidRefs,
      headerBytes: Buffer.concat(this.#raw),
    };
    return this.#result;
  }

  #line(payload: Buffer, offset: number): void {
    const text = pktText(payload);
    const nul = text.indexOf('\0');
    const line = nul === -1 ? text : text.slice(0, nul);
    if (line.startsWith('push-cert')) {
      throw new ProtocolError('push-cert', 'push certificates are not accepted; hint: push with --no-signed', {
        offset,
      });
    }
    if (line.startsWith('shallow ')) {
      if (nul !== -1 || this.#commands.length > 0) {
        throw new ProtocolError('bad-line', 'shallow line out of place', { offset });
      }
      this.#shallow.push(this.#oid(line.slice('shallow '.length), offset));
      return;
    }
    if (this.#commands.length === 0) this.#readCapabilities(nul === -1 ? '' : text.slice(nul + 1), offset);
    else if (nul !== -1) {
      // git honours them, and may then cut the rest of the request differently.
      throw new ProtocolError('bad-line', 'capabilities after the first command', { offset });
    }
    if (this.#commands.length >= this.#limits.maxRefUpdates) {
      throw new ProtocolError('limit-exceeded', `more than ${this.#limits.maxRefUpdates} ref updates in one push`, {
        offset,
      });
    }
    this.#commands.push(this.#command(line, offset));
  }

  #command(line: string, offset: number): Command {
    const first = line.indexOf(' ');
    const second = line.indexOf(' ', first + 1);
    if (first === -1 || second === -1) throw new ProtocolError('bad-line', 'not a ref update', { offset });
    const oldOid = this.#oid(line.slice(0, first), offset);
    const newOid = this.#oid(line.slice(first + 1, second), offset);
    const refName = line.slice(second + 1);
    // These cannot be named in a report line, so there is no way to refuse just this ref.
    if (refName === '' || refName.includes('\n') || encodeBytes(refName).length > MAX_REF_NAME_BYTES) {
      throw new ProtocolError('bad-ref-name', 'ref name that no report line can carry', { offset });
    }
    const fault = checkRefName(refName);
    if (fault !== undefined) this.#invalidRefs.set(refName, fault);
    return { oldOid, newOid, refName };
  }

  #readCapabilities(text: string, offset: number): void {
    const capabilities = parseCapabilities(text, offset);
    const refuse = (code: ProtocolErrorCode, message: string): never => {
      throw new ProtocolError(code, message, { offset });
    };
    for (const name of FLAGS) {
      if (capabilities.getAll(name).some((value) => value !== true)) {
        refuse('bad-capability', `capability ${name} takes no value`);
      }
    }
    if (capabilities.has('push-cert')) refuse('push-cert', 'push certificates are not accepted');
    if (capabilities.has('push-options') && !this.#terms.advertised.pushOptions) {
      refuse('capability-not-offered', 'push options were not offered');
    }
    if (capabilities.has('atomic') && !this.#terms.advertised.atomic) {
      refuse('capability-not-offered', 'atomic pushes were not offered');
    }
    const formats = capabilities.getAll('object-format');
    const format = formats[0] ?? 'sha1'; // gitprotocol-capabilities: absent means SHA-1
    if (format === 'sha1' || format === 'sha256') this.#format ??= format;
    if (formats.length > 1 || format !== this.#format) {
      refuse(
        'object-format-mismatch',
        `the repository uses ${this.#format ?? 'another object format'}, the push says ${
          formats.length > 1 ? 'several' : visibleText(String(format)).slice(0, 20)
        }`,
      );
    }
    this.#capabilities = capabilities;
  }

  #pushOption(payload: Buffer, offset: number): void {
    if (this.#pushOptions.length >= this.#limits.maxPushOptions) {
      throw new ProtocolError('limit-exceeded', `more than ${this.#limits.maxPushOptions} push options`, { offset });
    }
    const option = pktText(payload);
    // git's own client refuses LF, and its server would end the option at a NUL.
    if (option === '' || /[\0\n]/.test(option)) {
      throw new ProtocolError('bad-push-option', 'push option is empty, or has a NUL or a line feed', { offset });
    }
    this.#pushOptions.push(option);
  }

  /** Upper case is accepted, as git does, and compares equal from here on. */
  #oid(text: string, offset: number): Oid {
    const oid = text.toLowerCase();
    // Shallow lines come before the capabilities that name the format.
    this.#format ??= oid.length === 64 ? 'sha256' : 'sha1';
    if (!isOid(oid, this.#format)) {
      throw new ProtocolError('bad-oid', `not a ${this.#format} object id`, { offset });
    }
    return oid;
  }

  /**
   * Refuses a push that names one ref twice, or two refs of which an upstream on a case-insensitive disk can hold only
   * one, or a ref below another. git 2.39 runs duplicates in order, 2.55 refuses them: what was decided must not depend
   * on that.
   */
  #checkCollisions(offset: number): void {
    const refuse = (code: ProtocolErrorCode, what: string, command: Command): never => {
      throw new ProtocolError(code, `${what}: ${visibleText(command.refName).slice(0, 200)}`, { offset });
    };
    const exact = new Set<string>();
    for (const command of this.#commands) {
      if (exact.has(command.refName)) refuse('duplicate-ref', 'the push updates a ref twice', command);
      exact.add(command.refName);
    }
    // With `/` below every other character, a ref's descendants sort right behind it: comparing neighbours finds each
    // collision without a table of all prefixes, which a 64 kB name of 32,000 directories would make quadratic.
    const folded = this.#commands
      .map((command) => ({ key: foldCase(command.refName).replaceAll('/', '\0'), command }))
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    for (let at = 1; at < folded.length; at++) {
      const before = folded[at - 1] as (typeof folded)[number];
      const entry = folded[at] as (typeof folded)[number];
      if (entry.key === before.key) refuse('ref-collision', 'two refs differ only in case', entry.command);
      if (entry.key.startsWith(`${before.key}\0`)) refuse('ref-collision', 'a ref lies below another', entry.command);
    }
  }
}

/** Equal for names that a case-insensitive, normalising file system takes for one. */
function foldCase(name: string): string {
  return name.normalize('NFC').toLowerCase().toUpperCase().toLowerCase();
}

/** A whole request header without a pack behind it; for tests and tools. */
export function parseReceivePackRequest(bytes: Buffer, terms: ReceivePackTerms): ReceivePackRequest {
  const decoder = new ReceivePackDecoder(terms);
  decoder.write(bytes);
  const request = decoder.finish();
  const rest = decoder.takeRest();
  if (rest.length > 0) {
    throw new ProtocolError('trailing-bytes', 'bytes after the push header', { offset: bytes.length - rest.length });
  }
  return request;
}

/**
 * The request header for an upstream, byte for byte as git's own client writes it. The options section is written when
 * (and only when) the capabilities have push-options.
 */
export function formatReceivePackRequest(request: {
  readonly commands: readonly Command[];
  readonly capabilities: Iterable<readonly [string, string | true]>;
  readonly shallow?: readonly Oid[];
  readonly pushOptions?: readonly string[];
}): Buffer {
  const { commands, shallow = [], pushOptions = [] } = request;
  const capabilities = [...request.capabilities];
  const packets: Buffer[] = shallow.map((oid) => encodePkt(`shallow ${oid}`));
  for (const [at, { oldOid, newOid, refName }] of commands.entries()) {
    if (refName === '' || /[\0\n]/.test(refName)) throw new TypeError('ref name cannot be sent');
    const line = `${oldOid} ${newOid} ${refName}`;
    packets.push(encodePkt(at === 0 ? `${line}\0 ${formatCapabilities(capabilities)}` : line));
  }
  packets.push(FLUSH);
  const hasOptions = commands.length > 0 && capabilities.some(([name]) => name === 'push-options');
  if (pushOptions.length > 0 && !hasOptions) throw new TypeError('push options without the capability');
  if (hasOptions) {
    for (const option of pushOptions) {
      if (/[\0\n]/.test(option)) throw new TypeError('push option cannot be sent');
      packets.push(encodePkt(option));
    }
    packets.push(FLUSH);
  }
  return Buffer.concat(packets);
}

/** A pack follows the header unless there is nothing to create or move. */
export function expectsPack(request: Pick<ReceivePackRequest, 'commands'>): boolean {
  return request.commands.some((command) => !isZeroOid(command.newOid));
}

/** How this client wants to be answered. Without a report it is told nothing and assumes success. */
export function answerFormat(capabilities: Capabilities): {
  readonly report: 'none' | 'v1' | 'v2';
  /** Most data per packet, or undefined: the bare report, no bands. */
  readonly sideband: number | undefined;
} {
  return {
    report: capabilities.has('report-status-v2') ? 'v2' : capabilities.has('report-status') ? 'v1' : 'none',
    sideband: capabilities.has('side-band-64k') ? MAX_SIDEBAND_DATA : undefined,
  };
}
