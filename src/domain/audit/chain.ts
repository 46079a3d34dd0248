// The chain of the trail. Every entry is one line of canonical JSON (RFC 8785, "JCS") that names the hash of the line
// before it; its own hash is the SHA-256 of exactly that text, so anybody can check an exported trail with a JSON parser
// and sha256sum, without our code:
//
//   {"actor":…,"at":…,"body":{…},"index":n,"previous":"<hash of n-1>","pushId":…,"repo":…,"type":…,"v":1}
//
// Absent members are left out. What a chain shows: an entry cannot be changed, moved, inserted or removed from the middle
// without every later hash changing. What it cannot show by itself: that its END is missing; that takes an anchored head
// (TrailHead) kept somewhere else.
import { createHash } from 'node:crypto';
import type { EntryType, RecordedEntry, TrailEntry } from './entry.ts';

/** `previous` of the first entry. */
export const GENESIS = '0'.repeat(64);

/** Canonical bytes of one body. A push of 1,000 refs fits; whatever is larger belongs in a file, its digest here. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** Deeper nesting than any entry has; bounds the recursion below. */
const MAX_DEPTH = 64;

/** How far a trail reaches: number of entries and hash of the last one (GENESIS for none). */
export interface TrailHead {
  readonly entries: number;
  readonly head: string;
}

export const EMPTY_HEAD: TrailHead = { entries: 0, head: GENESIS };

/**
 * RFC 8785 text of a JSON value: members sorted by UTF-16 code units (3.2.3), no white space, strings as ECMAScript
 * writes them (3.2.2.2). Two deliberate limits and one extension: numbers must be integers that a double holds exactly,
 * so no reader needs ECMAScript's float formatting; `undefined` members are left out; a lone surrogate (an undecodable
 * byte of a Git name, see protocol/bytes.ts), on which the RFC would stop, is written as its `\udcxx` escape. A text
 * backslash is always `\\`, so that escape cannot be confused with anything else. Throws TypeError for what is not JSON.
 */
export function canonicalJson(value: unknown): string {
  return canonical(value, '$', 0);
}

/** An entry whose place in the chain is not yet known: checked, with its body already canonical. Plain data. */
export interface EntryDraft {
  readonly type: EntryType;
  readonly at: number;
  readonly actor?: string;
  readonly repo?: string;
  readonly pushId?: number;
  readonly bodyText: string;
}

/** Checks an entry before it queues for a place in the chain. Throws TypeError, so that nothing is half recorded. */
export function draftEntry(entry: TrailEntry, at: number): EntryDraft {
  if (!isCount(at)) throw new TypeError(`time of a trail entry is no integer: ${at}`);
  if (entry.pushId !== undefined && !isCount(entry.pushId)) {
    throw new TypeError(`push id of a trail entry is no integer: ${entry.pushId}`);
  }
  if (!isPlainObject(entry.body)) throw new TypeError('body of a trail entry is no plain object');
  const bodyText = canonicalJson(entry.body);
  const bytes = Buffer.byteLength(bodyText);
  if (bytes > MAX_BODY_BYTES) {
    throw new TypeError(
      `body of a trail entry has ${bytes} bytes, at most ${MAX_BODY_BYTES} are kept (hint: record a digest)`,
    );
  }
  return {
    type: entry.type,
    at,
    ...(entry.actor === undefined ? {} : { actor: entry.actor }),
    ...(entry.repo === undefined ? {} : { repo: entry.repo }),
    ...(entry.pushId === undefined ? {} : { pushId: entry.pushId }),
    bodyText,
  };
}

/** Gives a draft its place after `head`: the line that is stored, and its hash. */
export function sealEntry(draft: EntryDraft, head: TrailHead): { readonly text: string; readonly hash: string } {
  const members: string[] = [];
  // In the order of RFC 8785: actor, at, body, index, previous, pushId, repo, type, v.
  if (draft.actor !== undefined) members.push(`"actor":${JSON.stringify(draft.actor)}`);
  members.push(`"at":${draft.at}`);
  members.push(`"body":${draft.bodyText}`);
  members.push(`"index":${head.entries}`);
  members.push(`"previous":${JSON.stringify(head.head)}`);
  if (draft.pushId !== undefined) members.push(`"pushId":${draft.pushId}`);
  if (draft.repo !== undefined) members.push(`"repo":${JSON.stringify(draft.repo)}`);
  members.push(`"type":${JSON.stringify(draft.type)}`);
  members.push('"v":1');
  const text = `{${members.join(',')}}`;
  return { text, hash: hashEntry(text) };
}

/** Hex SHA-256 of the UTF-8 line. */
export function hashEntry(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** The entry that a stored line says. Trusts the line: use checkEntry for one that may have been touched. */
export function parseEntry(text: string, hash: string): RecordedEntry {
  const line: RecordedEntry = JSON.parse(text);
  return {
    type: line.type,
    ...(line.actor === undefined ? {} : { actor: line.actor }),
    ...(line.repo === undefined ? {} : { repo: line.repo }),
    ...(line.pushId === undefined ? {} : { pushId: line.pushId }),
    body: line.body,
    index: line.index,
    at: line.at,
    previous: line.previous,
    hash,
  };
}

export type EntryCheck =
  | { readonly sound: true; readonly entry: RecordedEntry; readonly head: TrailHead }
  | { readonly sound: false; readonly text: string };

/** Checks that a stored line with its stored hash is the entry that follows `head`. */
export function checkEntry(text: string, hash: string, head: TrailHead): EntryCheck {
  const unsound = (why: string): EntryCheck => ({ sound: false, text: `entry ${head.entries} ${why}` });
  if (hashEntry(text) !== hash) return unsound('does not match its hash: it was changed');
  let line: unknown;
  try {
    line = JSON.parse(text);
    // A line that parses but is not in canonical form could say two things to two readers (a member given twice).
    if (canonicalJson(line) !== text) return unsound('is not in canonical form');
  } catch {
    return unsound('is not canonical JSON');
  }
  if (!isPlainObject(line) || line['v'] !== 1) return unsound('has an unknown version');
  if (line['index'] !== head.entries) return unsound('carries another index: entries were moved or removed');
  if (line['previous'] !== head.head) return unsound('does not follow the entry before it: the chain is broken');
  if (!isCount(line['at']) || typeof line['type'] !== 'string' || !isPlainObject(line['body'])) {
    return unsound('lacks its time, type or body');
  }
  return { sound: true, entry: parseEntry(text, hash), head: { entries: head.entries + 1, head: hash } };
}

function canonical(value: unknown, path: string, depth: number): string {
  if (depth > MAX_DEPTH) throw new TypeError(`no canonical JSON: ${path} is nested deeper than ${MAX_DEPTH}`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError(`no canonical JSON: ${path} is no exact integer: ${value}`);
    return String(value); // -0 gives "0", as RFC 8785 asks
  }
  if (Array.isArray(value)) {
    // Array.from, not map: a hole must be refused as undefined, not skipped.
    return `[${Array.from(value, (one: unknown, index) => canonical(one, `${path}[${index}]`, depth + 1)).join(',')}]`;
  }
  if (isPlainObject(value)) {
    const members: string[] = [];
    // The default sort compares UTF-16 code units, which is the order RFC 8785 section 3.2.3 asks for.
    for (const key of Object.keys(value).sort()) {
      const member = value[key];
      if (member === undefined) continue;
      members.push(`${JSON.stringify(key)}:${canonical(member, `${path}.${key}`, depth + 1)}`);
    }
    return `{${members.join(',')}}`;
  }
  throw new TypeError(`no canonical JSON: ${path} is ${typeof value}`);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Only what JSON.parse or an object literal makes: a Date or a Map would silently become something else. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
