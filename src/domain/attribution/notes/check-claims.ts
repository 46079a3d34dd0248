// Compares what a record says about lines with the lines that its commit added. What fits is a consistent record (E3);
// what does not is a hint (E1), and there is a finding. Judged file by file: of 2,000 files in real notes 82 % fit to the
// line, 15 % mostly or wholly do not (the note was carried over from another commit), and hardly any lie between, so one
// range outside means that the line numbers are of another version of the file, those inside included.
import type { Oid } from '../../../protocol/oid.ts';
import type { Finding } from '../../push/finding.ts';
import type { AddedFile } from '../added-file.ts';
import { type Evidence, type LineRange, MAX_RAW, type Tier, type Verifier } from '../evidence.ts';
import { countLines, cutTo, joinRanges } from '../lines/line-ranges.ts';
import { type AddedText, addedText } from './added-text.ts';
import { checkContentHash, type HashCheck } from './content-hash.ts';
import type { HashedRange, LineClaim, LineRecord } from './line-claim.ts';
import { MAX_NOTE_CLAIMS } from './note-limits.ts';

export interface CommitWithNote {
  readonly ref: string;
  /** The commit that the note hangs on. */
  readonly commit: Oid;
  readonly files: readonly AddedFile[];
  /** Lines of any file of the commit; undefined for one that it does not have. */
  readonly totalLinesOf?: (path: string) => number | undefined;
}

export interface NoteEvidence {
  readonly evidence: readonly Evidence[];
  readonly findings: readonly Finding[];
}

/** Evidence for each claim as far as it is about added lines, and what does not fit. `rawSha256` is the whole note's. */
export function checkClaims(record: LineRecord, note: CommitWithNote, rawSha256: string): NoteEvidence {
  const claims = record.claims.slice(0, MAX_NOTE_CLAIMS);
  const files = new Map(note.files.filter(({ commit }) => commit === note.commit).map((file) => [file.path, file]));
  const budget = { left: MAX_HASHED_BYTES };
  const checked: CheckedFile[] = [];
  const absent: string[] = [];
  for (const [path, claimsOfFile] of Map.groupBy(claims, (claim) => claim.path)) {
    const file = files.get(path);
    if (file === undefined) absent.push(path);
    else checked.push(checkFile(file, claimsOfFile, budget));
  }
  const evidence = checked.flatMap((file) => evidenceOfFile(file, record, note, rawSha256));
  const isCut = claims.length < record.claims.length;
  return { evidence, findings: findingsOf({ record, note, checked, absent, isCut }) };
}

/** More text than that is not hashed for one note, however often its ranges name it. */
const MAX_HASHED_BYTES = 16 * 1024 * 1024;
const MAX_FILE_FINDINGS = 10;

interface CheckedFile {
  readonly file: AddedFile;
  readonly claims: readonly CheckedClaim[];
  /** What makes every claim about the file a hint; undefined when nothing does. */
  readonly fault: string | undefined;
}

interface CheckedClaim extends LineClaim {
  readonly inside: readonly LineRange[];
  readonly hash: HashesCheck;
}

type HashesCheck = 'all-equal' | 'unequal' | 'unknown' | 'none';

function checkFile(file: AddedFile, claims: readonly LineClaim[], budget: { left: number }): CheckedFile {
  const text = addedText(file);
  const checked = claims.map((claim) => {
    const inside = cutTo(claim.ranges, file.added);
    return { ...claim, inside, hash: checkHashes(claim, text, budget) };
  });
  return { file, claims: checked, fault: faultOf(file, checked) };
}

function faultOf(file: AddedFile, claims: readonly CheckedClaim[]): string | undefined {
  const claimed = claims.reduce((sum, { ranges }) => sum + countLines(ranges), 0);
  const outside = claimed - claims.reduce((sum, { inside }) => sum + countLines(inside), 0);
  if (claims.some(({ ranges }) => (ranges.at(-1)?.end ?? 0) > file.totalLines)) {
    return `lines beyond the ${file.totalLines} that the file has`;
  }
  if (outside > 0) return `${outside} lines (of ${claimed}) that this commit did not add`;
  return claims.some(({ hash }) => hash === 'unequal') ? 'lines whose text has another hash' : undefined;
}

function checkHashes({ hashes, ranges }: LineClaim, text: AddedText, budget: { left: number }): HashesCheck {
  if (hashes === undefined || hashes.length === 0) return 'none';
  const results = hashes.map((range) => checkHash(range, text, budget));
  if (results.includes('unequal')) return 'unequal';
  if (results.includes('unknown')) return 'unknown';
  return countLines(cutTo(ranges, joinRanges(hashes))) === countLines(ranges) ? 'all-equal' : 'none';
}

function checkHash({ start, end, hash }: HashedRange, text: AddedText, budget: { left: number }): HashCheck {
  const lines = budget.left < 0 ? undefined : text(start, end);
  if (lines === undefined) return 'unknown';
  budget.left -= lines.reduce((sum, line) => sum + line.length + 1, 0);
  return budget.left < 0 ? 'unknown' : checkContentHash(hash, lines);
}

function evidenceOfFile(checked: CheckedFile, record: LineRecord, note: CommitWithNote, rawSha256: string): Evidence[] {
  const { file, claims, fault } = checked;
  return claims
    .filter(({ inside }) => inside.length > 0)
    .map((claim) => ({
      kind: record.kind,
      ...worthOf(record, claim, fault),
      scope: 'line',
      target: { commit: note.commit, path: file.path, blob: file.blob, ranges: claim.inside },
      claim: claim.claim,
      source: {
        field: note.ref,
        rule: record.rule,
        ruleVersion: record.ruleVersion,
        raw: claim.raw.slice(0, MAX_RAW),
        rawSha256,
      },
    }));
}

/**
 * A record that does not say of which commit it is may have been carried over from another one by a rewrite: it is a
 * consistent record only where the text itself is in it, as a hash.
 */
function worthOf(
  record: LineRecord,
  claim: CheckedClaim,
  fault: string | undefined,
): { tier: Tier; verifier: Verifier } {
  if (record.names === 'another' || fault !== undefined || claim.fault !== undefined) {
    return { tier: 'E1', verifier: 'contradicted' };
  }
  const isUnchecked = claim.hash === 'unknown' || (record.names === 'none' && claim.hash !== 'all-equal');
  return isUnchecked ? { tier: 'E1', verifier: 'unverifiable' } : { tier: 'E3', verifier: 'consistent' };
}

interface Failures {
  readonly record: LineRecord;
  readonly note: CommitWithNote;
  readonly checked: readonly CheckedFile[];
  readonly absent: readonly string[];
  readonly isCut: boolean;
}

function findingsOf({ record, note, checked, absent, isCut }: Failures): Finding[] {
  const { ref, commit } = note;
  const common = { severity: 'low', commit } as const;
  const findings: Finding[] = [];
  if (isCut) {
    const text = `only ${MAX_NOTE_CLAIMS} of the ${record.claims.length} statements of ${ref} are looked at`;
    findings.push({ rule: 'note-too-large', ...common, severity: 'medium', text });
  }
  // The line numbers of another commit fit nothing here; to list it file by file would say the same again.
  if (record.names === 'another') {
    const text = `the note in ${ref} was written for another commit`;
    return [...findings, { rule: 'note-misplaced', ...common, severity: 'medium', text }];
  }
  const inconsistent = { rule: 'note-inconsistent', ...common };
  for (const fault of new Set(record.claims.flatMap((claim) => claim.fault ?? []))) {
    findings.push({ ...inconsistent, text: `the note in ${ref} contradicts itself: ${fault}` });
  }
  const wrong = checked.filter((file) => file.fault !== undefined);
  for (const { file, fault } of wrong.slice(0, MAX_FILE_FINDINGS)) {
    findings.push({ ...inconsistent, path: file.path, text: `the note in ${ref} claims ${fault}` });
  }
  if (wrong.length > MAX_FILE_FINDINGS) {
    const text = `the note in ${ref} claims lines that do not fit in ${wrong.length - MAX_FILE_FINDINGS} more files`;
    findings.push({ ...inconsistent, text });
  }
  const [path] = absent;
  if (path !== undefined) findings.push({ ...inconsistent, path, text: absentText(note, absent) });
  return findings;
}

function absentText({ ref, totalLinesOf }: CommitWithNote, absent: readonly string[]): string {
  const files = absent.length === 1 ? 'a file' : `${absent.length} files`;
  const text = `the note in ${ref} claims lines of ${files} that this commit adds no lines to`;
  const missing = totalLinesOf === undefined ? 0 : absent.filter((path) => totalLinesOf(path) === undefined).length;
  return missing === 0 ? text : `${text}; ${missing} of them it does not have`;
}
