// Who wrote a push, in pieces that are each said and heard in some milliseconds.
import type { CommitAttribution, FileAttribution, PushAttribution } from '../../domain/attribution/attribution.ts';
import type { CarriedRow } from '../../domain/attribution/carry/carried-row.ts';
import type { Evidence } from '../../domain/attribution/evidence.ts';
import type { AttributedPush, PushToAttribute } from '../../domain/attribution/push/attribute-push.ts';
import { notesBrought } from '../../domain/attribution/push/notes-of-push.ts';
import type { Finding } from '../../domain/push/finding.ts';
import type { CommitFacts } from '../../domain/push/inputs.ts';
import type { AttributionEnd } from './messages.ts';
import { packFiles, unpackFiles } from './packed-files.ts';

/** Without its files, which come as numbers. */
type BareCommit = Omit<CommitAttribution, 'files'>;

export type AnswerPiece =
  | { readonly kind: 'evidence'; readonly items: readonly Evidence[] }
  | { readonly kind: 'commits'; readonly commits: readonly BareCommit[]; readonly files: readonly Int32Array[] }
  /** More of the last commit's. */
  | { readonly kind: 'files'; readonly files: Int32Array }
  | { readonly kind: 'unseen'; readonly items: PushAttribution['unseen'] }
  | { readonly kind: 'rows'; readonly items: readonly CarriedRow[] }
  | { readonly kind: 'findings'; readonly items: readonly Finding[] };

/** Of one piece. */
const MAX_ITEMS = 2_000;
const MAX_FILES = 5_000;
const MAX_COMMITS = 500;
const MAX_ROW_BYTES = 1024 * 1024;

export function* answerPieces(
  answer: AttributedPush,
  asked: readonly CommitFacts[],
): Generator<AnswerPiece, undefined> {
  const { attribution, findings, rows } = answer;
  for (const items of slices(attribution.evidence, MAX_ITEMS)) yield { kind: 'evidence', items };
  yield* commitPieces(attribution.commits, asked);
  for (const items of slices(attribution.unseen, MAX_ITEMS)) yield { kind: 'unseen', items };
  for (const items of slices(findings, MAX_ITEMS)) yield { kind: 'findings', items };
  yield* rowPieces(rows);
  return undefined;
}

export function answerEnd({ attribution, missing }: AttributedPush): AttributionEnd {
  const { version, ruleSet, lines, generated, codingAgents } = attribution;
  return { version, ruleSet, lines, generated, codingAgents, missing };
}

function* commitPieces(commits: readonly CommitAttribution[], asked: readonly CommitFacts[]): Generator<AnswerPiece> {
  const facts = new Map(asked.map((commit) => [commit.oid, commit.changes]));
  let waiting: BareCommit[] = [];
  let packed: Int32Array[] = [];
  let count = 0;
  for (const { files, ...bare } of commits) {
    const changes = facts.get(bare.oid) ?? [];
    const [first = [], ...rest] = slices(files, MAX_FILES);
    waiting.push(bare);
    packed.push(packFiles(first, changes));
    count += first.length;
    if (count < MAX_FILES && waiting.length < MAX_COMMITS) continue;
    yield { kind: 'commits', commits: waiting, files: packed };
    [waiting, packed, count] = [[], [], 0];
    for (const more of rest) yield { kind: 'files', files: packFiles(more, changes) };
  }
  if (waiting.length > 0) yield { kind: 'commits', commits: waiting, files: packed };
}

function* rowPieces(rows: readonly CarriedRow[]): Generator<AnswerPiece> {
  let items: CarriedRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    items.push(row);
    bytes += row.hashes.length + row.lines.length;
    if (bytes < MAX_ROW_BYTES && items.length < MAX_ITEMS) continue;
    yield { kind: 'rows', items };
    [items, bytes] = [[], 0];
  }
  if (items.length > 0) yield { kind: 'rows', items };
}

function slices<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));
}

/** The pieces together again, with names and object ids of the question itself. */
export class AnswerCollector {
  readonly #push: PushToAttribute;
  readonly #facts: ReadonlyMap<string, CommitFacts>;
  readonly #evidence: Evidence[] = [];
  readonly #commits: (BareCommit & { readonly files: FileAttribution[] })[] = [];
  readonly #unseen: PushAttribution['unseen'][number][] = [];
  readonly #rows: CarriedRow[] = [];
  readonly #findings: Finding[] = [];

  constructor(push: PushToAttribute) {
    this.#push = push;
    this.#facts = new Map(push.commits.map((commit) => [commit.oid, commit]));
  }

  add(piece: AnswerPiece): void {
    if (piece.kind === 'evidence') append(this.#evidence, piece.items);
    else if (piece.kind === 'unseen') append(this.#unseen, piece.items);
    else if (piece.kind === 'rows') append(this.#rows, piece.items);
    else if (piece.kind === 'findings') append(this.#findings, piece.items);
    else if (piece.kind === 'files') this.#addFiles(piece.files);
    else for (const [at, commit] of piece.commits.entries()) this.#addCommit(commit, piece.files[at]);
  }

  end({ missing, version, ruleSet, lines, generated, codingAgents }: AttributionEnd): AttributedPush {
    const lists = { evidence: this.#evidence, commits: this.#commits, unseen: this.#unseen };
    return {
      attribution: { version, ruleSet, ...lists, lines, generated, codingAgents },
      findings: this.#findings,
      rows: this.#rows,
      notes: notesBrought(this.#push.updates),
      missing,
    };
  }

  #addCommit(commit: BareCommit, files: Int32Array | undefined): void {
    this.#commits.push({ ...commit, files: [] });
    if (files !== undefined) this.#addFiles(files);
  }

  #addFiles(numbers: Int32Array): void {
    const last = this.#commits.at(-1);
    if (last !== undefined) append(last.files, unpackFiles(numbers, this.#facts.get(last.oid)?.changes ?? []));
  }
}

function append<T>(list: T[], items: readonly T[]): void {
  for (const item of items) list.push(item);
}
