// Pushed lines against what was recorded of coding agents: which added lines are an agent's very output, and which are its
// output edited afterwards. Only what was received before the push counts; what was in the tree before is nobody's output.
import { hash } from 'node:crypto';
import type { Oid } from '../../../protocol/oid.ts';
import type { AddedFile } from '../added-file.ts';
import type { Evidence, LineRange } from '../evidence.ts';
import { MAX_RAW } from '../evidence.ts';
import { lineHash } from '../lines/line-hash.ts';
import { editedLinesOf, type MatchEditedLines } from './edited-lines.ts';
import { LineIndex, matchExactRuns } from './exact-runs.ts';
import { fileText, type LineMatch, LineNumbers, type Matches, type OutputText, outputText } from './match-text.ts';
import { matchNearbyLines, matchReplacedLines } from './nearby-lines.ts';
import type { RecordedOutput } from './recorded-output.ts';

export interface RecordedEvidenceRequest {
  readonly files: readonly AddedFile[];
  readonly outputs: readonly RecordedOutput[];
  /** Hashes (lines/line-hash.ts) of the lines that were there before the commit, of this file or of more. */
  readonly parentLines?: (commit: Oid, path: string) => ReadonlySet<bigint | string>;
  /** When the push began to arrive; milliseconds. What was recorded later is no evidence. */
  readonly receivedAt?: number;
}

/** Of what is recorded, the earliest of so many lines are compared. */
const MAX_LINES = 500_000;

/** What the recorded output says of the added lines: one item for each commit, file, output and way it was found. */
export function recordedEvidence(request: RecordedEvidenceRequest): readonly Evidence[] {
  const { files, outputs, receivedAt = Number.POSITIVE_INFINITY } = request;
  const early = outputs.filter(({ at }) => at <= receivedAt);
  // Apart, so that text which two people were given is found to be of both.
  const principals = [...new Set(early.map(({ principal }) => principal))].toSorted();
  return principals.flatMap((principal) => {
    const matcher = createMatcher(early.filter((output) => output.principal === principal));
    return files.flatMap((file) => matcher(file, request.parentLines?.(file.commit, file.path)));
  });
}

type Matcher = (file: AddedFile, context: ReadonlySet<bigint | string> | undefined) => readonly Evidence[];

function createMatcher(recorded: readonly RecordedOutput[]): Matcher {
  const lines = new LineNumbers();
  const outputs = earliest(recorded).map((output) => outputText(output, lines));
  const index = new LineIndex(outputs, lines);
  let matchEditedLines: MatchEditedLines | undefined;

  return (file, context) => {
    const text = fileText(file, lines);
    const matches: Matches = text.texts.map(() => undefined);
    const known = new Map<number, boolean>();
    const isContext = (id: number): boolean => {
      if (context === undefined || context.size === 0) return false;
      const answer = known.get(id) ?? isIn(context, lines.normalised(id));
      known.set(id, answer);
      return answer;
    };
    const parts = { outputs, index, lines, isContext };
    matchExactRuns(text, matches, parts);
    matchNearbyLines(text, matches, parts);
    matchReplacedLines(text, matches, parts);
    if (!file.isGenerated) {
      matchEditedLines ??= editedLinesOf(outputs);
      matchEditedLines(text, matches, isContext);
    }
    return evidenceOf(file, text.numbers, matches, outputs);
  };
}

function isIn(context: ReadonlySet<bigint | string>, normalised: string): boolean {
  const digest = lineHash(normalised);
  return context.has(digest) || context.has(String(digest));
}

/** The order in which they count: who was first, is. */
function earliest(recorded: readonly RecordedOutput[]): readonly RecordedOutput[] {
  let left = MAX_LINES;
  return recorded
    .toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
    .filter(({ lines }) => {
      left -= lines.length;
      return left >= 0;
    });
}

function evidenceOf(
  file: AddedFile,
  numbers: Int32Array,
  matches: Matches,
  outputs: readonly OutputText[],
): readonly Evidence[] {
  const groups = new Map<string, { match: LineMatch; lines: number[] }>();
  for (const [at, match] of matches.entries()) {
    if (match === undefined) continue;
    const by = outputs[match.output]?.output.isUserModified === true ? 'mixed' : match.by;
    const key = `${match.output} ${match.how} ${by}`;
    const group = groups.get(key) ?? { match: { ...match, by }, lines: [] };
    groups.set(key, group);
    group.lines.push(numbers[at] as number);
  }
  return [...groups.values()].map(({ match, lines }) => itemOf(file, match, rangesOf(lines), outputs));
}

function itemOf(
  file: AddedFile,
  match: LineMatch,
  ranges: readonly LineRange[],
  outputs: readonly OutputText[],
): Evidence {
  const { output } = outputs[match.output] as OutputText;
  const text = output.lines.join('\n');
  const also = (match.also ?? []).map((other) => outputs[other]?.output.id).join(', ');
  return {
    kind: 'recorded-output',
    // A record that only its sender vouches for fits the push, and could have been made to fit.
    tier: output.witness.by === 'sender' ? 'E3' : 'E5',
    scope: 'line',
    target: { commit: file.commit, path: file.path, blob: file.blob, ranges },
    claim: {
      by: match.by,
      codingAgent: output.codingAgent,
      session: output.session,
      ...(output.model !== undefined && { model: output.model }),
      ...(output.promptDigest !== undefined && { promptDigest: output.promptDigest }),
    },
    source: {
      field: 'session',
      rule: `recorded-output/${match.how}`,
      ruleVersion: '1',
      raw: `output ${output.id}${also === '' ? '' : ` (also ${also})`}: ${output.lines[0] ?? ''}`.slice(0, MAX_RAW),
      rawSha256: hash('sha256', text),
    },
    verifier: output.witness.by === 'sender' ? 'consistent' : 'verified',
    observedAt: output.at,
    principal: output.principal,
  };
}

/** Ascending line numbers as ranges. */
function rangesOf(numbers: readonly number[]): readonly LineRange[] {
  const ranges: { start: number; end: number }[] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last.end === number - 1) last.end = number;
    else ranges.push({ start: number, end: number });
  }
  return ranges;
}
