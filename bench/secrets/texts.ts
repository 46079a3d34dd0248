// What the scanner is measured on: real text of the installed packages, and text made to be slow.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { tarOf, zipOf } from '../../test/domain/secrets/support/archives.ts';
import { plainText } from '../../test/domain/secrets/support/tokens.ts';

const PACKAGES = resolve(import.meta.dirname, '../../node_modules');
const SOURCE = /\.(?:[cm]?[jt]sx?|json|md)$/;
/** Megabytes of base64 in a comment are no source; maps are measured apart. */
const INLINE_MAP = 'sourceMappingURL=data:';
const MAX_FILE = 20_000_000;
export const MEGABYTE = 1_000_000;

/** The files of the installed packages whose names fit, up to so many bytes, in a fixed order; source without inline maps. */
export function packageTexts(fits: RegExp = SOURCE, most = 60 * MEGABYTE): Buffer[] {
  const texts: Buffer[] = [];
  let size = 0;
  for (const name of readdirSync(PACKAGES, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const path = join(PACKAGES, name);
    const stat = fits.test(name) ? statSync(path) : undefined;
    if (stat?.isFile() !== true || stat.size > MAX_FILE || size + stat.size > most) continue;
    const text = readFileSync(path);
    if (fits === SOURCE && text.includes(INLINE_MAP)) continue;
    texts.push(text);
    size += stat.size;
  }
  return texts;
}

export const MINIFIED = /\.min\.[cm]?js$/;
export const MAPS = /\.map$/;
export const SETTINGS = /\.(?:json|ya?ml|toml|ini|cfg|conf|properties|env)$/;

export interface HostileText {
  readonly what: string;
  readonly bytes: Buffer;
}

const SIZE = 10 * MEGABYTE;
const KEY_LINE = ['secret_key="a1B2c3', 'D4e5F6g7H8"\n'].join('');

/** Ten megabytes each, or an archive of that. */
export function hostileTexts(): HostileText[] {
  const repeated = (what: string, text: string): HostileText => ({ what, bytes: Buffer.alloc(SIZE, text) });
  const line = plainText('one line', MEGABYTE).replaceAll('\n', ' ');
  return [
    { what: 'one line', bytes: Buffer.alloc(SIZE, line) },
    repeated('one letter', 'a'),
    repeated('base64', plainText('base64', 4_096).replace(/[^A-Za-z0-9]/g, '')),
    repeated('prefixes alone', ['gh', 'p_'].join('')),
    repeated('tokens too short', `${['gh', 'p_'].join('')}a1B2c3D4e5F6g7H8 `),
    repeated('keys too short', KEY_LINE),
    repeated('assignments of nothing', 'pwd=: '),
    repeated('lines of .pgpass', ':5432:\n'),
    repeated('lists of a Terraform state', '"sensitive_attributes"'),
    repeated('keys without an end', '-----BEGIN PRIVATE KEY-----MII'),
    repeated('escapes', '\\u0041\\\\n%41&#65;'),
    repeated('quotes', '"\'`'),
    repeated('one letter in two cases', 'aA'),
    repeated('bytes of a string', '\\x41\\x62'),
    repeated('percent-encoded', '%41%62'),
    repeated('references', '&#65;&#x62;'),
    repeated('named references', 'a&amp;'),
    repeated('quoted-printable', '=41=42'),
    repeated('escapes of nothing', '\\"\\n%zz&abcdefg;'),
    repeated('escapes in escapes', '\\u005c\\u0075\\u0030%25%34%31'),
    repeated('literals side by side', '"a" + "b" + '),
    repeated('hex of no text', '0f9c41'),
    repeated('short runs of base64', 'QUJDREVGR0hJSktMTU5PUFFSU1RVVg== '),
    repeated('Unicode of a terminal', 'a\0b\0c\0d\0e\0f\0g\0h\0\n'),
    repeated('manifests', 'kind: Secret\ndata:\n  a: YWJjZGVmZ2g=\n'),
    repeated('credentials of a registry', '"auth": "YWJjZGVmZ2g="\n'),
    repeated('names alone', 'secretkey '),
    repeated('URLs without a host', 'https://a:b@'),
    repeated('beginnings of tokens', 'eyJ eyJhbGciOiJ'),
    repeated('beginnings of archives', 'PK\x03\x04\x1f\x8b\x08'),
    repeated('escapes of two scripts', '\\u4e2d\\u00e9\\u0041'),
    repeated('line ends in strings', '\\n%\\n&'),
    repeated('names of characters', '&amp;&quot;='),
    repeated('JSON in JSON', JSON.stringify(JSON.stringify({ name: 'a text', kind: 'words' }))),
    repeated('hex of text that breaks off', `${'41'.repeat(11)}0f`),
    repeated('base64 of text', Buffer.from(KEY_LINE).toString('base64')),
    repeated('joined literals', '"a" + '),
    repeated('kinds of manifests', 'kind: Secret\ndata:\n'),
    repeated('zeros between letters', 'a\0'),
    { what: 'a tar of many', bytes: tarOf(members(5_000)) },
    { what: 'settings in many archives', bytes: zipOf(archives(500), 'stored') },
    { what: 'archives in archives', bytes: nested(Buffer.alloc(2 * MEGABYTE, KEY_LINE), 6) },
    { what: 'a zip of many', bytes: zipOf(members(5_000), 'deflated') },
    { what: 'a zip bomb', bytes: zipOf([{ name: 'a', content: Buffer.alloc(200 * MEGABYTE) }], 'deflated') },
    { what: 'a gzip bomb', bytes: gzipSync(Buffer.alloc(200 * MEGABYTE)) },
    { what: 'deflate without a head', bytes: deflateRawSync(Buffer.alloc(SIZE, line)) },
  ];
}

function nested(bytes: Buffer, depth: number): Buffer {
  return depth === 0 ? bytes : nested(gzipSync(tarOf([{ name: `${depth}.tgz`, content: bytes }])), depth - 1);
}

function archives(count: number) {
  return Array.from({ length: count }, (_, at) => ({
    name: `${at}.gz`,
    content: gzipSync(Buffer.from(`${KEY_LINE}${at}`)),
  }));
}

function members(count: number) {
  return Array.from({ length: count }, (_, at) => ({ name: `${at}.env`, content: Buffer.from(`${KEY_LINE}${at}\n`) }));
}
