// A commit's attribution as Agent Trace records: one for each coding agent, since a record names one tool, and one without
// a tool for people. Lines that nobody can be named for are left out; readers take those for unknown.
import { createHash } from 'node:crypto';
import type { AddedFile } from '../added-file.ts';
import type { CommitAttribution, FileAttribution, OwnedRange } from '../attribution.ts';
import { type Claim, type Evidence, UNKNOWN_AI } from '../evidence.ts';
import { type AddedText, addedText } from '../notes/added-text.ts';
import {
  AGENT_TRACE_VERSION,
  type AgentTraceRecord,
  type TraceContributor,
  type TraceConversation,
  type TraceFile,
  type TraceRange,
} from '../notes/agent-trace.ts';
import { contentHash } from '../notes/content-hash.ts';
import { spokenBy } from './spoken-range.ts';

export interface AgentTraceExport {
  /** `timestamp` of the records; milliseconds. */
  readonly at: number;
  /** The commit's added lines, for hashes of their text; ranges of other files have none. */
  readonly files?: readonly AddedFile[];
}

/** `evidence` is that of the push. The same attribution at the same time always gives the same records. */
export function toAgentTrace(
  commit: CommitAttribution,
  evidence: readonly Evidence[],
  { at, files = [] }: AgentTraceExport,
): readonly AgentTraceRecord[] {
  const textOf = new Map(
    files.filter((file) => file.commit === commit.oid).map((file) => [file.path, addedText(file)]),
  );
  const spoken = commit.files.flatMap((file) => spokenRanges(file, evidence));
  return [...Map.groupBy(spoken, ({ tool }) => tool)].map(([tool, ranges]) => ({
    version: AGENT_TRACE_VERSION,
    id: recordId(`${commit.oid} ${tool ?? ''}`),
    timestamp: new Date(at).toISOString(),
    vcs: { type: 'git', revision: commit.oid },
    ...(tool === undefined ? {} : { tool: { name: tool } }),
    files: [...Map.groupBy(ranges, ({ path }) => path)].map(([path, ofFile]) =>
      traceFile(path, ofFile, textOf.get(path)),
    ),
  }));
}

interface SpokenRange extends OwnedRange {
  readonly path: string;
  readonly tool: string | undefined;
  readonly url: string | undefined;
  readonly contributor: TraceContributor;
}

function spokenRanges({ path, ranges }: FileAttribution, evidence: readonly Evidence[]): SpokenRange[] {
  return ranges.flatMap((range) => {
    const claim = spokenBy(range, evidence)?.claim;
    if (claim === undefined) return [];
    return [{ ...range, path, tool: toolOf(claim), url: urlOf(claim), contributor: contributorOf(range, claim) }];
  });
}

function toolOf({ by, codingAgent, tool }: Claim): string | undefined {
  if (by === 'human') return undefined;
  return codingAgent === UNKNOWN_AI ? tool : codingAgent;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The format wants a URL; an id that is none and cannot be made one is left out. */
function urlOf({ session }: Claim): string | undefined {
  if (session === undefined) return undefined;
  if (UUID.test(session)) return `urn:uuid:${session.toLowerCase()}`;
  return /^https?:\/\//.test(session) && URL.canParse(session) ? session : undefined;
}

const MAX_MODEL_ID = 250;

function contributorOf({ state }: OwnedRange, { model }: Claim): TraceContributor {
  if (state === 'human-attested') return { type: 'human' };
  const type = state === 'mixed' ? 'mixed' : 'ai';
  return model === undefined || model.length > MAX_MODEL_ID ? { type } : { type, modelId: model };
}

function traceFile(path: string, ranges: readonly SpokenRange[], text: AddedText | undefined): TraceFile {
  const conversations = Map.groupBy(ranges, ({ url, contributor }) =>
    JSON.stringify([url, contributor.type, contributor.modelId]),
  );
  return { path, conversations: [...conversations.values()].map((alike) => conversationOf(alike, text)) };
}

function conversationOf(ranges: readonly SpokenRange[], text: AddedText | undefined): TraceConversation {
  const [first] = ranges;
  return {
    ...(first?.url === undefined ? {} : { url: first.url }),
    ...(first === undefined ? {} : { contributor: first.contributor }),
    ranges: ranges.map((range) => traceRange(range, text)),
  };
}

function traceRange({ start, end }: OwnedRange, text: AddedText | undefined): TraceRange {
  const lines = text?.(start, end);
  return { startLine: start, endLine: end, ...(lines === undefined ? {} : { contentHash: contentHash(lines) }) };
}

/** A UUID that follows from what the record is about (RFC 9562, version 8). */
function recordId(about: string): string {
  const bytes = createHash('sha256').update(`sallyport agent-trace ${about}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
