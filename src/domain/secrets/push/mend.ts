// What a developer is told to do about secrets in their push: which commit to rewrite, and that what was ever elsewhere is
// no secret any more. The last line is the next step.
import type { Oid } from '../../../protocol/oid.ts';
import type { Finding } from '../../push/finding.ts';
import type { CommitFacts, Inputs } from '../../push/inputs.ts';

const SHOWN_REMEDIES = 3;
const SHOWN_OID = 12;

/** Hints for these findings of a push, as lines. */
export function mendHints(inputs: Inputs, findings: readonly Finding[]): readonly string[] {
  const remedies = [...new Set(findings.flatMap(({ remedy }) => remedy ?? []))].slice(0, SHOWN_REMEDIES);
  return [
    ...remedies.map((remedy) => `was it ever anywhere else? ${remedy}`),
    ...elsewhere(findings),
    ...rewriting(inputs, findings),
  ];
}

function elsewhere(findings: readonly Finding[]): readonly string[] {
  const isIn = (place: Finding['where']) => findings.some(({ where }) => where === place);
  return [
    ...(isIn('push option') ? ['push again without that push option'] : []),
    ...(isIn('ref name') ? ['push it under another name'] : []),
    ...(isIn('tag') ? ['make the tag again with another message, then push again'] : []),
    ...(isIn('object') ? ['push again from a fresh clone'] : []),
  ];
}

function rewriting({ commits, updates }: Inputs, findings: readonly Finding[]): readonly string[] {
  const named = new Set(findings.map(({ commit }) => commit));
  const touched = commits.filter(({ oid }) => named.has(oid));
  const [oldest, ...later] = touched;
  if (oldest === undefined) return [];
  const isTip = updates.some(({ newOid }) => newOid === oldest.oid);
  if (isTip && later.length === 0) {
    return [`take it out of ${short(oldest.oid)} with git commit --amend, then push again`];
  }
  const command = `git rebase -i ${rebaseFrom(oldest, commits)}`;
  const where = later.length === 0 ? short(oldest.oid) : `${short(oldest.oid)} and what follows it`;
  return [`take it out of ${where} with ${command}, then push again`];
}

function rebaseFrom(oldest: CommitFacts, commits: readonly CommitFacts[]): string {
  const follow = commits.slice(commits.indexOf(oldest) + 1);
  const keepMerges = follow.some(({ parents }) => parents.length > 1) ? '--rebase-merges ' : '';
  return keepMerges + (oldest.parents.length === 0 ? '--root' : `${short(oldest.oid)}^`);
}

function short(oid: Oid): string {
  return oid.slice(0, SHOWN_OID);
}
