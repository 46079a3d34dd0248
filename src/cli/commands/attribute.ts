// `sallyport attribute`: the gate's attribution on a local repository, with what commits and notes say alone. What was
// recorded of sessions, and who pushed, only the gateway knows.
import { userInfo } from 'node:os';
import { openCatFile } from '../../adapters/git/cat-file.ts';
import { RevisionError } from '../../adapters/git/range-changes.ts';
import { openSignatureVerifier } from '../../adapters/signatures/signature-verifier.ts';
import { LINE_STATES, type LineCounts, type PushAttribution } from '../../domain/attribution/attribution.ts';
import { attributePush } from '../../domain/attribution/push/attribute-push.ts';
import type { NotePlace } from '../../domain/attribution/push/notes-of-push.ts';
import { summaryLine, summaryOf } from '../../domain/attribution/summary.ts';
import type { CommitFacts, UpdateFacts } from '../../domain/push/inputs.ts';
import { visibleText } from '../../protocol/bytes.ts';
import type { Oid } from '../../protocol/oid.ts';
import { localCommits, localNotes } from '../attribute/local-history.ts';
import { revisionsOf } from '../scan/options.ts';
import { openProgress } from '../scan/progress.ts';
import { findRepository } from '../scan/repository.ts';
import { print, printJson, UsageError } from '../terminal.ts';

export interface AttributeOptions {
  readonly C?: string;
  readonly json?: boolean;
}

const NOBODY = { findKeyByFingerprint: async () => undefined, findUser: async () => undefined };
const NO_SESSIONS = {
  commitRecords: async () => [],
  hasOutput: async () => false,
  outputsWith: async () => [],
  find: async () => undefined,
};

export async function attribute(range: string, { C, json }: AttributeOptions): Promise<void> {
  const { place } = await findRepository(C ?? '.');
  const reader = openCatFile(place);
  const progress = openProgress('commits', process.stderr, () => performance.now());
  try {
    const commits = await localCommits(place, reader, revisionsOf(range, 'REV-RANGE'), (done, total) =>
      progress.update({ done, total, bytes: 0, found: 0 }),
    );
    const notes = await localNotes(place);
    const attribution = await attributeCommits(commits, notes, reader);
    progress.clear();
    if (json === true) printJson(toJson(attribution));
    else printAttribution(attribution, commits);
  } catch (error) {
    if (error instanceof RevisionError) throw new UsageError(`${range}: ${error.message}`);
    throw error;
  } finally {
    progress.clear();
    reader.close();
  }
}

async function attributeCommits(
  commits: readonly CommitFacts[],
  notes: readonly NotePlace[],
  reader: ReturnType<typeof openCatFile>,
): Promise<PushAttribution> {
  const tip = commits.at(-1)?.oid ?? '0'.repeat(40);
  const update: UpdateFacts = {
    refName: 'HEAD',
    oldOid: '0'.repeat(tip.length),
    newOid: tip,
    kind: 'create',
    net: [],
    commits: commits.map((_, at) => at),
    tags: [],
  };
  const byCommit = Map.groupBy(notes, ({ about }) => about);
  const { attribution } = await attributePush(
    {
      objectFormat: tip.length === 40 ? 'sha1' : 'sha256',
      principal: { name: userInfo().username, kind: 'human' },
      updates: [update],
      commits,
      receivedAt: Date.now(),
    },
    {
      reader,
      signatures: await openSignatureVerifier(NOBODY, []),
      sessions: NO_SESSIONS,
      remembered: async () => [],
      notesAbout: async (oids: readonly Oid[]) => oids.flatMap((oid) => byCommit.get(oid) ?? []),
      signal: new AbortController().signal,
    },
  );
  return attribution;
}

function toJson({ commits, evidence, ruleSet, unseen }: PushAttribution) {
  const item = (at: number) => {
    const one = evidence[at];
    return one === undefined
      ? []
      : [{ kind: one.kind, rule: one.source.rule, raw: one.source.raw, tier: one.tier, verifier: one.verifier }];
  };
  return {
    ruleSet,
    commits: commits.map((commit) => ({
      oid: commit.oid,
      kind: commit.kind,
      codingAgents: commit.codingAgents.map(({ id, tier, models, sessions, evidence: of }) => ({
        id,
        tier,
        models,
        sessions,
        evidence: of.flatMap(item),
      })),
      lines: countsOf(commit.lines),
      generated: countsOf(commit.generated),
      files: commit.files.map(({ path, column, lines, ranges }) => ({
        path,
        column,
        lines: countsOf(lines),
        ranges: ranges.map(({ start, end, state, tier, evidence: of }) => ({
          start,
          end,
          state,
          ...(tier !== undefined && { tier }),
          evidence: of.flatMap(item),
        })),
      })),
    })),
    unseen,
  };
}

function countsOf({ 'human-attested': humanAttested, ...rest }: LineCounts) {
  return { ...rest, humanAttested };
}

function printAttribution(attribution: PushAttribution, commits: readonly CommitFacts[]): void {
  const subjects = new Map(commits.map(({ oid, message }) => [oid, message.split('\n', 1)[0] ?? '']));
  for (const commit of attribution.commits) {
    print(`${commit.oid.slice(0, 12)} ${visibleText((subjects.get(commit.oid) ?? '').slice(0, 80))}`);
    const counts = LINE_STATES.filter((state) => commit.lines[state] > 0).map(
      (state) => `${commit.lines[state]} ${state}`,
    );
    print(`  lines: ${counts.join(', ') || 'none added'}`);
    for (const { id, tier, models, evidence } of commit.codingAgents) {
      const model = models[0] === undefined ? '' : ` (${visibleText(models.join(', '))})`;
      print(`  ${tier} ${visibleText(id)}${model}`);
      for (const at of evidence.slice(0, 5)) {
        const one = attribution.evidence[at];
        if (one !== undefined)
          print(`     ${one.kind}, ${one.source.rule}: ${visibleText(one.source.raw.slice(0, 100))}`);
      }
    }
  }
  const line = summaryLine(summaryOf(attribution));
  print(line ?? 'nothing speaks for anybody: who wrote these lines is unknown');
}
