// Objects: bytes -> values. Commit and tag (git's Documentation/user-manual "commit object", commit.c, tag.c):
//
//   commit = "tree" SP oid LF *("parent" SP oid LF) *(header LF) [LF message]
//   tag    = "object" SP oid LF "type" SP type LF "tag" SP name LF *(header LF) [LF message]
//   header = name SP value *(LF SP continuation)
//   tree   = *(mode SP name NUL raw-oid)
//
// What decides about reachability (tree, parents, a tag's object) is read exactly as git reads it, or refused: a
// second reading would be a way round the inspection. Everything else is history as people really wrote it (no
// e-mail, no date, `<` in a name) and gets a best effort.
import { decodeBytes } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { type ObjectFormat, type Oid, oidHexLength } from './oid.ts';

/** A header as written; continuation lines are joined by LF. Names and values as decodeBytes() gives them. */
export interface ObjectHeader {
  readonly name: string;
  readonly value: string;
}

/** `Name <email> seconds zone`, or as much of it as there is. */
export interface PersonStamp {
  readonly name: string;
  readonly email: string;
  /** Seconds since the epoch. */
  readonly time?: number;
  /** As written, such as `+0200`. */
  readonly zone?: string;
}

export interface CommitObject {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: PersonStamp;
  readonly committer: PersonStamp;
  /** The `encoding` header, when there is one. */
  readonly encoding?: string;
  /** In the commit's own encoding when we know it; otherwise as decodeBytes() gives it. */
  readonly message: string;
  /** Every header, in order, the ones above included. */
  readonly headers: readonly ObjectHeader[];
  /** A signature header is present; says nothing about whether it verifies. */
  readonly signed: boolean;
}

export type TaggedType = 'commit' | 'tree' | 'blob' | 'tag';

export interface TagObject {
  readonly object: Oid;
  readonly type: TaggedType;
  readonly tag: string;
  readonly tagger?: PersonStamp;
  /** The whole body, a signature at its end included. */
  readonly message: string;
  readonly headers: readonly ObjectHeader[];
  readonly signed: boolean;
}

export interface TreeEntry {
  /** Six octal digits as git prints them: `040000`, `100644`, `100755`, `120000`, `160000`, `100664` in old history. */
  readonly mode: string;
  readonly name: string;
  readonly oid: Oid;
}

const LF = 0x0a;
const SPACE = 0x20;

/** Reads a commit object's content. */
export function parseCommit(content: Buffer, format: ObjectFormat): CommitObject {
  let at = expectOidLine(content, 0, TREE, format);
  const tree = oidBefore(content, at, format);
  const parents: Oid[] = [];
  // commit.c, parse_commit_buffer: only `parent` lines directly after `tree` are parents; git ignores later ones.
  while (startsWith(content, at, PARENT)) {
    at = expectOidLine(content, at, PARENT, format);
    parents.push(oidBefore(content, at, format));
  }
  const { headers, body } = splitHeaders(content);
  const encoding = headerValue(headers, 'encoding');
  const decode = decoderFor(encoding);
  return {
    tree,
    parents,
    author: personOf(headers, 'author', decode) ?? NOBODY,
    committer: personOf(headers, 'committer', decode) ?? NOBODY,
    ...(encoding === undefined ? {} : { encoding: decodeBytes(encoding) }),
    message: decode(content.subarray(body)),
    headers: headers.map(({ name, value }) => ({ name: decodeBytes(name), value: decodeBytes(value) })),
    signed: headers.some(({ name }) => isSignatureHeader(name)),
  };
}

/** Reads an annotated tag's content. */
export function parseTag(content: Buffer, format: ObjectFormat): TagObject {
  let at = expectOidLine(content, 0, OBJECT, format);
  const object = oidBefore(content, at, format);
  if (!startsWith(content, at, TYPE)) throw new ProtocolError('bad-object', 'tag without a type line', { offset: at });
  let end = endOfLine(content, at);
  const type = content.toString('latin1', at + TYPE.length, Math.min(end, at + TYPE.length + 16));
  if (!isTaggedType(type)) throw new ProtocolError('bad-object', 'tag names an unknown type', { offset: at });
  at = end + 1;
  if (!startsWith(content, at, TAG)) throw new ProtocolError('bad-object', 'tag without a name line', { offset: at });
  end = endOfLine(content, at);
  const tag = decodeBytes(content.subarray(at + TAG.length, end));
  const { headers, body } = splitHeaders(content);
  const decode = decoderFor(headerValue(headers, 'encoding'));
  const message = decode(content.subarray(body));
  const tagger = personOf(headers, 'tagger', decode);
  return {
    object,
    type,
    tag,
    ...(tagger === undefined ? {} : { tagger }),
    message,
    headers: headers.map(({ name, value }) => ({ name: decodeBytes(name), value: decodeBytes(value) })),
    signed: headers.some(({ name }) => isSignatureHeader(name)) || SIGNATURE_BLOCK.test(message),
  };
}

/** All entries of a tree. */
export function parseTree(content: Buffer, format: ObjectFormat): TreeEntry[] {
  return [...treeEntries(content, format)];
}

/** The entries of a tree, one at a time. Throws where the tree is malformed, out of order or has a name twice. */
export function* treeEntries(content: Buffer, format: ObjectFormat): Generator<TreeEntry> {
  const cursor = new TreeCursor(content, format);
  for (; !cursor.done; cursor.next()) yield { mode: modeText(cursor.mode), name: cursor.name(), oid: cursor.oid() };
}

export const TREE_MODE = 0o040000;
export const SYMLINK_MODE = 0o120000;
export const GITLINK_MODE = 0o160000;
const FILE_TYPE = 0o100000;
const TYPE_BITS = 0o170000;

/** Type bits of a mode: TREE_MODE, SYMLINK_MODE, GITLINK_MODE, or those of a regular file. */
export function modeType(mode: number): number {
  return mode & TYPE_BITS;
}

export function modeText(mode: number): string {
  return mode.toString(8).padStart(6, '0');
}

/**
 * Walks a tree's raw bytes without making strings: inspection compares millions of entries and needs few of them.
 * Strict: an entry of no known type would be a gitlink to git's own code and something else to others'.
 */
export class TreeCursor {
  readonly content: Buffer;
  done = false;
  /** The entry's mode, zero padding dropped. */
  mode = 0;
  isTree = false;
  /** Where the entry begins and ends (its oid included). */
  start = 0;
  end = 0;
  nameStart = 0;
  nameEnd = 0;
  readonly #oidBytes: number;

  constructor(content: Buffer, format: ObjectFormat) {
    this.content = content;
    this.#oidBytes = oidHexLength(format) / 2;
    this.#read();
  }

  /** Moves to the next entry. */
  next(): void {
    const nameStart = this.nameStart;
    const nameEnd = this.nameEnd;
    const isTree = this.isTree;
    this.start = this.end;
    this.#read();
    // fsck.c: treeNotSorted, duplicateEntries. An unsorted tree compares wrongly with every other one.
    if (!this.done && compareNames(this.content, nameStart, nameEnd, isTree, this) >= 0) {
      throw new ProtocolError('bad-object', 'tree entries out of order', { offset: this.start });
    }
  }

  name(): string {
    return decodeBytes(this.content.subarray(this.nameStart, this.nameEnd));
  }

  oid(): Oid {
    return this.content.toString('hex', this.nameEnd + 1, this.end);
  }

  /** Order of this entry's name against another's, as git sorts trees: a directory's name ends in a slash. */
  compare(other: TreeCursor): number {
    return compareNames(this.content, this.nameStart, this.nameEnd, this.isTree, other);
  }

  /** The same mode, name and object. */
  isSame(other: TreeCursor): boolean {
    const length = this.end - this.start;
    if (length !== other.end - other.start) return false;
    const a = this.content;
    const b = other.content;
    // From the end: of two versions of an entry it is the oid that differs.
    for (let i = this.end - 1, j = other.end - 1; i >= this.start; i--, j--) if (a[i] !== b[j]) return false;
    return true;
  }

  isSameObject(other: TreeCursor): boolean {
    const a = this.content;
    const b = other.content;
    for (let i = this.nameEnd + 1, j = other.nameEnd + 1; i < this.end; i++, j++) if (a[i] !== b[j]) return false;
    return true;
  }

  #read(): void {
    const content = this.content;
    let at = this.start;
    if (at === content.length) {
      this.done = true;
      return;
    }
    let mode = 0;
    for (;;) {
      const digit = content[at] ?? 0;
      if (digit === SPACE) break;
      if (digit < 0x30 || digit > 0x37 || at - this.start >= MAX_MODE_DIGITS) this.#fail('bad mode in a tree entry');
      mode = mode * 8 + (digit - 0x30);
      at += 1;
    }
    const type = mode & TYPE_BITS;
    if (mode > 0o177777 || (type !== FILE_TYPE && type !== TREE_MODE && type !== SYMLINK_MODE && type !== GITLINK_MODE))
      this.#fail('unknown mode in a tree entry');
    this.mode = mode;
    this.isTree = type === TREE_MODE;
    at += 1;
    this.nameStart = at;
    while (at < content.length && content[at] !== 0) at += 1;
    this.nameEnd = at;
    this.end = at + 1 + this.#oidBytes;
    if (this.end > content.length) this.#fail('tree entry is cut short');
    if (this.nameEnd === this.nameStart) this.#fail('empty name in a tree entry');
  }

  #fail(text: string): never {
    throw new ProtocolError('bad-object', text, { offset: this.start });
  }
}

const MAX_MODE_DIGITS = 8; // six in every writer; zero-padded ones exist in old history

function compareNames(a: Buffer, from: number, to: number, isTree: boolean, other: TreeCursor): number {
  const b = other.content;
  const otherEnd = other.nameEnd;
  let i = from;
  let j = other.nameStart;
  while (i < to && j < otherEnd) {
    const difference = (a[i] as number) - (b[j] as number);
    if (difference !== 0) return difference;
    i += 1;
    j += 1;
  }
  // tree.c, base_name_compare: the byte after the shorter name is `/` for a tree and NUL for anything else.
  const left = i < to ? (a[i] as number) : isTree ? 0x2f : 0;
  const right = j < otherEnd ? (b[j] as number) : other.isTree ? 0x2f : 0;
  if (left !== right) return left - right;
  return to - i - (otherEnd - j);
}

/**
 * Reads `Name <email> seconds zone`. As git does (ident.c, split_ident_line): the address runs from the first `<` to
 * the next `>`, the date follows the last `>`. Never throws.
 */
export function parsePerson(bytes: Buffer, decode: (bytes: Buffer) => string = decodeBytes): PersonStamp {
  const open = bytes.indexOf(0x3c);
  if (open === -1) {
    const text = decode(bytes).trim();
    const date = DATE.exec(text);
    return { name: date === null ? text : text.slice(0, date.index).trim(), email: '', ...dateOf(date) };
  }
  const close = bytes.indexOf(0x3e, open + 1);
  const name = decode(bytes.subarray(0, open)).trim();
  // An address is compared with accounts: it is never put through the commit's own choice of encoding.
  const email = decodeBytes(bytes.subarray(open + 1, close === -1 ? bytes.length : close)).trim();
  if (close === -1) return { name, email };
  const rest = bytes.toString('latin1', bytes.lastIndexOf(0x3e) + 1, bytes.length).slice(0, 64);
  return { name, email, ...dateOf(DATE.exec(rest)) };
}

/** The people of `Co-authored-by:` trailers, each once; in any paragraph, as hosts differ in where they look. */
export function coAuthors(message: string): { readonly name: string; readonly email: string }[] {
  const people = new Map<string, { readonly name: string; readonly email: string }>();
  for (const line of message.matchAll(CO_AUTHOR)) {
    const text = line[1] as string;
    const open = text.indexOf('<');
    const close = text.indexOf('>', open + 1);
    const name = (open === -1 ? text : text.slice(0, open)).trim();
    const email = open === -1 ? '' : text.slice(open + 1, close === -1 ? undefined : close).trim();
    if (name !== '' || email !== '') people.set(`${name}\0${email.toLowerCase()}`, { name, email });
    if (people.size >= MAX_CO_AUTHORS) break;
  }
  return [...people.values()];
}

const MAX_CO_AUTHORS = 1000;
const CO_AUTHOR = /^[ \t]*co-authored-by[ \t]{0,8}:([^\r\n]{1,1000})/gim;
const DATE = /(?:^|[ \t])(-?[0-9]{1,19})(?:[ \t]+([+-]?[0-9]{1,8}))?[ \t]*$/;
const NOBODY: PersonStamp = { name: '', email: '' };
const SIGNATURE_BLOCK = /^-----BEGIN (?:PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----/m; // gpg-interface.c

const TREE = Buffer.from('tree ');
const PARENT = Buffer.from('parent ');
const OBJECT = Buffer.from('object ');
const TYPE = Buffer.from('type ');
const TAG = Buffer.from('tag ');

interface RawHeader {
  readonly name: Buffer;
  readonly value: Buffer;
}

function startsWith(content: Buffer, at: number, prefix: Buffer): boolean {
  return at + prefix.length <= content.length && prefix.compare(content, at, at + prefix.length) === 0;
}

function endOfLine(content: Buffer, at: number): number {
  const end = content.indexOf(LF, at);
  if (end === -1) throw new ProtocolError('bad-object', 'header line without an end', { offset: at });
  return end;
}

/** Checks `prefix oid LF` at `at`; answers where the next line begins. */
function expectOidLine(content: Buffer, at: number, prefix: Buffer, format: ObjectFormat): number {
  const next = at + prefix.length + oidHexLength(format) + 1;
  if (next > content.length || !startsWith(content, at, prefix) || content[next - 1] !== LF) {
    throw new ProtocolError('bad-object', `expected a "${prefix.toString('latin1')}<oid>" line`, { offset: at });
  }
  for (let i = at + prefix.length; i < next - 1; i++) {
    if (!isHexDigit(content[i] as number)) throw new ProtocolError('bad-object', 'bad object id', { offset: i });
  }
  return next;
}

/** The id on the line that ends before `next`. git takes upper-case digits here (hex.c), so we must as well. */
function oidBefore(content: Buffer, next: number, format: ObjectFormat): Oid {
  return content.toString('latin1', next - 1 - oidHexLength(format), next - 1).toLowerCase();
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66) || (byte >= 0x41 && byte <= 0x46);
}

/** The header lines and where the message begins. */
function splitHeaders(content: Buffer): { readonly headers: readonly RawHeader[]; readonly body: number } {
  const headers: RawHeader[] = [];
  let at = 0;
  while (at < content.length && content[at] !== LF) {
    // One header: its line and every following line that begins with a space.
    let end = lineEnd(content, at);
    const folds: number[] = [];
    while (content[end + 1] === SPACE) {
      folds.push(end + 1);
      end = lineEnd(content, end + 1);
    }
    headers.push(rawHeader(content, at, end, folds));
    at = end + 1;
  }
  return { headers, body: Math.min(at + 1, content.length) };
}

function lineEnd(content: Buffer, at: number): number {
  const end = content.indexOf(LF, at);
  return end === -1 ? content.length : end;
}

function rawHeader(content: Buffer, at: number, end: number, folds: readonly number[]): RawHeader {
  const firstEnd = lineEnd(content, at);
  const space = content.subarray(at, firstEnd).indexOf(SPACE);
  const name = space === -1 ? content.subarray(at, firstEnd) : content.subarray(at, at + space);
  const valueAt = space === -1 ? firstEnd : at + space + 1;
  if (folds.length === 0) return { name, value: content.subarray(valueAt, end) };
  const parts = [content.subarray(valueAt, folds[0])];
  for (const [index, fold] of folds.entries()) parts.push(content.subarray(fold + 1, folds[index + 1] ?? end));
  return { name, value: Buffer.concat(parts) };
}

function headerValue(headers: readonly RawHeader[], name: string): Buffer | undefined {
  const wanted = Buffer.from(name);
  return headers.find((header) => header.name.equals(wanted))?.value;
}

function personOf(
  headers: readonly RawHeader[],
  name: string,
  decode: (bytes: Buffer) => string,
): PersonStamp | undefined {
  const value = headerValue(headers, name);
  return value === undefined ? undefined : parsePerson(value, decode);
}

function isSignatureHeader(name: Buffer): boolean {
  const text = name.length <= 16 ? name.toString('latin1', 0, name.length) : '';
  return text === 'gpgsig' || text === 'gpgsig-sha256';
}

function isTaggedType(text: string): text is TaggedType {
  return text === 'commit' || text === 'tree' || text === 'blob' || text === 'tag';
}

function dateOf(match: RegExpExecArray | null): { readonly time?: number; readonly zone?: string } {
  if (match === null) return {};
  const time = Number(match[1]);
  return {
    ...(Number.isSafeInteger(time) ? { time } : {}),
    ...(match[2] === undefined ? {} : { zone: match[2] }),
  };
}

const DECODERS = new Map<string, (bytes: Buffer) => string>();

/** How to read text under an `encoding` header; decodeBytes() for UTF-8, for none, and for those nobody knows. */
function decoderFor(encoding: Buffer | undefined): (bytes: Buffer) => string {
  if (encoding === undefined || encoding.length > 40) return decodeBytes;
  const label = encoding.toString('latin1').trim().toLowerCase();
  const known = DECODERS.get(label);
  if (known !== undefined) return known;
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(label, { ignoreBOM: true });
  } catch {
    return decodeBytes; // not remembered: the label is the pusher's to invent
  }
  // A commit's headers are ASCII, so its text cannot be UTF-16: saying so would only hide the text from scanners.
  const lossless = decoder.encoding === 'utf-8' || decoder.encoding.startsWith('utf-16');
  const decode = lossless ? decodeBytes : (bytes: Buffer) => decoder.decode(bytes);
  DECODERS.set(label, decode);
  return decode;
}
