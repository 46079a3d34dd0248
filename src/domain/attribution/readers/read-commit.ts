// All that one commit says about who wrote it, before anything is looked at but its own header and message.
import type { Evidence } from '../evidence.ts';
import { readIdentities } from './commit-identity.ts';
import { readSignature } from './commit-signature.ts';
import { type CommitToRead, commitKind } from './commit-to-read.ts';
import { readMessage } from './message.ts';

/** Every item by itself, also where they contradict one another; empty means that nothing is known. */
export function readCommit(commit: CommitToRead): readonly Evidence[] {
  const kind = commitKind(commit);
  return [
    ...readIdentities(commit, kind),
    ...readMessage(commit, kind),
    ...(commit.signature === undefined ? [] : readSignature(commit.oid, commit.signature, commit.receivedAt)),
  ];
}
