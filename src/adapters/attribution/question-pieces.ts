// The commits and updates of a push, in pieces that are each said in some milliseconds.

import { isTellingRef } from '../../domain/attribution/notes/other-notes.ts';
import type { PushToAttribute } from '../../domain/attribution/push/attribute-push.ts';
import type { Change, CommitFacts, UpdateFacts } from '../../domain/push/inputs.ts';

export type QuestionPiece =
  | { readonly kind: 'update'; readonly update: UpdateFacts }
  /** More of the last update's, or of the last commit's. */
  | { readonly kind: 'net' | 'changes'; readonly changes: readonly Change[] }
  | { readonly kind: 'commits'; readonly commits: readonly CommitFacts[] }
  | { readonly kind: 'whole' };

type Question = Pick<PushToAttribute, 'commits' | 'updates'>;

/** Of one piece. */
const MAX_CHANGES = 4_000;
const MAX_COMMITS = 500;

export function* questionPieces({ commits, updates }: Question): Generator<QuestionPiece, undefined> {
  for (const update of updates) {
    yield { kind: 'update', update: { ...update, net: [] } };
    // Of other refs nobody asks what they change on the whole.
    if (isTellingRef(update.refName)) for (const changes of slices(update.net)) yield { kind: 'net', changes };
  }
  yield* commitPieces(commits);
  yield { kind: 'whole' };
  return undefined;
}

function* commitPieces(commits: readonly CommitFacts[]): Generator<QuestionPiece> {
  let waiting: CommitFacts[] = [];
  let count = 0;
  for (const commit of commits) {
    if (count + commit.changes.length > MAX_CHANGES || waiting.length >= MAX_COMMITS) {
      yield { kind: 'commits', commits: waiting };
      [waiting, count] = [[], 0];
    }
    const [first = [], ...rest] = slices(commit.changes);
    waiting.push(rest.length === 0 ? commit : { ...commit, changes: first });
    count += first.length;
    if (rest.length === 0) continue;
    yield { kind: 'commits', commits: waiting };
    [waiting, count] = [[], 0];
    for (const changes of rest) yield { kind: 'changes', changes };
  }
  if (waiting.length > 0) yield { kind: 'commits', commits: waiting };
}

function slices(changes: readonly Change[]): readonly (readonly Change[])[] {
  const count = Math.ceil(changes.length / MAX_CHANGES);
  return Array.from({ length: count }, (_, at) => changes.slice(at * MAX_CHANGES, (at + 1) * MAX_CHANGES));
}

/** The pieces together again. */
export class QuestionCollector {
  readonly #updates: UpdateFacts[] = [];
  readonly #commits: CommitFacts[] = [];

  /** Answers the whole when it is. */
  add(piece: QuestionPiece): Question | undefined {
    if (piece.kind === 'update') this.#updates.push(piece.update);
    else if (piece.kind === 'commits') for (const commit of piece.commits) this.#commits.push(commit);
    else if (piece.kind === 'net') this.#extendUpdate(piece.changes);
    else if (piece.kind === 'changes') this.#extendCommit(piece.changes);
    else return { updates: this.#updates, commits: this.#commits };
    return undefined;
  }

  #extendUpdate(changes: readonly Change[]): void {
    const last = this.#updates.pop();
    if (last !== undefined) this.#updates.push({ ...last, net: [...last.net, ...changes] });
  }

  #extendCommit(changes: readonly Change[]): void {
    const last = this.#commits.pop();
    if (last !== undefined) this.#commits.push({ ...last, changes: [...last.changes, ...changes] });
  }
}
