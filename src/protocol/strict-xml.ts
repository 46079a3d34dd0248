// A subset of XML 1.0 with namespaces that every parser reads alike: elements, attributes, text and the five named
// entities. Whatever parsers have been made to disagree about (document types, comments, CDATA, processing
// instructions, names beyond ASCII) is no part of it and refused, so nobody can be shown another document than we see.
import { ProtocolError } from './errors.ts';

export interface XmlAttribute {
  /** Empty for an attribute without a prefix. */
  readonly namespace: string;
  readonly name: string;
  readonly value: string;
}

export interface XmlElement {
  readonly namespace: string;
  /** Without its prefix. */
  readonly name: string;
  /** Without declarations of namespaces. */
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly (XmlElement | string)[];
}

export interface XmlLimits {
  readonly depth: number;
  readonly elements: number;
  /** Of one element, declarations of namespaces included. */
  readonly attributes: number;
}

const NAME = '[A-Za-z_][A-Za-z0-9._-]*';
const DECLARATION =
  /<\?xml version=(["'])1\.0\1(?: encoding=(["'])utf-8\2)?(?: standalone=(["'])(?:yes|no)\3)?\s*\?>/iy;
const START_TAG = new RegExp(`<((?:${NAME}:)?${NAME})`, 'y');
const END_TAG = new RegExp(`</((?:${NAME}:)?${NAME})\\s*>`, 'y');
const ATTRIBUTE = new RegExp(`\\s+((?:${NAME}:)?${NAME})\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`, 'y');
const TAG_END = /\s*(\/?)>/y;
const TEXT = /[^<]+/y;
/** What XML 1.0 calls Char, less what could only be there to confuse. */
const NO_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);
const XML = 'http://www.w3.org/XML/1998/namespace';

type Scope = ReadonlyMap<string, string>;

interface Open {
  readonly tag: string;
  readonly scope: Scope;
  readonly children: (XmlElement | string)[];
}

interface Cursor {
  readonly text: string;
  readonly limits: XmlLimits;
  at: number;
  elements: number;
}

/** The root element of a document. Throws ProtocolError for anything outside the subset or beyond the limits. */
export function parseStrictXml(text: string, limits: XmlLimits): XmlElement {
  if (!text.isWellFormed() || NO_CHARACTER.test(text)) throw fault('a character that XML has not, or that hides');
  const cursor: Cursor = { text, limits, at: 0, elements: 0 };
  take(cursor, DECLARATION);
  const top: (XmlElement | string)[] = [];
  const open: Open[] = [{ tag: '', scope: new Map([['xml', XML]]), children: top }];
  while (cursor.at < text.length) readNext(cursor, open);
  if (open.length !== 1) throw fault('an element without an end');
  const roots = top.filter((one) => typeof one !== 'string');
  const [root] = roots;
  if (root === undefined || roots.length !== 1) throw fault('not exactly one root element');
  if (top.some((one) => typeof one === 'string' && one.trim() !== '')) throw fault('text outside the root element');
  return root;
}

/** One piece of markup or text, in the element that is open last. */
function readNext(cursor: Cursor, open: Open[]): void {
  const parent = open.at(-1) as Open;
  const text = take(cursor, TEXT);
  if (text !== undefined) {
    if (text[0].includes(']]>')) throw fault('the end of a CDATA section');
    parent.children.push(decode(text[0]));
    return;
  }
  const end = take(cursor, END_TAG);
  if (end !== undefined) {
    if (open.length === 1 || end[1] !== parent.tag) throw fault('an end tag of another element');
    open.pop();
    return;
  }
  const start = take(cursor, START_TAG);
  if (start === undefined) throw fault('markup that is neither an element nor text');
  startElement(cursor, open, start[1] as string);
}

function startElement(cursor: Cursor, open: Open[], tag: string): void {
  const { limits } = cursor;
  cursor.elements += 1;
  if (cursor.elements > limits.elements) throw beyond('too many elements');
  if (open.length > limits.depth) throw beyond('elements too deep in one another');
  const parent = open.at(-1) as Open;
  const written = readAttributes(cursor);
  const scope = declared(parent.scope, written);
  const children: (XmlElement | string)[] = [];
  const element = { ...expanded(tag, scope), attributes: named(written, scope), children };
  parent.children.push(element);
  const end = take(cursor, TAG_END);
  if (end === undefined) throw fault('a start tag that is not well-formed');
  if (end[1] === '') open.push({ tag, scope, children });
}

function readAttributes(cursor: Cursor): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  for (let one = take(cursor, ATTRIBUTE); one !== undefined; one = take(cursor, ATTRIBUTE)) {
    if (found.length === cursor.limits.attributes) throw beyond('too many attributes');
    const value = (one[2] ?? one[3] ?? '').replace(/\r\n|[\t\r\n]/g, ' ');
    found.push([one[1] as string, decode(value)]);
  }
  return found;
}

/** The namespaces in an element: those around it and its own. */
function declared(around: Scope, written: readonly (readonly [string, string])[]): Scope {
  const own = new Map<string, string>();
  for (const [name, value] of written) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue;
    const prefix = name === 'xmlns' ? '' : name.slice('xmlns:'.length);
    const isBad = prefix === 'xml' || prefix === 'xmlns' || own.has(prefix) || (prefix !== '' && value === '');
    if (isBad || value === XML) throw fault('a namespace that cannot be declared so');
    own.set(prefix, value);
  }
  return own.size === 0 ? around : new Map([...around, ...own]);
}

function named(written: readonly (readonly [string, string])[], scope: Scope): readonly XmlAttribute[] {
  const seen = new Set<string>();
  const found: XmlAttribute[] = [];
  for (const [name, value] of written) {
    if (name === 'xmlns' || name.startsWith('xmlns:')) continue;
    const attribute = { ...(name.includes(':') ? expanded(name, scope) : { namespace: '', name }), value };
    const key = `${attribute.namespace} ${attribute.name}`;
    if (seen.has(key)) throw fault('an attribute twice');
    seen.add(key);
    found.push(attribute);
  }
  return found;
}

function expanded(qualified: string, scope: Scope): { readonly namespace: string; readonly name: string } {
  const colon = qualified.indexOf(':');
  const namespace = scope.get(colon === -1 ? '' : qualified.slice(0, colon));
  if (namespace === undefined && colon !== -1) throw fault('a prefix without a namespace');
  return { namespace: namespace ?? '', name: qualified.slice(colon + 1) };
}

/** Line ends as XML 1.0 section 2.11 has them, then references. */
function decode(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n');
  if (!lines.includes('&')) return lines;
  return lines.replace(/&(?:#([0-9]{1,7});|#x([0-9A-Fa-f]{1,6});|([a-z]{2,4});)?/g, (_, decimal, hex, name) => {
    const entity = name === undefined ? undefined : ENTITIES.get(name);
    if (entity !== undefined) return entity;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    const isScalar = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    const character = isScalar ? String.fromCodePoint(code) : '';
    if (character === '' || NO_CHARACTER.test(character)) throw fault('a reference to nothing that XML has');
    return character;
  });
}

function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text) ?? undefined;
  if (match !== undefined) cursor.at = pattern.lastIndex;
  return match;
}

function fault(message: string): ProtocolError {
  return new ProtocolError('bad-xml', message);
}

function beyond(message: string): ProtocolError {
  return new ProtocolError('limit-exceeded', message);
}
