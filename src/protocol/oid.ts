// Object ids: lower-case hex, 40 digits (SHA-1) or 64 (SHA-256). gitprotocol-common, gitformat-pack.

/** Lower-case hex object id; its length says the object format. */
export type Oid = string;
export type ObjectFormat = 'sha1' | 'sha256';

/** Hex digits of an object id in the given format. */
export function oidHexLength(format: ObjectFormat): number {
  return format === 'sha1' ? 40 : 64;
}

/** The id that stands for "no object" in ref updates. */
export function zeroOid(format: ObjectFormat): Oid {
  return '0'.repeat(oidHexLength(format));
}

export function isZeroOid(oid: Oid): boolean {
  return /^0+$/.test(oid);
}

/** True for a well-formed, lower-case id of exactly this format. */
export function isOid(text: string, format: ObjectFormat): boolean {
  return text.length === oidHexLength(format) && /^[0-9a-f]+$/.test(text);
}
