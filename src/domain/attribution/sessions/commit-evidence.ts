// What recorders said of commits when they were made, against the commits that are pushed. A record that was signed by a key
// of the one who pushes is worth more than one that was not; one that does not fit its commit is worth nothing but a hint.
import { hash } from 'node:crypto';
import type { AddedFile } from '../added-file.ts';
import { type Evidence, type LineRange, MAX_RAW } from '../evidence.ts';
import { countLines, cutTo, joinRanges } from '../lines/line-ranges.ts';
import type { RangePair } from './session-event.ts';
import type { CommitRecord, RecordedFile } from './session-record.ts';

/**
 * One differs from another in which of several equal lines (brackets, blanks) is the new one: so many recorded lines, and
 * so large a part of them, may be outside of the added ones.
 */
const STRAY_LINES = 3;
const STRAY_SHARE = 0.05;

/** One item for each file of each record; `files` are the added lines of the commits that the records are of. */
export function hookEvidence(records: readonly CommitRecord[], files: readonly AddedFile[]): readonly Evidence[] {
  const byPlace = new Map(files.map((file) => [placeOf(file.commit, file.path), file]));
  return records.flatMap((record) =>
    record.files
      .filter(({ ranges }) => ranges.length > 0)
      .map((recorded) => itemOf(record, recorded, byPlace.get(placeOf(record.commit, recorded.path)))),
  );
}

function placeOf(commit: string, path: string): string {
  return `${commit} ${path}`;
}

function itemOf(record: CommitRecord, recorded: RecordedFile, file: AddedFile | undefined): Evidence {
  const ranges = file?.blob === recorded.blob ? within(recorded.ranges, file.added) : undefined;
  const { commit, signedBy } = record;
  const { path, blob } = recorded;
  const target = { commit, path, blob, ...(ranges !== undefined && { ranges }) };
  const about = {
    kind: 'hook-record',
    target,
    claim: claimOf(record, recorded),
    source: sourceOf(record, recorded),
  } as const;
  const brought = { observedAt: record.receivedAt, principal: record.principal };
  if (ranges === undefined) return { ...about, ...brought, tier: 'E1', scope: 'file', verifier: 'contradicted' };
  const worth =
    signedBy === undefined
      ? ({ tier: 'E3', verifier: 'consistent' } as const)
      : ({ tier: 'E5', verifier: 'verified' } as const);
  return { ...about, ...brought, ...worth, scope: 'line' };
}

function claimOf({ codingAgent, toolVersion, model, session, human }: CommitRecord, { promptDigest }: RecordedFile) {
  return {
    by: 'ai',
    codingAgent,
    session,
    ...(toolVersion !== undefined && { toolVersion }),
    ...(model !== undefined && { model }),
    ...(promptDigest !== undefined && { promptDigest }),
    ...(human !== undefined && { human }),
  } as const;
}

function sourceOf({ signedBy, commit }: CommitRecord, { path, blob, ranges }: RecordedFile) {
  const text = `${commit} ${blob} ${path} ${ranges.map(([start, end]) => `${start}-${end}`).join(',')}`;
  return {
    field: 'session',
    rule: signedBy === undefined ? 'hook-record/unsigned' : 'hook-record/signed',
    ruleVersion: '1',
    raw: text.slice(0, MAX_RAW),
    rawSha256: hash('sha256', text),
  };
}

/** The recorded lines that are added ones; `undefined` when too many are not, or none is. Linear in both lists. */
function within(pairs: readonly RangePair[], added: readonly LineRange[]): readonly LineRange[] | undefined {
  const recorded = pairs.map(([start, end]) => ({ start, end }));
  const inside = cutTo(recorded, added);
  const [claimed, covered] = [countLines(recorded), countLines(inside)];
  const fits = covered > 0 && claimed - covered <= Math.max(STRAY_LINES, claimed * STRAY_SHARE);
  return fits ? joinRanges(inside) : undefined;
}
