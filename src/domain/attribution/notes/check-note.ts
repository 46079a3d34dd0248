// One note of a notes ref → evidence and findings. Notes come from whoever pushes: one that cannot be read, or says what
// does not fit, never stops a push; it is worth less, and reviewers are told.
import type { Finding } from '../../push/finding.ts';
import { parseAgentTrace } from './agent-trace.ts';
import { agentTraceRecords } from './agent-trace-claims.ts';
import { type CommitWithNote, checkClaims, type NoteEvidence } from './check-claims.ts';
import { gitAiRecord } from './git-ai-claims.ts';
import { type GitAiNote, parseGitAiNote, serialiseGitAiNote } from './git-ai-note.ts';
import { ODD_NOTE_BYTES, type RefusedNote } from './note-limits.ts';
import { digestOf, isTellingRef, otherNote } from './other-notes.ts';
import { parseSrctrace, SRCTRACE_REF } from './srctrace.ts';

export interface NoteToCheck extends CommitWithNote {
  readonly bytes: Buffer;
}

/** `ref` decides how it is read; nothing for a ref that is about something else. Never throws for what is in the note. */
export function noteEvidence(note: NoteToCheck): NoteEvidence {
  const { ref, commit, bytes } = note;
  if (GIT_AI_REF.test(ref)) return ofGitAi(note);
  if (AGENT_TRACE_REF.test(ref)) return ofAgentTrace(note);
  if (ref === SRCTRACE_REF) return ofSrctrace(note);
  return { evidence: isTellingRef(ref) ? [otherNote(ref, commit, bytes, false)] : [], findings: [] };
}

/** Also what was set aside with a stash, and copies that were fetched from a remote. */
const GIT_AI_REF = /^refs\/notes\/ai(?:-stash|-remote\/.+)?$/;
const AGENT_TRACE_REF = /^refs\/notes\/agent-trace$/;

function ofGitAi(note: NoteToCheck): NoteEvidence {
  const parsed = parseGitAiNote(note.bytes);
  if (parsed.outcome === 'refused') return refused(note, parsed);
  const record = gitAiRecord(parsed.note, note.commit);
  const { evidence, findings } = checkClaims(record, note, digestOf(note.bytes));
  return { evidence, findings: [...oddSize(note, parsed.note), ...findings] };
}

function ofAgentTrace(note: NoteToCheck): NoteEvidence {
  const parsed = parseAgentTrace(note.bytes);
  if (parsed.outcome === 'refused') return refused(note, parsed);
  const digest = digestOf(note.bytes);
  const checked = agentTraceRecords(parsed.records, note.commit).map((record) => checkClaims(record, note, digest));
  return {
    evidence: checked.flatMap(({ evidence }) => evidence),
    findings: checked.flatMap(({ findings }) => findings),
  };
}

function ofSrctrace(note: NoteToCheck): NoteEvidence {
  const parsed = parseSrctrace(note.bytes);
  if (parsed.outcome === 'refused') return refused(note, parsed);
  return checkClaims(parsed.record, note, digestOf(note.bytes));
}

/** It is still there, and somebody may be able to read it. */
function refused({ ref, commit, bytes }: NoteToCheck, { rule, text }: RefusedNote): NoteEvidence {
  const severity = rule === 'note-too-large' ? 'medium' : 'low';
  const finding: Finding = { rule, severity, commit, text: `the note in ${ref} cannot be read: ${text}` };
  return { evidence: [otherNote(ref, commit, bytes, true)], findings: [finding] };
}

function oddSize({ ref, commit, bytes }: NoteToCheck, note: GitAiNote): Finding[] {
  if (bytes.length <= ODD_NOTE_BYTES) return [];
  const { length } = serialiseGitAiNote(note);
  if (length <= ODD_NOTE_BYTES) return [];
  const text = `the note in ${ref} has ${length} bytes without the conversations in it`;
  return [{ rule: 'note-too-large', severity: 'low', commit, text }];
}
