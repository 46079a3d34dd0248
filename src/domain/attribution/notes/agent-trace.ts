// Records of Agent Trace (github.com/cursor/agent-trace, 0.1.0), MIME application/vnd.agent-trace.record+json:
//
//   { version, id, timestamp, vcs?: { type, revision }, tool?: { name, version },
//     files: [ { path, conversations: [ { url?, contributor?: { type, model_id? },
//       ranges: [ { start_line, end_line, content_hash?, contributor? } ], related?: [ { type, url } ] } ] } ], metadata? }
//
// Where records are kept is left open; tools keep one a commit in refs/notes/agent-trace or append them, a line each, to a
// file. So we take one, a list, or lines. `metadata` is anything at all, prompts included, and is dropped as it is read.
import { ProtocolError } from '../../../protocol/errors.ts';
import { elementsOf, type Members, membersOf, parseJson, textOf } from './json-value.ts';
import * as limits from './note-limits.ts';
import { MAX_LINE } from './range-text.ts';

export const AGENT_TRACE_VERSION = '0.1.0';

export const CONTRIBUTORS = ['human', 'ai', 'mixed', 'unknown'] as const;
export const VCS_TYPES = ['git', 'jj', 'hg', 'svn'] as const;

export interface TraceContributor {
  readonly type: (typeof CONTRIBUTORS)[number];
  /** `provider/model`. */
  readonly modelId?: string;
}

export interface TraceRange {
  readonly startLine: number;
  readonly endLine: number;
  readonly contentHash?: string;
  /** Instead of the conversation's. */
  readonly contributor?: TraceContributor;
}

export interface TraceConversation {
  readonly url?: string;
  readonly contributor?: TraceContributor;
  readonly ranges: readonly TraceRange[];
  readonly related?: readonly { readonly type: string; readonly url: string }[];
}

export interface TraceFile {
  readonly path: string;
  readonly conversations: readonly TraceConversation[];
}

export interface AgentTraceRecord {
  readonly version: string;
  readonly id: string;
  /** RFC 3339. */
  readonly timestamp: string;
  /** What the line numbers are of. */
  readonly vcs?: { readonly type: (typeof VCS_TYPES)[number]; readonly revision: string };
  readonly tool?: { readonly name?: string; readonly version?: string };
  readonly files: readonly TraceFile[];
}

export type ParsedAgentTrace =
  | { readonly outcome: 'parsed'; readonly records: readonly AgentTraceRecord[] }
  | limits.RefusedNote;

/** Reads the records of a note or a file of at most MAX_NOTE_BYTES. Never throws for what is in it. */
export function parseAgentTrace(bytes: Buffer): ParsedAgentTrace {
  return limits.orRefused(() => {
    limits.checkNoteSize(bytes);
    const budget = { ranges: limits.MAX_NOTE_RANGES, files: limits.MAX_NOTE_FILES };
    const documents = documentsIn(bytes);
    if (documents.length === 0) throw malformed('everything');
    return { outcome: 'parsed', records: documents.map((document) => readRecord(document, budget)) };
  });
}

/** One line of JSON, as a file of records needs it. */
export function serialiseAgentTrace(record: AgentTraceRecord): Buffer {
  const { version, id, timestamp, vcs, tool } = record;
  const files = record.files.map(({ path, conversations }) => ({
    path,
    conversations: conversations.map(conversationJson),
  }));
  return Buffer.from(JSON.stringify({ version, id, timestamp, vcs, tool, files }));
}

const LF = 0x0a;
const MAX_MODEL_ID = 250;
const VERSION = /^\d{1,4}\.\d{1,4}(?:\.\d{1,4})?$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

interface Budget {
  ranges: number;
  files: number;
}

function documentsIn(bytes: Buffer): readonly unknown[] {
  const whole = tryJson(bytes);
  if (whole === undefined) return linesOf(bytes).map(parseJson);
  return Array.isArray(whole) ? whole : [whole];
}

/** Undefined for what is not one JSON value; what is too deep or too much stays refused. */
function tryJson(bytes: Buffer): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'bad-line') return undefined;
    throw error;
  }
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(LF, at);
    const line = bytes.subarray(at, found === -1 ? bytes.length : found);
    if (line.length > 1) lines.push(line);
    at += line.length + 1;
  }
  return lines;
}

function readRecord(document: unknown, budget: Budget): AgentTraceRecord {
  const record = requireMembers(document, 'record');
  const tool = record.has('tool') ? readTool(requireMembers(record.get('tool'), 'tool')) : undefined;
  const vcs = record.has('vcs') ? readVcs(requireMembers(record.get('vcs'), 'vcs')) : undefined;
  const files = requireElements(record.get('files'), budget.files, 'files');
  budget.files -= files.length;
  return {
    version: requireText(record.get('version'), 'version', VERSION),
    id: requireText(record.get('id'), 'id', /^.{1,200}$/su),
    timestamp: requireText(record.get('timestamp'), 'timestamp', TIMESTAMP),
    ...(vcs === undefined ? {} : { vcs }),
    ...(tool === undefined ? {} : { tool }),
    files: files.map((file) => readFile(requireMembers(file, 'file'), budget)),
  };
}

function readTool(tool: Members): NonNullable<AgentTraceRecord['tool']> {
  const name = textOf(tool.get('name'));
  const version = textOf(tool.get('version'));
  return { ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { version }) };
}

function readVcs(vcs: Members): NonNullable<AgentTraceRecord['vcs']> {
  const type = VCS_TYPES.find((one) => one === vcs.get('type'));
  if (type === undefined) throw malformed('vcs.type');
  return { type, revision: requireText(vcs.get('revision'), 'vcs.revision', /^.{1,200}$/su) };
}

function readFile(file: Members, budget: Budget): TraceFile {
  const path = requireText(file.get('path'), 'path', /^.+$/su);
  if (Buffer.byteLength(path) > limits.MAX_PATH_BYTES) throw new ProtocolError('limit-exceeded', 'a path is too long');
  const conversations = requireElements(file.get('conversations'), limits.MAX_FILE_RANGES, 'conversations');
  return {
    path,
    conversations: conversations.map((one) => readConversation(requireMembers(one, 'conversation'), budget)),
  };
}

function readConversation(conversation: Members, budget: Budget): TraceConversation {
  const url = textOf(conversation.get('url'));
  const contributor = readContributor(conversation);
  const ranges = requireElements(conversation.get('ranges'), Math.min(budget.ranges, limits.MAX_FILE_RANGES), 'ranges');
  budget.ranges -= ranges.length;
  const related = elementsOf(conversation.get('related'), limits.MAX_FILE_RANGES, 'related resources');
  return {
    ...(url === undefined ? {} : { url }),
    ...(contributor === undefined ? {} : { contributor }),
    ranges: ranges.map((range) => readRange(requireMembers(range, 'range'))),
    ...(related === undefined ? {} : { related: related.flatMap(readRelated) }),
  };
}

function readRange(range: Members): TraceRange {
  const startLine = requireLine(range.get('start_line'));
  const endLine = requireLine(range.get('end_line'));
  if (endLine < startLine) throw malformed('end_line');
  const contentHash = textOf(range.get('content_hash'));
  const contributor = readContributor(range);
  return {
    startLine,
    endLine,
    ...(contentHash === undefined ? {} : { contentHash }),
    ...(contributor === undefined ? {} : { contributor }),
  };
}

function readContributor(of: Members): TraceContributor | undefined {
  if (!of.has('contributor')) return undefined;
  const contributor = requireMembers(of.get('contributor'), 'contributor');
  const type = CONTRIBUTORS.find((one) => one === contributor.get('type'));
  const modelId = textOf(contributor.get('model_id'));
  if (type === undefined || (modelId?.length ?? 0) > MAX_MODEL_ID) throw malformed('contributor');
  return { type, ...(modelId === undefined ? {} : { modelId }) };
}

function readRelated(value: unknown): { type: string; url: string }[] {
  const members = membersOf(value);
  const type = textOf(members?.get('type'));
  const url = textOf(members?.get('url'));
  return type === undefined || url === undefined ? [] : [{ type, url }];
}

function conversationJson({ url, contributor, ranges, related }: TraceConversation): object {
  return { url, contributor: contributorJson(contributor), ranges: ranges.map(rangeJson), related };
}

function rangeJson({ startLine, endLine, contentHash, contributor }: TraceRange): object {
  const written = { start_line: startLine, end_line: endLine, content_hash: contentHash };
  return { ...written, contributor: contributorJson(contributor) };
}

function contributorJson(contributor: TraceContributor | undefined): object | undefined {
  return contributor && { type: contributor.type, model_id: contributor.modelId };
}

function requireMembers(value: unknown, what: string): Members {
  const members = membersOf(value);
  if (members === undefined) throw malformed(what);
  return members;
}

function requireElements(value: unknown, max: number, what: string): readonly unknown[] {
  const elements = elementsOf(value, max, what);
  if (elements === undefined) throw malformed(what);
  return elements;
}

function requireText(value: unknown, what: string, form: RegExp): string {
  const text = textOf(value);
  if (text === undefined || !form.test(text)) throw malformed(what);
  return text;
}

function requireLine(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_LINE) return value;
  throw malformed('a line number');
}

function malformed(what: string): ProtocolError {
  return new ProtocolError('bad-line', `no Agent Trace record: ${what} is missing or not as it should be`);
}
