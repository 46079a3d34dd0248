// Makes the rows to keep of an attributed push. Called again when more evidence has come, it makes better rows for the
// same commits and paths.
import type { AddedFile } from '../added-file.ts';
import type { CommitAttribution, FileAttribution, PushAttribution } from '../attribution.ts';
import { type Evidence, isAtLeast } from '../evidence.ts';
import { HASH_BYTES, lineHashes, lineMarks } from '../lines/line-marks.ts';
import { filePatchId, patchId } from '../lines/patch-id.ts';
import { type CarriedRow, LINE_BYTES, MAX_LINES, MAX_OWNERS, nameOf, packLine } from './carried-row.ts';

/** `files` are those that were attributed. Nothing is kept of what nobody speaks for. */
export function remember(attribution: PushAttribution, files: readonly AddedFile[]): CarriedRow[] {
  const filesOf = Map.groupBy(files, ({ commit }) => commit);
  return attribution.commits.flatMap((commit) => rowsOf(commit, filesOf.get(commit.oid) ?? [], attribution.evidence));
}

function rowsOf(commit: CommitAttribution, files: readonly AddedFile[], evidence: readonly Evidence[]): CarriedRow[] {
  const whole = commit.evidence.map((at) => evidence[at] as Evidence).filter(isAboutAll);
  const spokenFor = commit.files.filter(({ ranges }) => ranges.some((range) => range.evidence.length > 0));
  if (whole.length === 0 && spokenFor.length === 0) return [];
  const id = patchId(files);
  if (id === undefined) return [];
  const byPath = new Map(files.map((file) => [file.path, file]));
  const rows = spokenFor.flatMap((attributed) => {
    const file = byPath.get(attributed.path);
    return file === undefined ? [] : [fileRow(file, id, attributed, evidence)];
  });
  return whole.length === 0 ? rows : [commitRow(commit, id, whole), ...rows];
}

/** More than a hint, and about the commit or whoever brought it. */
function isAboutAll({ target, scope, tier, verifier, claim }: Evidence): boolean {
  const isWhole = scope !== 'line' && target.path === undefined && target.ranges === undefined;
  return isWhole && isAtLeast(tier, 'E2') && verifier !== 'contradicted' && (claim.by === 'ai' || claim.by === 'mixed');
}

function commitRow({ oid }: CommitAttribution, id: string, whole: readonly Evidence[]): CarriedRow {
  const none = Buffer.alloc(0);
  const claims = { evidence: whole.slice(0, MAX_OWNERS).map(withoutTarget), owners: [] };
  return { version: 1, commit: oid, patchId: id, hashes: none, lines: none, claims };
}

function fileRow(file: AddedFile, id: string, { ranges }: FileAttribution, evidence: readonly Evidence[]): CarriedRow {
  const owners = new Owners(evidence);
  const count = Math.min(file.lines.length, MAX_LINES);
  const { weights } = lineMarks(file);
  const lines = Buffer.allocUnsafe(count * LINE_BYTES);
  let at = 0;
  let last = -1;
  for (const range of ranges) {
    const owner = owners.of(range.evidence);
    for (let line = range.start; line <= range.end && at < count; line++, at++) {
      const isStart = line !== last + 1;
      lines.writeUInt16LE(packLine({ owner, weight: weights[at] ?? 0, isStart }), at * LINE_BYTES);
      last = line;
    }
  }
  const { commit, path } = file;
  const hashes = lineHashes(file).subarray(0, count * HASH_BYTES);
  const ids = { patchId: id, filePatchId: filePatchId(file) };
  return { version: 1, commit, ...ids, path, name: nameOf(path), hashes, lines, claims: owners.claims() };
}

/** Numbers sets of evidence as they come up. */
class Owners {
  readonly #all: readonly Evidence[];
  readonly #known = new Map<string, number>();
  readonly #sets: number[][] = [];
  readonly #places = new Map<number, number>();

  constructor(all: readonly Evidence[]) {
    this.#all = all;
  }

  /** 0 when there is no evidence, or too many owners already. */
  of(evidence: readonly number[]): number {
    if (evidence.length === 0) return 0;
    const key = evidence.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#sets.length === MAX_OWNERS) return 0;
    this.#sets.push(evidence.map((at) => this.#placeOf(at)));
    this.#known.set(key, this.#sets.length);
    return this.#sets.length;
  }

  claims(): CarriedRow['claims'] {
    return {
      evidence: [...this.#places.keys()].map((at) => withoutTarget(this.#all[at] as Evidence)),
      owners: this.#sets,
    };
  }

  #placeOf(at: number): number {
    const place = this.#places.get(at) ?? this.#places.size;
    this.#places.set(at, place);
    return place;
  }
}

function withoutTarget(evidence: Evidence): Evidence {
  return { ...evidence, target: {} };
}
