// Before a push: what was recorded is sent, so that the gateway has it first, and the notes go to the same remote. In
// bounded time, and whatever happens, the push goes on. The notes are pushed without hooks: a push in a push would call us
// again.

import type { Repository } from '../repository.ts';
import { flush } from '../send/flush.ts';
import { readStatus, writeStatus } from '../send/status-file.ts';
import { nameFor, placesOf } from '../state/places.ts';
import { NOTES_REF } from './notes.ts';
import { addedToNotes } from './notes-union.ts';
import { askGit, runGit } from './run-git.ts';

const FLUSH = 5_000;
const PUSH = 8_000;

export async function prePush(repository: Repository, remote: string): Promise<void> {
  await flush(repository, { within: FLUSH });
  const { top } = repository;
  const notes = askGit(top, 'rev-parse', '--verify', '-q', NOTES_REF);
  const known = `refs/notes/ai-remote/${/^[\w.-]+$/.test(remote) ? remote : nameFor(remote)}`;
  if (notes === undefined || remote === '' || notes === askGit(top, 'rev-parse', '--verify', '-q', known)) return;
  const pushed = pushNotes(top, remote) || (joinTheirs(top, remote, known) && pushNotes(top, remote));
  const { status } = placesOf(repository);
  if (pushed) runGit(top, ['update-ref', known, NOTES_REF]);
  else
    writeStatus(status, {
      ...readStatus(status),
      lastError: `the notes could not be pushed to ${withoutLogin(remote)}`,
    });
}

const QUIET_SSH = { GIT_SSH_COMMAND: process.env['GIT_SSH_COMMAND'] ?? 'ssh -o BatchMode=yes' };

/** A plain push: whatever the remote has that we have not is never overwritten. */
function pushNotes(top: string, remote: string): boolean {
  const args = [
    'push',
    '-q',
    '--no-verify',
    '--no-signed',
    '--no-recurse-submodules',
    remote,
    `${NOTES_REF}:${NOTES_REF}`,
  ];
  return runGit(top, args, { timeout: PUSH, env: QUIET_SSH }) !== undefined;
}

function joinTheirs(top: string, remote: string, known: string): boolean {
  const args = ['fetch', '-q', '--no-tags', '--no-recurse-submodules', remote, `+${NOTES_REF}:${known}`];
  if (runGit(top, args, { timeout: PUSH, env: QUIET_SSH }) === undefined) return false;
  return addedToNotes(top, known);
}

function withoutLogin(remote: string): string {
  return remote.replace(/\/\/[^/@]*@/, '//');
}
