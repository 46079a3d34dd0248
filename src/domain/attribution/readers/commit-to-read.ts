// A commit as the readers look at it, and of what kind it is.
import type { Oid } from '../../../protocol/oid.ts';
import type { CommitAttribution } from '../attribution.ts';
import type { Person } from './agent-index.ts';
import type { SignatureVerdict } from './commit-signature.ts';

export interface CommitToRead {
  readonly oid: Oid;
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
  /** What the commit says, in milliseconds: anyone can write it. */
  readonly committedAt?: number;
  /** When we got it, in milliseconds. */
  readonly receivedAt: number;
  readonly parents: number;
  readonly signature?: SignatureVerdict;
}

export type CommitKind = CommitAttribution['kind'];

const REVERT = /^(?:(?:revert|reapply) ["“]|revert(?:\([^()]{1,60}\))?!?: )/i;
const REVERTED = /^This reverts commit [0-9a-f]{7,64}\b/;
const SQUASHED_BY_GIT = /^Squashed commit of the following:/;
const PULL_REQUEST = / \(#\d{1,10}\)$/;
const BULLET = /^\* \S/;
const RULE = /^-{5,}$/;
const READ_LINES = 10_000;

/** What it is by its parents and the shape of its message; how a merge, a squash and a revert quote others is known. */
export function commitKind({ message, parents }: Pick<CommitToRead, 'message' | 'parents'>): CommitKind {
  if (parents > 1) return 'merge';
  const lines = message
    .slice(0, MAX_MESSAGE)
    .split('\n', READ_LINES)
    .map((line) => line.trimEnd());
  const subject = lines[0] ?? '';
  if (REVERT.test(subject)) return 'revert';
  if (lines.some((line) => SQUASHED_BY_GIT.test(line))) return 'squash';
  if (PULL_REQUEST.test(subject) && isListOfCommits(lines)) return 'squash'; // of which one may be a revert
  return lines.some((line) => REVERTED.test(line)) ? 'revert' : 'ordinary';
}

/** Characters of a message that are read. */
export const MAX_MESSAGE = 2 ** 20;

/** The forge lists the commits of a branch that it makes one commit of, and draws a line before their co-authors. */
function isListOfCommits(lines: readonly string[]): boolean {
  return lines.some((line) => RULE.test(line)) || lines.filter((line) => BULLET.test(line)).length >= 2;
}
