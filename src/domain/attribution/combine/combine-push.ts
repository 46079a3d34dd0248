// What is known of a push. A function of everything known at the time: when evidence comes late it is asked again, and the
// new answer stands beside the old one.

import type { Oid } from '../../../protocol/oid.ts';
import type { AddedFile } from '../added-file.ts';
import { addCounts, type CommitAttribution, type LineCounts, NO_LINES, type PushAttribution } from '../attribution.ts';
import type { Evidence } from '../evidence.ts';
import { agentsShown } from './agents-shown.ts';
import { type CommitOfPush, combineCommit } from './combine-commit.ts';
import { type Weighed, weigh } from './weighed.ts';

export interface PushToCombine {
  readonly commits: readonly CommitOfPush[];
  readonly files: readonly AddedFile[];
  readonly evidence: readonly Evidence[];
  readonly ruleSet: string;
  readonly unseen: PushAttribution['unseen'];
}

/** Positions in `evidence` are those of the items given. Evidence about commits that are not of the push is kept, unused. */
export function combinePush({ commits, files, evidence, ruleSet, unseen }: PushToCombine): PushAttribution {
  const weighed = evidence.map(weigh);
  const filesOf = Map.groupBy(files, ({ commit }) => commit);
  const itemsOf = Map.groupBy(weighed, ({ item }) => item.target.commit ?? OF_THE_PUSH);
  const ofPush = itemsOf.get(OF_THE_PUSH) ?? [];
  const attributions = commits.map((commit) => {
    const items = [...(itemsOf.get(commit.oid) ?? []), ...ofPush.filter((item) => speaksFor(item, commit))];
    return combineCommit(commit, filesOf.get(commit.oid) ?? [], items);
  });
  const isOfPush = new Set<Oid | undefined>([undefined, ...commits.map(({ oid }) => oid)]);
  return {
    version: 1,
    ruleSet,
    evidence,
    commits: attributions,
    lines: sumOf(attributions, 'lines'),
    generated: sumOf(attributions, 'generated'),
    codingAgents: agentsShown(weighed.filter(({ item }) => isOfPush.has(item.target.commit))),
    unseen,
  };
}

const OF_THE_PUSH = '';

function speaksFor({ item }: Weighed, { refNames }: CommitOfPush): boolean {
  const { refName } = item.target;
  return refName === undefined || refNames === undefined || refNames.includes(refName);
}

function sumOf(commits: readonly CommitAttribution[], column: 'lines' | 'generated'): LineCounts {
  return commits.reduce((sum, commit) => addCounts(sum, commit[column]), NO_LINES);
}
