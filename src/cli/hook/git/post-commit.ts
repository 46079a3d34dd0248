// After a commit: which of its lines are whose, as a note and for the gateway. Only what was committed counts, and only
// what the commit adds.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { followLines, hashedText, NO_LINES } from '../../../domain/attribution/working/owned-lines.ts';
import { seenAs } from '../edits.ts';
import { flushBehind, handOver, type Outgoing } from '../outbox.ts';
import type { Repository } from '../repository.ts';
import { humanOf } from '../send/facts.ts';
import { openShell, runningShells, type Surroundings, settleShell } from '../shells.ts';
import { keepNewest } from '../state/disk.ts';
import { withLock } from '../state/lock.ts';
import { type Places, placesOf } from '../state/places.ts';
import { loadSession } from '../state/sessions.ts';
import { type LineOwner, WorkingFiles } from '../state/working-files.ts';
import { commitEvents, type LineShare, noteOf, sharesOf } from './claims.ts';
import { type CommitAtHand, type CommittedText, readCommitPaths, readCommitted } from './commit-files.ts';
import { addNote } from './notes.ts';

const MAX_FOLLOWED = 5_000;
const MAX_SESSIONS = 1_000;

export async function postCommit(repository: Repository): Promise<void> {
  const places = placesOf(repository);
  // Without a recorded session there is nothing to say, and nothing to pay for.
  if (!existsSync(places.sessions)) return;
  const items = withLock(places.lock, () => recordCommit(repository, places)) ?? [];
  await handOver(repository, items);
  flushBehind(repository);
}

function recordCommit(repository: Repository, places: Places): Outgoing[] {
  const commit = readCommitPaths(repository.top, 'HEAD');
  if (commit === undefined) return [];
  const around = { repository, places, files: new WorkingFiles(places.files) };
  const edits = isReplaying(repository) ? [] : settleShells(around, commit);
  const shares = sharesOfCommit(around, commit);
  if (shares.length > 0) addNote(repository.top, noteOf(commit.oid, shares, humanOf(repository.top)));
  keepNewest(places.files, MAX_FOLLOWED);
  keepNewest(places.sessions, MAX_SESSIONS);
  return [...edits, ...commitEvents(commit.oid, shares)];
}

/** Git brings commits that were made before: what appears in the files is no work of whoever runs it. */
function isReplaying({ gitDir }: Repository): boolean {
  const marks = ['rebase-merge', 'rebase-apply', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'sequencer'];
  const action = process.env['GIT_REFLOG_ACTION'] ?? '';
  return (
    /^(?:rebase|pull|cherry-pick|revert|am)\b/.test(action) || marks.some((mark) => existsSync(join(gitDir, mark)))
  );
}

/** Agents commit from the shell: what the command did so far is part of the commit. */
function settleShells(around: Surroundings, commit: CommitAtHand): Outgoing[] {
  const running = runningShells(around.places);
  return running.flatMap((shell) => {
    const session = loadSession(around.places.sessions, shell.session);
    if (session === undefined) return [];
    const { promptId } = session;
    const writer = { session: shell.session, ...(promptId !== undefined && { promptId }) };
    const made = { base: commit.parents[0], paths: commit.paths };
    const events = settleShell(around, shell, running.length > 1 ? undefined : writer, made);
    openShell(around, shell.session, shell.tool);
    return events.map((event) => ({ session, event }));
  });
}

function sharesOfCommit(around: Surroundings, commit: CommitAtHand): LineShare[] {
  const { repository, places, files } = around;
  const known = new Map(commit.paths.map((path) => [path, files.load(path)]));
  const texts = readCommitted(repository.top, commit, (path) => known.get(path) !== undefined);
  return texts.flatMap((text) => {
    const owners = ownersOf(around, text);
    const file = { path: text.path, blob: text.blob.oid, added: text.added };
    return sharesOf(file, owners, (name) => loadSession(places.sessions, name));
  });
}

/** Through the file as it is: what of it was not staged is no part of the commit, and stays for the next one. */
function ownersOf(
  { repository, files }: Surroundings,
  { path, blob }: CommittedText,
): readonly (LineOwner | undefined)[] {
  const seen = seenAs(files, repository, path, undefined);
  const known = files.load(path)?.lines ?? NO_LINES;
  if (seen !== undefined) files.save(seen.file);
  const committed = hashedText(blob.content);
  const throughFile = followLines<LineOwner>(seen?.lines ?? NO_LINES, committed, undefined).lines.owners;
  if (seen?.lines.hashes.equals(committed.hashes)) return throughFile;
  // Staged, and changed in the file since: the last that we saw of it may know more.
  const direct = followLines<LineOwner>(known, committed, undefined).lines.owners;
  return throughFile.map((owner, at) => owner ?? direct[at]);
}
