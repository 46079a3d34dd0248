// Addresses and ranges of them (CIDR, RFC 4632 and RFC 4291 section 2.3), as in the source-address of a certificate.

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Is `address` in any of the comma-separated `ranges`? `undefined` when one of them, or the address, is none. */
export function isInRanges(address: string, ranges: string): boolean | undefined {
  const wanted = parseAddress(address);
  const parsed = ranges.split(',').map(parseRange);
  if (wanted === undefined || parsed.some((range) => range === undefined)) return undefined;
  return parsed.some((range) => range !== undefined && contains(range, wanted));
}

interface Range {
  readonly address: Address;
  readonly prefix: number;
}

function contains({ address, prefix }: Range, { bits, value }: Address): boolean {
  const rest = BigInt(bits - prefix);
  return address.bits === bits && address.value >> rest === value >> rest;
}

function parseRange(text: string): Range | undefined {
  const [, before = '', length] = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(before);
  if (address === undefined) return undefined;
  const prefix = length === undefined ? address.bits : Number(length);
  if (prefix > address.bits) return undefined;
  // Bits behind the prefix: somebody meant another range. OpenSSH refuses these as well.
  const rest = BigInt(address.bits - prefix);
  return (address.value >> rest) << rest === address.value ? { address, prefix } : undefined;
}

/** An IPv4 address inside an IPv6 one, as a socket of both kinds reports it, is the IPv4 address. */
function parseAddress(text: string): Address | undefined {
  const plain = text.replace(/^::ffff:(?=\d+\.)/i, '').split('%')[0] ?? '';
  return plain.includes(':') ? parseIpv6(plain) : parseIpv4(plain);
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)) {
    return undefined;
  }
  return { bits: 32, value: parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n) };
}

function parseIpv6(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [before = [], after = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - before.length - after.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array<string>(missing).fill('0'), ...after];
  if (groups.some((group) => !/^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  return { bits: 128, value: groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n) };
}
