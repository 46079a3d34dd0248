// Commits whose lines are known to be somebody's, with the evidence and the added lines to go with them.
import fc from 'fast-check';
import type { AddedFile } from '../../../../src/domain/attribution/added-file.ts';
import {
  addCounts,
  type CommitAttribution,
  type FileAttribution,
  LINE_STATES,
  type LineCounts,
  NO_LINES,
  type OwnedRange,
} from '../../../../src/domain/attribution/attribution.ts';
import type { Claim, Evidence, Tier } from '../../../../src/domain/attribution/evidence.ts';
import { arbitraryPath, hex } from '../notes/arbitrary-note.ts';

export interface AttributedCommit {
  readonly commit: CommitAttribution;
  readonly evidence: readonly Evidence[];
  readonly files: readonly AddedFile[];
}

const NAMED: readonly Claim[] = [
  { by: 'ai', codingAgent: 'claude-code', model: 'claude-opus-4-6', session: '39d3b3e7-c4b1-47bb-a8f6-bec27ed43b12' },
  { by: 'ai', codingAgent: 'claude-code', session: 'another', human: 'Ann <ann@example.com>' },
  { by: 'ai', codingAgent: 'openai-codex', model: 'gpt-5.5', session: 'https://example.com/c/1' },
  { by: 'ai', codingAgent: 'unknown-ai', tool: 'mock_ai' },
  { by: 'ai', codingAgent: 'unknown-ai' },
  { by: 'mixed', codingAgent: 'cursor' },
  { by: 'human', human: 'Ann <ann@example.com>' },
  { by: 'human', human: 'Bob <bob@example.com>' },
];

export const OID = '7734793b756b3921c88db5375a8c156e9532447b';

export function evidenceItem(claim: Claim, tier: Tier = 'E3', scope: Evidence['scope'] = 'line'): Evidence {
  return {
    kind: 'git-ai-note',
    tier,
    scope,
    target: { commit: OID },
    claim,
    source: { field: 'refs/notes/ai', rule: 'git-ai/lines', ruleVersion: '1', raw: 'words', rawSha256: 'c'.repeat(64) },
    verifier: 'consistent',
  };
}

/** Item 0 is about another commit and stands for nothing here; 1… are NAMED; the last one is declared only. */
export const EVIDENCE: readonly Evidence[] = [
  evidenceItem({ by: 'ai', codingAgent: 'devin' }),
  ...NAMED.map((claim) => evidenceItem(claim)),
  evidenceItem({ by: 'ai', codingAgent: 'amp' }, 'E2', 'commit'),
];

export function arbitraryCommit(): fc.Arbitrary<AttributedCommit> {
  return fc.uniqueArray(arbitraryFile(), { selector: ({ added }) => added.path, maxLength: 4 }).map((files) => {
    const sum = (column: FileAttribution['column']): LineCounts =>
      files
        .filter(({ owned }) => owned.column === column)
        .reduce((lines, { owned }) => addCounts(lines, owned.lines), NO_LINES);
    const commit: CommitAttribution = {
      oid: OID,
      kind: 'ordinary',
      codingAgents: [{ id: 'amp', tier: 'E2', models: [], sessions: [], evidence: [EVIDENCE.length - 1] }],
      evidence: EVIDENCE.map((_item, at) => at).slice(1),
      lines: sum('source'),
      generated: sum('generated'),
      files: files.map(({ owned }) => owned),
    };
    return { commit, evidence: EVIDENCE, files: files.map(({ added }) => added) };
  });
}

function arbitraryFile(): fc.Arbitrary<{ readonly owned: FileAttribution; readonly added: AddedFile }> {
  const piece = fc.record({ gap: fc.nat(3), length: fc.integer({ min: 1, max: 5 }), owner: fc.nat(), state: fc.nat() });
  return fc
    .record({
      path: arbitraryPath(),
      blob: hex(40),
      pieces: fc.array(piece, { maxLength: 8 }),
      isGenerated: fc.boolean(),
    })
    .map(({ path, blob, pieces, isGenerated }) => {
      const ranges: OwnedRange[] = [];
      let at = 0;
      for (const { gap, length, owner, state } of pieces) {
        ranges.push(ownedRange(at + gap + 1, at + gap + length, owner, state));
        at += gap + length;
      }
      const lines = { ...NO_LINES };
      for (const { state, start, end } of ranges) lines[state] += end - start + 1;
      const owned: FileAttribution = { path, blob, column: isGenerated ? 'generated' : 'source', lines, ranges };
      return { owned, added: addedFile(owned, isGenerated) };
    });
}

function ownedRange(start: number, end: number, owner: number, stateNumber: number): OwnedRange {
  const state = LINE_STATES[stateNumber % LINE_STATES.length] as OwnedRange['state'];
  const says = (wanted: string) =>
    EVIDENCE.flatMap(({ claim, scope }, at) => (at > 0 && scope === 'line' && claim.by === wanted ? [at] : []));
  const speakers = {
    ai: says('ai'),
    mixed: says('mixed'),
    'human-attested': says('human'),
    declared: [],
    disputed: says('ai'),
    unknown: [],
  }[state];
  if (speakers.length === 0) return { start, end, state, evidence: state === 'declared' ? [EVIDENCE.length - 1] : [] };
  const evidence = state === 'disputed' ? speakers.slice(0, 3) : [speakers[owner % speakers.length] as number];
  return { start, end, state, tier: 'E3', evidence };
}

function addedFile({ path, blob, ranges }: FileAttribution, isGenerated: boolean): AddedFile {
  const lines = ranges.flatMap(({ start, end }) =>
    Array.from({ length: end - start + 1 }, (_, at) => Buffer.from(`line ${start + at} of ${blob}`)),
  );
  const added = ranges.map(({ start, end }) => ({ start, end }));
  return { commit: OID, path, blob, totalLines: added.at(-1)?.end ?? 0, added, lines, isGenerated };
}
