// Notes of git-ai (Git AI Standard, authorship/3.0.0): one blob a commit, in UTF-8.
//
//   note       = *file-block "---" LF json
//   file-block = path LF 1*( "  " key SP ranges LF )
//   path       = raw / DQUOTE raw DQUOTE             quoted when it has white space; nothing is escaped inside
//
// The first line that is `---` divides, also when a path is called so. As the reference does, blank lines, CR before
// LF and blanks at the end of a line are passed over, and a path without entries says nothing. Everything else that the
// grammar does not allow refuses the note. A path with a line feed cannot be written: such files are left out.
import { decodeBytes, encodeBytes } from '../../../protocol/bytes.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import type { LineRange } from '../evidence.ts';
import {
  type NotePrompt,
  type NoteSession,
  promptJson,
  readPrompt,
  readSession,
  sessionJson,
} from './git-ai-legacy.ts';
import { type Members, membersOf, parseJson, textOf } from './json-value.ts';
import { parseNoteKey } from './note-key.ts';
import * as limits from './note-limits.ts';
import { formatRanges, parseRanges, type RangeBudget } from './range-text.ts';

export const GIT_AI_SCHEMA = 'authorship/3.0.0';

export interface NoteEntry {
  /** As written: `s_…::t_…`, `s_…`, `h_…`, bare digits, or something else. */
  readonly key: string;
  /** Ascending and apart; not empty. */
  readonly ranges: readonly LineRange[];
}

export interface NoteFile {
  readonly path: string;
  /** Where they overlap, the later one is right. */
  readonly entries: readonly NoteEntry[];
}

export interface GitAiNote {
  readonly files: readonly NoteFile[];
  readonly schemaVersion: string;
  /** The commit that the line numbers are of. */
  readonly baseCommit: string;
  readonly gitAiVersion?: string;
  /** By bare key. */
  readonly prompts: ReadonlyMap<string, NotePrompt>;
  /** By `s_…`. */
  readonly sessions: ReadonlyMap<string, NoteSession>;
  /** By `h_…`; `Name <email>`. */
  readonly humans: ReadonlyMap<string, string>;
}

export type ParsedGitAiNote = { readonly outcome: 'parsed'; readonly note: GitAiNote } | limits.RefusedNote;

/** Reads a note of at most MAX_NOTE_BYTES; linear in its size. Never throws for what is in it. */
export function parseGitAiNote(bytes: Buffer): ParsedGitAiNote {
  return limits.orRefused(() => {
    limits.checkNoteSize(bytes);
    const { files, jsonAt } = readAttestations(bytes);
    const json = membersOf(parseJson(bytes.subarray(jsonAt)));
    if (json === undefined) throw new ProtocolError('bad-line', 'the part behind --- is no JSON object');
    return { outcome: 'parsed', note: { files, ...readMetadata(json) } };
  });
}

/** The bytes that git-ai would write; entries without lines and files without entries are left out. */
export function serialiseGitAiNote(note: GitAiNote): Buffer {
  const json = {
    schema_version: note.schemaVersion,
    ...(note.gitAiVersion === undefined ? {} : { git_ai_version: note.gitAiVersion }),
    base_commit_sha: note.baseCommit,
    prompts: recordsJson(note.prompts, promptJson),
    ...(note.humans.size === 0 ? {} : { humans: recordsJson(note.humans, (author) => ({ author })) }),
    ...(note.sessions.size === 0 ? {} : { sessions: recordsJson(note.sessions, sessionJson) }),
  };
  const blocks = note.files.map(fileBlock).join('');
  return encodeBytes(`${blocks}---\n${JSON.stringify(json, null, 2)}`);
}

const LF = 0x0a;
const SPACE = 0x20;
const KNOWN_SCHEMA = /^authorship\/3\.\d{1,4}\.\d{1,4}$/;

interface FileBeingRead {
  readonly path: string;
  readonly entries: NoteEntry[];
  readonly budget: RangeBudget;
}

function readAttestations(bytes: Buffer): { files: NoteFile[]; jsonAt: number } {
  const files: FileBeingRead[] = [];
  const budget: RangeBudget = { left: limits.MAX_NOTE_RANGES };
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(LF, at);
    const line = bytes.subarray(at, found === -1 ? bytes.length : found);
    at += line.length + 1;
    if (isDivider(line)) return { files: files.filter(hasEntries).map(toNoteFile), jsonAt: at };
    const text = trimmedEnd(line);
    if (text[0] === SPACE && text[1] === SPACE) addEntry(files.at(-1), text.toString('latin1', 2), budget);
    else if (text.length > 0) files.push(newFile(readPath(text), files.length));
  }
  throw new ProtocolError('bad-line', 'no line --- divides the note');
}

function addEntry(file: FileBeingRead | undefined, text: string, budget: RangeBudget): void {
  if (file === undefined) throw new ProtocolError('bad-line', 'an entry stands before any path');
  const space = text.indexOf(' ');
  const key = text.slice(0, space);
  if (space === -1 || parseNoteKey(key) === undefined) throw new ProtocolError('bad-line', 'an entry has no key');
  const left = Math.min(budget.left, file.budget.left);
  const entryBudget: RangeBudget = { left };
  file.entries.push({ key, ranges: parseRanges(text.slice(space + 1), entryBudget) });
  budget.left -= left - entryBudget.left;
  file.budget.left -= left - entryBudget.left;
}

function newFile(path: string, before: number): FileBeingRead {
  if (before >= limits.MAX_NOTE_FILES) throw new ProtocolError('limit-exceeded', 'too many files');
  return { path, entries: [], budget: { left: limits.MAX_FILE_RANGES } };
}

function hasEntries({ entries }: FileBeingRead): boolean {
  return entries.length > 0;
}

function toNoteFile({ path, entries }: FileBeingRead): NoteFile {
  return { path, entries };
}

/** Before blanks are taken off: `--- ` is a path. */
function isDivider(line: Buffer): boolean {
  const text = line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
  return text.length === 3 && text.toString('latin1') === '---';
}

function trimmedEnd(line: Buffer): Buffer {
  let end = line.length;
  while (
    end > 0 &&
    (line[end - 1] === SPACE || ((line[end - 1] as number) >= 0x09 && (line[end - 1] as number) <= 0x0d))
  ) {
    end -= 1;
  }
  return line.subarray(0, end);
}

function readPath(text: Buffer): string {
  const isQuoted = text.length >= 2 && text[0] === 0x22 && text.at(-1) === 0x22;
  const raw = isQuoted ? text.subarray(1, -1) : text;
  if (raw.length > limits.MAX_PATH_BYTES) throw new ProtocolError('limit-exceeded', 'a path is too long');
  return decodeBytes(raw);
}

function readMetadata(json: Members): Omit<GitAiNote, 'files'> {
  const schemaVersion = textOf(json.get('schema_version'));
  const baseCommit = textOf(json.get('base_commit_sha'));
  const prompts = membersOf(json.get('prompts'));
  const gitAiVersion = textOf(json.get('git_ai_version'));
  if (schemaVersion === undefined || !KNOWN_SCHEMA.test(schemaVersion)) {
    throw new ProtocolError('bad-line', 'schema_version is none that is known');
  }
  if (baseCommit === undefined || prompts === undefined) {
    throw new ProtocolError('bad-line', 'base_commit_sha or prompts is missing');
  }
  return {
    schemaVersion,
    baseCommit,
    ...(gitAiVersion === undefined ? {} : { gitAiVersion }),
    prompts: recordsOf(prompts, readPrompt),
    sessions: recordsOf(membersOf(json.get('sessions')), readSession),
    humans: recordsOf(membersOf(json.get('humans')), (record) => textOf(membersOf(record)?.get('author'))),
  };
}

/** A record under a name that no entry can have, or without what it is for, is left out: its entries dangle. */
function recordsOf<T>(members: Members | undefined, read: (value: unknown) => T | undefined): ReadonlyMap<string, T> {
  const records = new Map<string, T>();
  for (const [name, value] of members ?? []) {
    const record = parseNoteKey(name) === undefined ? undefined : read(value);
    if (record !== undefined) records.set(name, record);
  }
  return records;
}

function recordsJson<T>(records: ReadonlyMap<string, T>, toJson: (record: T) => object): object {
  const sorted = [...records].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, record]) => [name, toJson(record)]));
}

function fileBlock({ path, entries }: NoteFile): string {
  const lines = entries
    .filter(({ ranges }) => ranges.length > 0)
    .map(({ key, ranges }) => `  ${key} ${formatRanges(ranges)}\n`);
  if (lines.length === 0 || path === '' || path.includes('\n')) return '';
  return `${writtenPath(path)}\n${lines.join('')}`;
}

/** Also quoted: what would be taken for the divider, or lose something of its own. */
function writtenPath(path: string): string {
  return /\s|^"|^---$/.test(path) ? `"${path}"` : path;
}
