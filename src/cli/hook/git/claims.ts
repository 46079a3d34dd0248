// From lines and their owners to a note and to events of sessions.
import { randomUUID } from 'node:crypto';
import type { LineRange } from '../../../domain/attribution/evidence.ts';
import { addLine, type GrowingRange } from '../../../domain/attribution/lines/line-ranges.ts';
import type { NoteSession } from '../../../domain/attribution/notes/git-ai-legacy.ts';
import { GIT_AI_SCHEMA, type GitAiNote, type NoteFile } from '../../../domain/attribution/notes/git-ai-note.ts';
import { checkpointKey, sessionKey } from '../../../domain/attribution/notes/note-key.ts';
import { toolOfAgent } from '../../../domain/attribution/notes/tool-names.ts';
import type { CommitEvent, CommittedFile } from '../../../domain/attribution/sessions/session-event.ts';
import type { Session } from '../state/sessions.ts';
import type { LineOwner } from '../state/working-files.ts';

/** Lines of one file that one session wrote after one prompt. */
export interface LineShare {
  readonly path: string;
  readonly blob: string;
  readonly session: Session;
  readonly promptId?: string;
  readonly ranges: readonly LineRange[];
}

/** Of the added lines those that have an owner; a line that a person had a hand in is left out. */
export function sharesOf(
  file: { readonly path: string; readonly blob: string; readonly added: readonly LineRange[] },
  owners: readonly (LineOwner | undefined)[],
  sessionNamed: (name: string) => Session | undefined,
): LineShare[] {
  const shares = new Map<string, { owner: LineOwner; lines: GrowingRange[] }>();
  for (const { start, end } of file.added) {
    for (let line = start; line <= end; line++) {
      const owner = owners[line - 1];
      if (owner === undefined || owner.userModified) continue;
      const key = `${owner.session} ${owner.promptId}`;
      const share = shares.get(key) ?? { owner, lines: [] };
      shares.set(key, share);
      addLine(share.lines, line);
    }
  }
  return [...shares.values()].flatMap(({ owner, lines }) => {
    const session = sessionNamed(owner.session);
    if (session === undefined) return [];
    const { promptId } = owner;
    return [{ path: file.path, blob: file.blob, session, ranges: lines, ...(promptId !== undefined && { promptId }) }];
  });
}

export function noteOf(commit: string, shares: readonly LineShare[], human: string | undefined): GitAiNote {
  const sessions = new Map<string, NoteSession>();
  const files = new Map<string, NoteFile & { entries: { key: string; ranges: readonly LineRange[] }[] }>();
  for (const { path, session, promptId, ranges } of shares) {
    const tool = toolOfAgent({ codingAgent: session.codingAgent });
    const key = sessionKey(tool, session.conversation);
    sessions.set(key, {
      ...{ tool, id: session.conversation, model: session.model ?? 'unknown' },
      ...(human !== undefined && { humanAuthor: human }),
    });
    const file = files.get(path) ?? { path, entries: [] };
    files.set(path, file);
    file.entries.push({ key: checkpointKey(key, promptId ?? session.conversation), ranges });
  }
  return {
    ...{ files: [...files.values()], schemaVersion: GIT_AI_SCHEMA, baseCommit: commit },
    ...{ prompts: new Map(), sessions, humans: new Map() },
  };
}

/** One event for each session that has a share. */
export function commitEvents(commit: string, shares: readonly LineShare[]): { session: Session; event: CommitEvent }[] {
  const bySession = Map.groupBy(shares, ({ session }) => `${session.codingAgent} ${session.conversation}`);
  return [...bySession.values()].flatMap(([first, ...rest]) => {
    if (first === undefined) return [];
    const files = [first, ...rest].map(committedFile);
    return [{ session: first.session, event: { id: randomUUID(), at: Date.now(), kind: 'commit', commit, files } }];
  });
}

function committedFile({ path, blob, promptId, ranges }: LineShare): CommittedFile {
  const pairs = ranges.map(({ start, end }) => [start, end] as const);
  return { path, blob, ranges: pairs, ...(promptId !== undefined && { promptId }) };
}
