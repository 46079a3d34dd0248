// What a value is when only its name says that it may be a secret.
import { decodedText } from '../base64.ts';
import { isPlaceholder } from '../placeholder.ts';
import { randomness } from '../randomness.ts';
import type { Certainty } from '../rule.ts';
import { entropy, isHex } from '../score.ts';
import type { NameKind } from './names.ts';
import { gradePassword } from './password.ts';

/** How sure it is that this value is a secret; undefined if it is none. */
export function gradeValue(
  kind: NameKind,
  name: string,
  bytes: Uint8Array,
  start: number,
  end: number,
): Certainty | undefined {
  const length = end - start;
  if (length === UUID_LENGTH && kind === 'secret' && isRandomUuid(bytes, start, end)) return 'medium';
  if (length < MIN_LENGTH[kind] || !isPlain(bytes, start, end)) return undefined;
  const isRandom = looksRandom(bytes, start, end);
  if (!isRandom && kind === 'secret') return undefined;
  const value = Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('latin1');
  if (isSomethingElse(value, name) || isPlaceholder(value)) return undefined;
  const decoded = decodedText(value);
  if (decoded !== undefined) return gradeDecoded(decoded, kind);
  if (isRandom && length >= MIN_RANDOM[kind]) return 'medium';
  return kind === 'password' ? gradePassword(value) : 'low';
}

/** Shorter tokens are none. */
const MIN_LENGTH: Readonly<Record<NameKind, number>> = { password: 6, secret: 12 };
/** Shorter random-looking text is too often a word cut short, a version or a date; the name password makes up for some. */
const MIN_RANDOM: Readonly<Record<NameKind, number>> = { password: 10, secret: 14 };

/** A cheap look before names and values are read. */
export function hasValueLength({ start, end }: { readonly start: number; readonly end: number }): boolean {
  return end - start >= MIN_LENGTH.password && end - start <= MAX_LENGTH;
}

/** Text that was only put in base64 is judged as what it is: `user:password`, a name, or random after all. */
function gradeDecoded(text: string, kind: NameKind): Certainty | undefined {
  if (isPlaceholder(text)) return undefined;
  const secret = text.slice(text.indexOf(':') + 1);
  const bytes = Buffer.from(secret, 'latin1');
  if (secret.length >= MIN_RANDOM.password && looksRandom(bytes, 0, bytes.length)) return 'medium';
  return secret.length < text.length || kind === 'password' ? gradePassword(secret) : undefined;
}

const MAX_LENGTH = 400;
const MIN_HEX = 20;
const MIN_HEX_BITS = 2.9;

/** Printable ASCII without spaces. */
function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) <= 0x20 || (bytes[at] as number) >= 0x7f) return false;
  return true;
}

/** Whether the range is random text or a long random hex number. */
export function looksRandom(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start >= MIN_HEX && isHex(bytes, start, end)) return entropy(bytes, start, end) > MIN_HEX_BITS;
  return randomness(bytes, start, end) > 0;
}

const UUID = /^[{]?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}[}]?$/i;
/** Version 4. */
const RANDOM_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const UUID_LENGTH = 36;

/** Some services give their tokens this form; people who make one up for a sample do not draw it. */
function isRandomUuid(bytes: Uint8Array, start: number, end: number): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  return RANDOM_UUID.test(text) && !isPlaceholder(text);
}

const NUMBERS = /^[-+.,:_/0-9]+$/;
const PATH = /^(?:\.{0,2}\/|~\/|[A-Za-z]:[\\/])|:\/\/|^[\w.-]+(?:\/[\w.-]+)+$/;
const FILE =
  /\.(?:[cm]?[jt]sx?|json|ya?ml|pem|key|crt|cer|pub|txt|md|html?|s?css|py|rb|go|java|php|svg|png|jpe?g|ico|toml|xml|sh|conf|cfg|ini|env|p12|pfx|jks)$/i;
const MAIL = /^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/;
const DIGEST = /^(?:sha\d+|md5)[-:=]/i;
const PUBLIC_KEY =
  /^(?:pk\.eyJ|pk_(?:live|test)_|phc_|sb_publishable_|ssh-|ecdsa-|AAAA[BCE]3Nza|MII[A-Z]|-----BEGIN|LS0tLS1CRUdJT)/;
/** Variables, formats, templates, patterns, calls, generics and markup are no values. */
const CODE =
  /^[$@!&*%:#]\w|^\[\[|^[),;\]}]|^--|\$\{|\{\{|[{(<[][\s\S]*[\])}>]|%[sdv@](?![A-Za-z0-9])|\\[wdsbn.]|^\^|\$$|\.\.\.|=>|\|\||&&|&[a-z]+;|::|->|\?\./;

/** Whether this is a variable, a template or another piece of code. */
export function isCode(value: string): boolean {
  return CODE.test(value);
}

function isSomethingElse(value: string, name: string): boolean {
  if (UUID.test(value) || NUMBERS.test(value) || FILE.test(value) || MAIL.test(value)) return true;
  if (DIGEST.test(value) || PUBLIC_KEY.test(value) || isCode(value)) return true;
  if (PATH.test(value) && !isBase64Like(value)) return true;
  return echoesName(value, name);
}

/** `password: 'userPassword'`; with digits in it, it is a weak password rather than a name. */
function echoesName(value: string, name: string): boolean {
  const [a, b] = [letters(value), letters(name)];
  return a.length === 0 || (!/\d/.test(value) && (b.includes(a) || a.includes(b)));
}

/** Base64 holds slashes too; a path of this length has more of them, or words between. */
function isBase64Like(value: string): boolean {
  if (!/^[A-Za-z0-9+/]{20,}={0,2}$/.test(value) || !/[A-Z]/.test(value) || !/\d/.test(value)) return false;
  return !value.startsWith('/') || /[+=]/.test(value);
}

function letters(text: string): string {
  return text.toLowerCase().replace(/[^a-z]/g, '');
}
