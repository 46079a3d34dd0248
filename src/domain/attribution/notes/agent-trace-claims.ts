// What an Agent Trace record says, conversation by conversation.
import type { Oid } from '../../../protocol/oid.ts';
import type { Claim } from '../evidence.ts';
import { joinRanges } from '../lines/line-ranges.ts';
import type { AgentTraceRecord, TraceContributor, TraceConversation, TraceRange } from './agent-trace.ts';
import type { HashedRange, LineClaim, LineRecord, RecordedCommit } from './line-claim.ts';
import { agentOfTool, boundedText, modelOf } from './tool-names.ts';

/** The claims of all records of a note on `commit`: one record for those that say the same of which commit they are. */
export function agentTraceRecords(records: readonly AgentTraceRecord[], commit: Oid): readonly LineRecord[] {
  const byCommit = Map.groupBy(records, (record) => namedCommit(record, commit));
  return [...byCommit].map(([names, alike]) => ({
    kind: 'agent-trace',
    rule: 'agent-trace/lines',
    ruleVersion: boundedText(alike[0]?.version ?? ''),
    names,
    claims: alike.flatMap(claimsOfRecord),
  }));
}

function claimsOfRecord(record: AgentTraceRecord): LineClaim[] {
  return record.files.flatMap(({ path, conversations }) =>
    conversations.flatMap((conversation) => claimsOf(record, path, conversation)),
  );
}

/** A change id of jj stays the same over rewrites: it says nothing of this very commit. */
function namedCommit({ vcs }: AgentTraceRecord, commit: Oid): RecordedCommit {
  if (vcs?.type !== 'git') return 'none';
  return vcs.revision.toLowerCase() === commit ? 'this' : 'another';
}

/** One for each contributor: a range may name its own. */
function claimsOf(record: AgentTraceRecord, path: string, conversation: TraceConversation): LineClaim[] {
  const byContributor = Map.groupBy(conversation.ranges, (range) => {
    const { type, modelId } = contributorOf(range, conversation);
    return `${type} ${modelId ?? ''}`;
  });
  return [...byContributor.values()].flatMap((ranges) => {
    const contributor = contributorOf(ranges[0] as TraceRange, conversation);
    const claim = claimOf(record, conversation, contributor);
    return claim === undefined ? [] : [lineClaim(path, ranges, claim, contributor)];
  });
}

function lineClaim(
  path: string,
  ranges: readonly TraceRange[],
  claim: Claim,
  contributor: TraceContributor,
): LineClaim {
  const hashes = ranges.flatMap(({ startLine, endLine, contentHash }): HashedRange[] =>
    contentHash === undefined ? [] : [{ start: startLine, end: endLine, hash: contentHash }],
  );
  return {
    path,
    ranges: joinRanges(ranges.map(({ startLine, endLine }) => ({ start: startLine, end: endLine }))),
    claim,
    raw: `${contributor.type} ${boundedText(contributor.modelId ?? '')} ${shown(ranges)}`,
    ...(hashes.length === 0 ? {} : { hashes }),
  };
}

function contributorOf(range: TraceRange, conversation: TraceConversation): TraceContributor {
  return range.contributor ?? conversation.contributor ?? { type: 'unknown' };
}

/** `unknown` claims nothing. */
function claimOf(
  { tool }: AgentTraceRecord,
  { url }: TraceConversation,
  { type, modelId }: TraceContributor,
): Claim | undefined {
  if (type === 'unknown') return undefined;
  const session = url === undefined ? {} : { session: boundedText(sessionOf(url)) };
  if (type === 'human') return { by: 'human', ...session };
  const model = modelOf(modelId);
  return {
    by: type,
    ...agentOfTool(tool?.name),
    ...(tool?.version === undefined ? {} : { toolVersion: boundedText(tool.version) }),
    ...(model === undefined ? {} : { model }),
    ...session,
  };
}

/** Without what may be a key to it. */
function sessionOf(url: string): string {
  return url
    .replace(/^urn:uuid:/i, '')
    .replace(/[?#].*$/s, '')
    .replace(/\/\/[^/@]*@/, '//');
}

function shown(ranges: readonly TraceRange[]): string {
  return ranges
    .slice(0, 20)
    .map(({ startLine, endLine }) => `${startLine}-${endLine}`)
    .join(',');
}
