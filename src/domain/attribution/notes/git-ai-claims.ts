// What a git-ai note says, file by file and speaker by speaker. Two rules are git-ai's own: of entries that overlap the
// later is right, and one whose record is missing does not stand in the way of one that has a record. A key must be the
// digest of what its record says; so it is in all but one of 26,000 records of real notes, so a record under another key
// was written or changed by hand.
import type { Oid } from '../../../protocol/oid.ts';
import type { Claim, LineRange } from '../evidence.ts';
import { UNKNOWN_AI } from '../evidence.ts';
import { joinRanges, lastWins } from '../lines/line-ranges.ts';
import type { NoteSession } from './git-ai-legacy.ts';
import type { GitAiNote, NoteEntry } from './git-ai-note.ts';
import type { LineClaim, LineRecord } from './line-claim.ts';
import { humanKey, type NoteKey, parseNoteKey, promptKey, sessionKey } from './note-key.ts';
import { formatRanges } from './range-text.ts';
import { agentOfTool, boundedText, isNothing, modelOf } from './tool-names.ts';

/** The claims of a note that hangs on `commit`. */
export function gitAiRecord(note: GitAiNote, commit: Oid): LineRecord {
  const speakers = new Map<string, Speaker | undefined>();
  const entriesOf = Map.groupBy(
    note.files.flatMap(({ path, entries }) => entries.map((entry) => ({ path, entry }))),
    ({ path }) => path,
  );
  const claims = [...entriesOf].flatMap(([path, entries]) =>
    claimsOfFile(
      path,
      entries.map(({ entry }) => entry),
      (key) => speakerOf(note, key, speakers),
    ),
  );
  return {
    kind: 'git-ai-note',
    rule: 'git-ai/lines',
    ruleVersion: note.schemaVersion,
    names: note.baseCommit.toLowerCase() === commit ? 'this' : 'another',
    claims,
  };
}

interface Speaker {
  readonly claim: Claim;
  /** The note has no record of it. */
  readonly isDangling?: true;
  readonly fault?: string;
}

interface SpokenEntry {
  readonly record: string;
  readonly speaker: Speaker;
  readonly entry: NoteEntry;
}

function claimsOfFile(
  path: string,
  entries: readonly NoteEntry[],
  find: (key: NoteKey) => Speaker | undefined,
): LineClaim[] {
  const spoken = entries.flatMap((entry): SpokenEntry[] => {
    const key = parseNoteKey(entry.key);
    const speaker = key === undefined ? undefined : find(key);
    return key === undefined || speaker === undefined ? [] : [{ record: key.record, speaker, entry }];
  });
  const isDangling = ({ speaker }: SpokenEntry) => speaker.isDangling === true;
  const weakestFirst = [...spoken.filter(isDangling), ...spoken.filter((one) => !isDangling(one))];
  const won = lastWins(weakestFirst.map(({ entry }) => entry.ranges));
  const byRecord = Map.groupBy(
    weakestFirst.map((one, index) => ({ ...one, ranges: won[index] ?? [] })),
    ({ record }) => record,
  );
  return [...byRecord.values()].flatMap((parts) => {
    const ranges = joinRanges(parts.flatMap((part) => part.ranges));
    return parts.slice(0, 1).flatMap(({ speaker: { claim, fault }, entry }): LineClaim[] => {
      const lineClaim = { path, ranges, claim, raw: rawLine(entry) };
      return ranges.length === 0 ? [] : [fault === undefined ? lineClaim : { ...lineClaim, fault }];
    });
  });
}

/** As much of the entry as people are shown. */
function rawLine({ key, ranges }: NoteEntry): string {
  const shown: readonly LineRange[] = ranges.slice(0, 40);
  return `${key} ${formatRanges(shown)}`;
}

function speakerOf(note: GitAiNote, key: NoteKey, known: Map<string, Speaker | undefined>): Speaker | undefined {
  if (!known.has(key.record)) known.set(key.record, newSpeaker(note, key));
  return known.get(key.record);
}

/**
 * Undefined when nobody can be said to have written the lines: a person without a name attests nothing, and other words
 * (`human`, which old versions wrote for everything that no agent was seen to write) say nothing that is known.
 */
function newSpeaker(note: GitAiNote, { kind, record }: NoteKey): Speaker | undefined {
  if (kind === 'human') return humanSpeaker(record, note.humans.get(record));
  const session = kind === 'session' ? note.sessions.get(record) : note.prompts.get(record);
  if (session !== undefined) return sessionSpeaker(kind, record, session);
  if (kind === 'other' && record !== 'ai_agent') return undefined;
  return { claim: { by: 'ai', codingAgent: UNKNOWN_AI }, isDangling: true };
}

function humanSpeaker(record: string, author: string | undefined): Speaker | undefined {
  if (author === undefined || author.trim() === '') return undefined;
  const claim: Claim = { by: 'human', human: boundedText(author) };
  return humanKey(author) === record ? { claim } : { claim, fault: 'a person’s key is not that of the name' };
}

function sessionSpeaker(kind: NoteKey['kind'], record: string, session: NoteSession): Speaker | undefined {
  if (session.tool === 'human') return undefined;
  const model = modelOf(session.model);
  const claim: Claim = {
    by: 'ai',
    ...agentOfTool(session.tool),
    ...(model === undefined ? {} : { model }),
    ...(isNothing(session.id) ? {} : { session: boundedText(session.id) }),
    ...(session.promptDigest === undefined ? {} : { promptDigest: session.promptDigest }),
    ...(session.humanAuthor === undefined ? {} : { human: boundedText(session.humanAuthor) }),
  };
  if (isKeyOf(kind, record, session)) return { claim };
  return { claim, fault: 'a session’s key is not that of its conversation' };
}

/** Prompts of the first versions are named by the conversation itself. */
function isKeyOf(kind: NoteKey['kind'], record: string, { tool, id }: NoteSession): boolean {
  if (kind === 'session') return sessionKey(tool, id) === record;
  return kind === 'prompt' ? promptKey(tool, id).startsWith(record) : record === id;
}
