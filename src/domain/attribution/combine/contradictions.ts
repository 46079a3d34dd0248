// Where what is known of a push does not fit together. Nothing here proves ill will: stripping a trailer is a setting in
// most tools. It says where a reviewer should look first.

import { visibleText } from '../../../protocol/bytes.ts';
import type { Oid } from '../../../protocol/oid.ts';
import type { Finding, Severity } from '../../push/finding.ts';
import { FindingList } from '../../push/finding-list.ts';
import type { CommitAttribution, FileAttribution, PushAttribution } from '../attribution.ts';
import { type CodingAgentId, type EvidenceKind, TIERS } from '../evidence.ts';
import { hasTooManyClaims, MAX_CLAIMS } from './combine-lines.ts';
import { overruledIn } from './overruled.ts';
import { isDeclaration, isObservation } from './sources.ts';
import { HINT, type Weighed, weigh } from './weighed.ts';

export interface SignOff {
  readonly codingAgent: CodingAgentId;
  /** The trailer as written. */
  readonly raw: string;
}

export interface ToContradict {
  readonly attribution: PushAttribution;
  /** Coding agents in `Signed-off-by:`, by commit. */
  readonly signOffs?: ReadonlyMap<Oid, readonly SignOff[]>;
}

/**
 * Rules: `agent-signed-off`, `declaration-dropped`, `agent-mismatch`, `human-mismatch`, `undeclared-ai`, `too-many-claims`.
 * Bounded; the worst first. Carried evidence must be in the attribution, or nothing is seen to be dropped.
 */
export function contradictions({ attribution, signOffs }: ToContradict): Finding[] {
  const findings = new FindingList();
  const all = attribution.evidence.map(weigh);
  for (const commit of attribution.commits) {
    const items = commit.evidence.map((at) => all[at] as Weighed);
    const add = (rule: string, severity: Severity, text: string, path?: string) =>
      findings.add({ rule, severity, text, commit: commit.oid, ...(path === undefined ? {} : { path }) });
    for (const { raw } of signOffs?.get(commit.oid) ?? []) {
      add('agent-signed-off', 'medium', `a coding agent cannot certify where work comes from: ${visibleText(raw)}`);
    }
    contradictionsIn({ commit, items, all, add });
  }
  return findings.list();
}

interface CommitToContradict {
  readonly commit: CommitAttribution;
  readonly items: readonly Weighed[];
  readonly all: readonly Weighed[];
  readonly add: (rule: string, severity: Severity, text: string, path?: string) => void;
}

function contradictionsIn(given: CommitToContradict): void {
  const { items, add } = given;
  const declared = agentsOf(items.filter(isDeclaration));
  const dropped = [...agentsOf(items.filter(isDroppable))].filter((agent) => !declared.has(agent));
  if (dropped.length > 0) {
    add(
      'declaration-dropped',
      'medium',
      `an earlier push declared this work to be by ${listed(dropped)}; this one does not`,
    );
  }
  const observed = agentsOf(items.filter(isObservation));
  const isOther = observed.size > 0 && declared.size > 0 && [...observed].every((agent) => !declared.has(agent));
  if (isOther) {
    add('agent-mismatch', 'medium', `declared to be by ${listed(declared)}, observed to be by ${listed(observed)}`);
  }
  undeclared(given, declared.size > 0 || items.some(isDeclaration));
  const byPath = Map.groupBy(items, ({ item }) => item.target.path);
  for (const file of given.commit.files) contradictionsInFile(given, file, byPath.get(file.path) ?? [], isOther);
}

/** What was declared of the work when it was another commit. */
function isDroppable({ item, tier }: Weighed): boolean {
  return item.carriedFrom !== undefined && tier > HINT && DECLARING.has(item.kind);
}

const DECLARING: ReadonlySet<EvidenceKind> = new Set(['author', 'trailer', 'footer', 'session-link']);

function undeclared({ commit, all, add }: CommitToContradict, isDeclared: boolean): void {
  if (isDeclared) return;
  let lines = 0;
  for (const { ranges } of commit.files) {
    for (const { state, start, end, evidence } of ranges) {
      const isSeen = (state === 'ai' || state === 'mixed') && evidence.some((at) => isObservation(all[at] as Weighed));
      if (isSeen) lines += end - start + 1;
    }
  }
  if (lines === 0) return;
  add(
    'undeclared-ai',
    'low',
    `a coding agent was observed to write ${lines} of its lines; nothing in the commit says so`,
  );
}

function contradictionsInFile(
  { add, all }: CommitToContradict,
  file: FileAttribution,
  ofPath: readonly Weighed[],
  isSaid: boolean,
): void {
  const claims = ofPath.filter(({ item: { target } }) => {
    return target.ranges !== undefined && (target.blob === undefined || target.blob === file.blob);
  });
  for (const { kind, line, winner, loser } of overruledIn(file, claims, all)) {
    if (kind === 'agent' && isSaid) continue;
    const rule = kind === 'agent' ? 'agent-mismatch' : 'human-mismatch';
    add(rule, 'medium', `from line ${line}: ${saidBy(loser)}, but ${saidBy(winner)}`, file.path);
  }
  if (hasTooManyClaims(file.ranges, claims)) {
    add(
      'too-many-claims',
      'info',
      `more than ${MAX_CLAIMS} claims of one tier about one line: the first count`,
      file.path,
    );
  }
}

function saidBy({ item, tier }: Weighed): string {
  const who = item.claim.by === 'human' ? 'a human' : visibleText(item.claim.codingAgent ?? 'a machine');
  return `${TIERS[tier]} ${item.kind} says ${who}`;
}

function agentsOf(items: readonly Weighed[]): ReadonlySet<CodingAgentId> {
  return new Set(items.flatMap(({ agent }) => agent ?? []));
}

function listed(agents: Iterable<CodingAgentId>): string {
  return [...agents].map(visibleText).toSorted().slice(0, 5).join(', ');
}
