// A commit's attribution as a git-ai note, for tools that read refs/notes/ai. git-ai knows lines of a session, lines of a
// person, and lines of which it knows nothing: so `mixed`, `declared`, `disputed` and `unknown` lines are left out. What is
// in both columns is written, generated files included, as git-ai does.
import type { CommitAttribution, FileAttribution } from '../attribution.ts';
import type { Claim, Evidence, LineRange } from '../evidence.ts';
import { joinRanges } from '../lines/line-ranges.ts';
import type { NoteSession } from '../notes/git-ai-legacy.ts';
import { GIT_AI_SCHEMA, type GitAiNote, type NoteFile } from '../notes/git-ai-note.ts';
import { checkpointKey, humanKey, sessionKey } from '../notes/note-key.ts';
import { toolOfAgent } from '../notes/tool-names.ts';
import { spokenBy } from './spoken-range.ts';

export interface GitAiExport {
  /** `git_ai_version` of the note: who wrote it, such as `sallyport 0.1.0`. */
  readonly writer?: string;
}

/**
 * `evidence` is that of the push, which the attribution's positions are in. The same attribution always gives the same
 * note; serialiseGitAiNote makes bytes of it.
 */
export function toGitAiNote(
  commit: CommitAttribution,
  evidence: readonly Evidence[],
  { writer }: GitAiExport = {},
): GitAiNote {
  const sessions = new Map<string, NoteSession>();
  const humans = new Map<string, string>();
  const files = commit.files.map((file) =>
    noteFile(file, evidence, (claim) => keyFor(claim, commit, sessions, humans)),
  );
  return {
    files: files.filter(({ entries }) => entries.length > 0),
    schemaVersion: GIT_AI_SCHEMA,
    baseCommit: commit.oid,
    ...(writer === undefined ? {} : { gitAiVersion: writer }),
    prompts: new Map(),
    sessions,
    humans,
  };
}

function noteFile(
  { path, ranges }: FileAttribution,
  evidence: readonly Evidence[],
  keyOf: (claim: Claim) => string | undefined,
): NoteFile {
  const byKey = new Map<string, LineRange[]>();
  for (const range of ranges) {
    const claim = range.state === 'mixed' ? undefined : spokenBy(range, evidence)?.claim;
    const key = claim === undefined ? undefined : keyOf(claim);
    if (key === undefined) continue;
    const lines = byKey.get(key) ?? [];
    byKey.set(key, lines);
    lines.push({ start: range.start, end: range.end });
  }
  return { path, entries: [...byKey].map(([key, lines]) => ({ key, ranges: joinRanges(lines) })) };
}

/** Undefined for a person without a name: git-ai would not count the lines either. */
function keyFor(
  claim: Claim,
  { oid }: CommitAttribution,
  sessions: Map<string, NoteSession>,
  humans: Map<string, string>,
): string | undefined {
  if (claim.by === 'human') {
    if (claim.human === undefined) return undefined;
    const key = humanKey(claim.human);
    humans.set(key, claim.human);
    return key;
  }
  const session = sessionOf(claim);
  const key = sessionKey(session.tool, session.id);
  if (!sessions.has(key)) sessions.set(key, session);
  return checkpointKey(key, `${oid}:${key}`);
}

/** `unknown` is git-ai's own word where an agent does not say. */
function sessionOf(claim: Claim): NoteSession {
  const { session, model, human } = claim;
  return {
    tool: toolOfAgent(claim),
    id: session ?? 'unknown',
    model: model ?? 'unknown',
    ...(human === undefined ? {} : { humanAuthor: human }),
  };
}
