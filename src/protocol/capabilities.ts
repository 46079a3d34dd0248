// Capability lists (gitprotocol-capabilities): tokens `name` or `name=value`, separated by single spaces on the wire of
// v0 and v1, one per packet in v2. Names may repeat (`symref=`); order is kept.
import { ProtocolError } from './errors.ts';

export type CapabilityValue = string | true;

/** An ordered, read-only capability list; like a Map whose keys may repeat. */
export class Capabilities implements Iterable<readonly [string, CapabilityValue]> {
  readonly entries: readonly (readonly [string, CapabilityValue])[];
  readonly #first: ReadonlyMap<string, CapabilityValue>;

  constructor(entries: Iterable<readonly [string, CapabilityValue]> = []) {
    this.entries = [...entries];
    const first = new Map<string, CapabilityValue>();
    for (const [name, value] of this.entries) if (!first.has(name)) first.set(name, value);
    this.#first = first;
  }

  /** From tokens as they stand on the wire: `Capabilities.of('atomic', 'agent=git/2')`. */
  static of(...tokens: string[]): Capabilities {
    return new Capabilities(tokens.map(parseCapability));
  }

  has(name: string): boolean {
    return this.#first.has(name);
  }

  /** The first value, as git takes it; `true` for a token without `=`. */
  get(name: string): CapabilityValue | undefined {
    return this.#first.get(name);
  }

  /** The first value when it is text. */
  text(name: string): string | undefined {
    const value = this.#first.get(name);
    return value === true ? undefined : value;
  }

  getAll(name: string): readonly CapabilityValue[] {
    return this.entries.filter(([other]) => other === name).map(([, value]) => value);
  }

  /** Only the entries that `keep` accepts. */
  filter(keep: (name: string, value: CapabilityValue) => boolean): Capabilities {
    return new Capabilities(this.entries.filter(([name, value]) => keep(name, value)));
  }

  /** With one more entry at the end. */
  with(name: string, value: CapabilityValue = true): Capabilities {
    return new Capabilities([...this.entries, [name, value]]);
  }

  names(): readonly string[] {
    return [...this.#first.keys()];
  }

  /** Number of entries, repeated names counted each time. */
  get size(): number {
    return this.entries.length;
  }

  [Symbol.iterator](): Iterator<readonly [string, CapabilityValue]> {
    return this.entries[Symbol.iterator]();
  }
}

/** One token. The first `=` separates; `name=` has the empty string as its value. */
export function parseCapability(token: string): readonly [string, CapabilityValue] {
  const equals = token.indexOf('=');
  return equals === -1 ? [token, true] : [token.slice(0, equals), token.slice(equals + 1)];
}

/**
 * A v0/v1 list. Splits on SP only. git also takes TAB and LF for separators (parse_feature_value), so that a control
 * byte would let the two of us see different lists: refused.
 */
export function parseCapabilities(text: string, offset?: number): Capabilities {
  const where = offset === undefined ? {} : { offset };
  if (/[\x00-\x1f\x7f]/.test(text)) {
    throw new ProtocolError('bad-capability', 'control byte in a capability list', where);
  }
  const entries: (readonly [string, CapabilityValue])[] = [];
  for (const token of text.split(' ')) {
    if (token === '') continue;
    if (token.startsWith('=')) throw new ProtocolError('bad-capability', 'capability without a name', where);
    entries.push(parseCapability(token));
  }
  return new Capabilities(entries);
}

export function formatCapability(name: string, value: CapabilityValue): string {
  return value === true ? name : `${name}=${value}`;
}

/** A v0/v1 list. Refuses (TypeError) what would read back differently. */
export function formatCapabilities(capabilities: Iterable<readonly [string, CapabilityValue]>): string {
  const tokens: string[] = [];
  for (const [name, value] of capabilities) {
    const token = formatCapability(name, value);
    if (name === '' || name.includes('=') || /[\x00-\x20\x7f]/.test(token)) {
      throw new TypeError(`not a capability: ${JSON.stringify(token)}`);
    }
    tokens.push(token);
  }
  return tokens.join(' ');
}
