// OpenSSH certificates (PROTOCOL.certkeys): a public key with what an authority says of it.
//   blob    = string type, string nonce, the fields of the key, uint64 serial, uint32 1 (user) | 2 (host), string key id,
//             string principals (strings), uint64 valid after, uint64 valid before, string critical options,
//             string extensions, string reserved, string authority's key, string signature of all before it
//   options = pairs of string name and string data, in ascending order of names; data is empty or one string
// Only what a certificate says, and that its authority signed it: whether that counts, the caller must decide.
import { randomBytes } from 'node:crypto';
import {
  decodeSshPublicKey,
  SSH_KEY_ALGORITHMS,
  type SshKeyAlgorithm,
  type SshKeyRefusal,
  type SshPublicKey,
} from './ssh-key.ts';
import { WireReader, wireString, wireStrings, wireUint32, wireUint64 } from './ssh-wire.ts';
import { verifyWireSignature } from './ssh-wire-signature.ts';

export interface SshCertificate {
  readonly blob: Buffer;
  /** The certified key. */
  readonly key: SshPublicKey;
  readonly serial: bigint;
  readonly kind: 'user' | 'host';
  readonly keyId: string;
  readonly principals: readonly string[];
  /** Seconds since the epoch; valid from `validAfter` until just before `validBefore`. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  /** Name → value; a flag has the value ''. */
  readonly criticalOptions: ReadonlyMap<string, string>;
  readonly extensions: ReadonlyMap<string, string>;
  readonly authority: SshPublicKey;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** What an authority says of a key. */
export interface CertificateContent {
  readonly key: SshPublicKey;
  readonly serial: bigint;
  readonly kind: 'user' | 'host';
  readonly keyId: string;
  readonly principals: readonly string[];
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly criticalOptions?: readonly (readonly [name: string, value: string])[];
  readonly extensions?: readonly string[];
}

const MAX_CERTIFICATE_BYTES = 16 * 1024;
const MAX_NONCE_BYTES = 64;
// OpenSSH's SSHKEY_CERT_MAX_PRINCIPALS.
const MAX_PRINCIPALS = 256;
const MAX_OPTIONS = 64;
const MAX_KEY_ID_BYTES = 1024;
const KINDS: Readonly<Record<number, SshCertificate['kind']>> = { 1: 'user', 2: 'host' };
/** How many fields follow the nonce, by key. */
const KEY_FIELDS: Readonly<Record<SshKeyAlgorithm, number>> = {
  'ssh-ed25519': 1,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
  'ssh-rsa': 2,
  'sk-ssh-ed25519@openssh.com': 2,
  'sk-ecdsa-sha2-nistp256@openssh.com': 3,
};

/** `ssh-ed25519` → `ssh-ed25519-cert-v01@openssh.com`. */
export function certificateAlgorithm(algorithm: string): string {
  return `${algorithm.replace(/@openssh\.com$/, '')}-cert-v01@openssh.com`;
}

const KEY_ALGORITHMS: ReadonlyMap<string, SshKeyAlgorithm> = new Map(
  SSH_KEY_ALGORITHMS.map((algorithm) => [certificateAlgorithm(algorithm), algorithm]),
);

/** Is this a type of certificates that we read? */
export function isCertificateAlgorithm(algorithm: string): boolean {
  return KEY_ALGORITHMS.has(algorithm);
}

/** A certificate in its wire form; a refusal when anything in it is not exactly as described, also in the keys. */
export function decodeSshCertificate(blob: Buffer): SshCertificate | SshKeyRefusal {
  if (blob.length > MAX_CERTIFICATE_BYTES) return malformed('it is too long');
  const reader = new WireReader(Buffer.from(blob));
  const algorithm = KEY_ALGORITHMS.get(reader.string()?.toString('latin1') ?? '');
  if (algorithm === undefined) return malformed('its type is not known');
  const nonce = reader.string();
  if (nonce === undefined || nonce.length > MAX_NONCE_BYTES) return malformed('its nonce is malformed');
  const key = readKey(reader, algorithm);
  if ('refused' in key) return key;
  const body = readBody(reader);
  if ('refused' in body) return body;
  const signed = reader.bytes.subarray(0, reader.at);
  const signature = reader.string();
  if (signature === undefined || !reader.atEnd()) return malformed('it does not end with its signature');
  return { blob: reader.bytes, key, ...body, signed, signature };
}

/** Has the authority that the certificate names signed it? */
export function isSignedByAuthority(certificate: SshCertificate): boolean {
  // An authority that is a security key could sign for anything else that its device is asked for.
  if (certificate.authority.application !== undefined) return false;
  return verifyWireSignature(certificate.authority, certificate.signed, certificate.signature).outcome === 'verified';
}

/** A certificate, signed by `sign` (which answers a signature in its wire form) with the key `authority`. */
export function encodeSshCertificate(
  content: CertificateContent,
  authority: SshPublicKey,
  sign: (signed: Buffer) => Buffer,
): Buffer {
  const fields = wireStrings(content.key.blob)?.slice(1) ?? [];
  const signed = Buffer.concat([
    wireString(certificateAlgorithm(content.key.algorithm)),
    wireString(randomBytes(32)),
    ...fields.map(wireString),
    wireUint64(content.serial),
    wireUint32(content.kind === 'user' ? 1 : 2),
    wireString(content.keyId),
    wireString(Buffer.concat(content.principals.map(wireString))),
    wireUint64(content.validAfter),
    wireUint64(content.validBefore),
    wireString(encodeOptions(content.criticalOptions ?? [])),
    wireString(encodeOptions((content.extensions ?? []).map((name) => [name, ''] as const))),
    wireString(''),
    wireString(authority.blob),
  ]);
  return Buffer.concat([signed, wireString(sign(signed))]);
}

/** The certified key is the plain one again, so that the rules for keys are in one place. */
function readKey(reader: WireReader, algorithm: SshKeyAlgorithm): SshPublicKey | SshKeyRefusal {
  const fields: Buffer[] = [Buffer.from(algorithm)];
  for (let at = 0; at < KEY_FIELDS[algorithm]; at++) {
    const field = reader.string();
    if (field === undefined) return malformed('it is cut off');
    fields.push(field);
  }
  return decodeSshPublicKey(Buffer.concat(fields.map(wireString)));
}

type Body = Pick<
  SshCertificate,
  | 'serial'
  | 'kind'
  | 'keyId'
  | 'principals'
  | 'validAfter'
  | 'validBefore'
  | 'criticalOptions'
  | 'extensions'
  | 'authority'
>;

function readBody(reader: WireReader): Body | SshKeyRefusal {
  const serial = reader.uint64();
  const kind = KINDS[reader.uint32() ?? 0];
  if (serial === undefined || kind === undefined) return malformed('its kind is not known');
  const keyId = readText(reader.string(), MAX_KEY_ID_BYTES);
  const principals = readPrincipals(reader.string());
  const validAfter = reader.uint64();
  const validBefore = reader.uint64();
  if (keyId === undefined || principals === undefined) return malformed('its names are malformed');
  if (validAfter === undefined || validBefore === undefined) return malformed('it is cut off');
  const criticalOptions = readOptions(reader.string());
  const extensions = readOptions(reader.string());
  if (criticalOptions === undefined || extensions === undefined) return malformed('its options are malformed');
  const reserved = reader.string();
  const authority = reader.string();
  if (reserved?.length !== 0 || authority === undefined) return malformed('it is cut off');
  // Refuses certificates: an authority is a plain key, and a chain of them is none of OpenSSH's.
  const decoded = decodeSshPublicKey(authority);
  if ('refused' in decoded) return malformed(`its authority: ${decoded.refused}`);
  return { serial, kind, keyId, principals, validAfter, validBefore, criticalOptions, extensions, authority: decoded };
}

function readPrincipals(bytes: Buffer | undefined): readonly string[] | undefined {
  const names = bytes === undefined ? undefined : wireStrings(bytes);
  if (names === undefined || names.length > MAX_PRINCIPALS) return undefined;
  const texts = names.map((name) => readText(name, MAX_KEY_ID_BYTES));
  // An empty name would be a principal that nobody wrote.
  return texts.every((text): text is string => text !== undefined && text !== '') ? texts : undefined;
}

function readOptions(bytes: Buffer | undefined): ReadonlyMap<string, string> | undefined {
  const parts = bytes === undefined ? undefined : wireStrings(bytes);
  if (parts === undefined || parts.length % 2 !== 0 || parts.length > 2 * MAX_OPTIONS) return undefined;
  const options = new Map<string, string>();
  let before: Buffer = Buffer.alloc(0);
  for (let at = 0; at < parts.length; at += 2) {
    const name = parts[at] as Buffer;
    const text = readText(name, MAX_KEY_ID_BYTES);
    const value = readOptionValue(parts[at + 1] as Buffer);
    // Ascending, so each is there once: a second one could be read by one program and not by another.
    if (text === undefined || value === undefined || Buffer.compare(name, before) <= 0) return undefined;
    options.set(text, value);
    before = name;
  }
  return options;
}

function readOptionValue(data: Buffer): string | undefined {
  if (data.length === 0) return '';
  const [value, ...more] = wireStrings(data) ?? [];
  return more.length > 0 ? undefined : readText(value, MAX_CERTIFICATE_BYTES);
}

/** UTF-8 without control characters; `undefined` = something else. */
function readText(bytes: Buffer | undefined, most: number): string | undefined {
  if (bytes === undefined || bytes.length > most) return undefined;
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) && !/[\x00-\x1f\x7f]/.test(text) ? text : undefined;
}

function encodeOptions(options: readonly (readonly [string, string])[]): Buffer {
  const sorted = [...options].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return Buffer.concat(
    sorted.flatMap(([name, value]) => [wireString(name), wireString(value === '' ? '' : wireString(value))]),
  );
}

function malformed(why: string): SshKeyRefusal {
  return { refused: `the certificate is not usable: ${why}`, hint: 'ask for a new one' };
}
