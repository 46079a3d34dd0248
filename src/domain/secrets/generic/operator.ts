// What stands between a name and its value in the usual languages and config formats.
import { alphabet, WORD } from '../alphabet.ts';
import { edgeTable } from '../build/piece.ts';
import type { Reading } from '../reading.ts';
import { isSet, typedAfter, wordApart } from './apart.ts';
import {
  afterSpaces,
  BACKSLASH,
  BAR,
  BRACE,
  COLON,
  COMMA,
  DASH,
  EQUALS,
  GREATER,
  isQuote,
  LESS,
  MAX_SPACES,
  NEWLINE,
  PAREN,
  QUESTION,
  RETURN,
  SPACE,
  TAB,
} from './ascii.ts';

export interface Operator {
  /** Such as `=`, `:`, `(`, `,`, `>`; `==` where only a quoted value may follow; ` ` for an option of a command. */
  readonly text: string;
  readonly end: number;
}

/** Bytes of a name on either side of the word. */
export const NAME_REACH = 24;
export const NAME = alphabet('name', `${WORD.chars}-.`);

const MAX_ATTRIBUTES = 80;
const MAX_TYPE = 24;

const TYPE = alphabet('type', `${WORD.chars}.?|<>[]&'*`);
/** How far an accessor or a block may go before it says a default. */
const MAX_BLOCK = 120;

/**
 * Whether operatorAt may find one after the name that ends at `nameEnd` and holds a word at `wordStart`. Cheap, and no for
 * two words of three: the name itself need not be known.
 */
export function mayHaveOperator(reading: Reading, wordStart: number, nameEnd: number): boolean {
  const at = afterSpaces(reading, afterClosers(reading, nameEnd));
  if (at >= reading.to) return false;
  return BEGINS_OPERATOR[reading.bytes[at] as number] === 1 || isMarkedBefore(reading, wordStart);
}

/** What operators begin with, a quote, the types of Go and Visual Basic, and a `value`, perhaps on the next line. */
const BEGINS_OPERATOR = edgeTable('=:,(|?{<>sAvV"\'`\r\n');

/** An element of XML, an option of a command, or what a command sets: before the name is `<`, `--` or that command. */
function isMarkedBefore(reading: Reading, wordStart: number): boolean {
  const { bytes, from } = reading;
  const limit = Math.max(from, wordStart - NAME_REACH - 1);
  for (let at = wordStart - 1; at >= limit; at--) {
    const byte = bytes[at] as number;
    if (byte === LESS || (byte === DASH && bytes[at + 1] === DASH)) return true;
    if (NAME.has[byte] === 0) return isSet(reading, at + 1);
  }
  return false;
}

/** The operator after the name from `nameStart` to `nameEnd`, past what closes a quoted name. */
export function operatorAt(reading: Reading, nameStart: number, nameEnd: number): Operator | undefined {
  const { bytes } = reading;
  const closed = afterClosers(reading, nameEnd);
  const at = afterSpaces(reading, closed);
  const byte = bytes[at];
  if (at >= reading.to) return undefined;
  if (byte === EQUALS) return afterEquals(reading, at);
  if (byte === COLON) return afterColon(reading, at);
  // Most names end here, in the middle of code.
  if (at === closed && RARE[byte as number] === 0 && bytes[nameStart - 1] !== LESS) return undefined;
  return rareOperator(reading, nameStart, nameEnd, closed, at);
}

/** Besides `=` and `:`, what may follow a name at once; after a blank it may be more. */
const RARE = new Uint8Array(256);
for (const one of '\r\n,(|?{><') RARE[one.charCodeAt(0)] = 1;

function rareOperator(
  reading: Reading,
  nameStart: number,
  nameEnd: number,
  closed: number,
  at: number,
): Operator | undefined {
  const { bytes } = reading;
  const byte = bytes[at];
  if (byte === COMMA && closed > nameEnd) {
    if (isFirstArgument(reading, nameStart) || isOption(bytes, nameStart)) return { text: ',', end: at + 1 };
    return valueAttribute(reading, at + 1, at + 1);
  }
  if (byte === PAREN && at === nameEnd) return { text: '(', end: at + 1 };
  if (byte === BAR || byte === QUESTION) return orElse(reading, at);
  if (byte === BRACE) return inBlock(reading, at, closed > nameEnd);
  // `<string name="password">…`
  if (byte === GREATER && closed > nameEnd && bytes[closed] === GREATER) return { text: '>', end: at + 1 };
  if (bytes[nameStart - 1] === LESS) return elementText(reading, at);
  if (byte === LESS) return bytes[at + 1] === DASH ? { text: '==', end: at + 2 } : propertyText(reading, at);
  if (isOption(bytes, nameStart) && at > nameEnd && closed === nameEnd) return { text: ' ', end: at };
  const apart = at > nameEnd ? (typedAfter(reading, at) ?? wordApart(reading, nameStart, at)) : undefined;
  if (apart !== undefined || !isValueWord(byte as number)) return apart;
  return valueAttribute(reading, closed);
}

/**
 * `("name"` and `( 'name'`: what follows is a value, and not the next name of a list. Gradle says the type of a field
 * before its name.
 */
function isFirstArgument(reading: Reading, nameStart: number): boolean {
  const { bytes } = reading;
  if (bytes[nameStart - 2] === PAREN || (bytes[nameStart - 2] === SPACE && bytes[nameStart - 3] === PAREN)) return true;
  return reading.hasLiteral(FIELD_TYPE, nameStart - FIELD_TYPE.length);
}

const FIELD_TYPE = '"String", "';

/** `|| "…"`, `?? "…"`, `||= "…"`, `??= "…"`, `?= …`. */
function orElse(reading: Reading, at: number): Operator | undefined {
  const { bytes } = reading;
  let end = at + 1;
  if (bytes[end] === bytes[at]) end++;
  if (bytes[end] === EQUALS) return { text: '=', end: end + 1 };
  return end === at + 2 ? { text: '==', end } : undefined;
}

/** `{ get; set; } = "…"` of C#, and the default of a variable of Terraform. */
function inBlock(reading: Reading, at: number, isQuotedName: boolean): Operator | undefined {
  if (!isQuotedName && reading.bytes[afterSpaces(reading, at + 1)] !== LETTER_G) return undefined;
  const limit = Math.min(reading.to, at + MAX_BLOCK);
  const word = isQuotedName ? 'default' : '}';
  const found = reading.find(word, at, limit);
  if (found < 0) return undefined;
  const equals = afterSpaces(reading, found + word.length);
  return reading.bytes[equals] === EQUALS ? { text: '==', end: equals + 1 } : undefined;
}

/** Of `get`. */
const LETTER_G = 0x67;

/** `<key>name</key>` above `<string>…</string>`: a property list. */
function propertyText(reading: Reading, at: number): Operator | undefined {
  if (!reading.hasLiteral(KEY_END, at)) return undefined;
  const element = pastBlanks(reading, at + KEY_END.length);
  return reading.hasLiteral(STRING, element) ? { text: '>', end: element + STRING.length } : undefined;
}

const KEY_END = '</key>';
const STRING = '<string>';

/** Past the attributes of an XML element, if it is one. */
function elementText(reading: Reading, from: number): Operator | undefined {
  const limit = Math.min(reading.to, from + MAX_ATTRIBUTES);
  for (let at = from; at < limit; at++) {
    const byte = reading.bytes[at] as number;
    if (byte === GREATER) return { text: '>', end: at + 1 };
    if (byte === LESS || byte === NEWLINE) return undefined;
  }
  return undefined;
}

/** `==`, `===`, `=>`, and `=` itself; `=~` and `=<` are none. */
function afterEquals(reading: Reading, at: number): Operator {
  let end = at + 1;
  while (end < at + 3 && (reading.bytes[end] === EQUALS || reading.bytes[end] === GREATER)) end++;
  return { text: end === at + 1 ? '=' : '==', end };
}

/** `:`, `:=`, `:-` (the default of a variable of the shell), or the type before an `=`: `name: string = `. */
function afterColon(reading: Reading, at: number): Operator | undefined {
  const { bytes } = reading;
  if (bytes[at + 1] === COLON) return undefined;
  if (bytes[at + 1] === EQUALS) return { text: ':=', end: at + 2 };
  if (bytes[at + 1] === DASH) return { text: ':-', end: at + 2 };
  const type = afterSpaces(reading, at + 1);
  const typeEnd = endOfType(reading, type);
  const equals = afterSpaces(reading, typeEnd);
  if (typeEnd > type && bytes[equals] === EQUALS && bytes[equals + 1] === SPACE) return { text: '=', end: equals + 1 };
  return { text: ':', end: at + 1 };
}

/** `&'static str` has a blank in it. */
function endOfType(reading: Reading, at: number): number {
  const from = reading.hasLiteral(STATIC, at) ? at + STATIC.length : at;
  return Math.min(reading.runEnd(TYPE, from), from + MAX_TYPE);
}

const STATIC = "&'static ";

/**
 * `<add key="NAME" value="…"/>` and, in manifests, `name: NAME` above `value: …`; from `least` on, `"key": "NAME",
 * "value": "…"`.
 */
function valueAttribute(reading: Reading, closed: number, least = closed + 1): Operator | undefined {
  const blank = pastBlanks(reading, closed);
  const at = isQuote(reading.bytes[blank]) ? blank + 1 : blank;
  if (blank < least || !reading.hasFolded('value', at)) return undefined;
  const end = afterSpaces(reading, afterClosers(reading, at + 5));
  const byte = reading.bytes[end];
  return byte === EQUALS || byte === COLON ? { text: byte === EQUALS ? '=' : ':', end: end + 1 } : undefined;
}

/** Whether `value`, in quotes or on the next line, may begin with this byte. */
function isValueWord(byte: number): boolean {
  return byte === NEWLINE || byte === RETURN || (byte | UPPER_BIT) === LETTER_V || isQuote(byte);
}

const LETTER_V = 0x76;
const UPPER_BIT = 0x20;

/** Past blanks, and the end of one line among them. */
function pastBlanks(reading: Reading, from: number): number {
  let at = from;
  let lines = 0;
  while (at < reading.to && at < from + MAX_SPACES && isBlank(reading.bytes[at] as number)) {
    if (reading.bytes[at] === NEWLINE && ++lines > 1) break;
    at++;
  }
  return at;
}

function isOption(bytes: Uint8Array, nameStart: number): boolean {
  return bytes[nameStart] === DASH && bytes[nameStart + 1] === DASH;
}

/** Past what closes a quoted or bracketed name: `"`, `']`, `\"`. */
function afterClosers(reading: Reading, from: number): number {
  let at = from;
  while (at < reading.to && at < from + 3 && isCloser(reading.bytes[at] as number)) at++;
  return at;
}

function isCloser(byte: number): boolean {
  return isQuote(byte) || byte === BACKSLASH || byte === 0x5d;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === NEWLINE || byte === RETURN;
}
