// What a commit message declares: trailers, footers, links to sessions, and the shapes that some agents give it.
import type { AgentRule, LineRule } from '../agents/agent-rule.ts';
import { AUTOMATION_VERSION } from '../agents/automation.ts';
import { CREDIT_KEYS, GENERIC_VERSION, NAMELESS_TRAILERS, NAMING_TRAILERS } from '../agents/generic.ts';
import {
  type Claim,
  type CodingAgentId,
  type Evidence,
  type EvidenceKind,
  type Tier,
  UNKNOWN_AI,
} from '../evidence.ts';
import { agentOf, automationOf, type Found, LINE_RULES, trailerRules } from './agent-index.ts';
import { claimOf, takenFrom } from './commit-identity.ts';
import type { CommitKind, CommitToRead } from './commit-to-read.ts';
import { namedAgents } from './named-agents.ts';
import { newEvidence, tierOf } from './new-evidence.ts';
import { type Statement, statementsOf, subjectOf } from './statements.ts';
import { type NamedPeople, peopleOf, type Trailer, trailerOf } from './trailer.ts';

/** Items of one message; the same said twice counts once. */
export const MAX_MESSAGE_EVIDENCE = 50;

export function readMessage(commit: CommitToRead, kind: CommitKind): readonly Evidence[] {
  const found = new Map<string, Evidence>();
  const statements = statementsOf(commit.message, kind);
  for (const said of saidIn(commit, kind, statements)) {
    const { codingAgent, model, session, by } = said.claim;
    const key = [said.rule, by, codingAgent, model, session].join('\0');
    if (!found.has(key)) found.set(key, evidenceOf(commit, kind, said));
    if (found.size >= MAX_MESSAGE_EVIDENCE) break;
  }
  return [...found.values()];
}

export interface AgentSignOff {
  readonly codingAgent: CodingAgentId;
  /** The trailer as written. */
  readonly raw: string;
}

/** Coding agents in `Signed-off-by:`: only a person can certify where work comes from (Linux, coding-assistants.rst). */
export function agentSignOffs(message: string, kind: CommitKind = 'ordinary'): readonly AgentSignOff[] {
  const signed = statementsOf(message, kind).flatMap(({ text }) => {
    const trailer = trailerOf(text);
    if (trailer?.key !== 'signed-off-by') return [];
    return peopleOf(trailer.value).people.flatMap(({ email }) => {
      const found = agentOf(email, 'co-author');
      return found === undefined ? [] : [{ codingAgent: found.agent.id, raw: text }];
    });
  });
  return signed.filter(({ raw }, at) => signed.findIndex((other) => other.raw === raw) === at);
}

/** Something that the message says, before it is written down. */
interface Said {
  readonly kind: EvidenceKind;
  readonly tier: Tier;
  readonly claim: Claim;
  readonly rule: string;
  readonly ruleVersion: string;
  readonly raw: string;
  readonly isPartial: boolean;
  readonly isMalformed: boolean;
}

function* saidIn(commit: CommitToRead, kind: CommitKind, statements: readonly Statement[]): Generator<Said> {
  yield* saidBySubject(commit, kind);
  for (const [at, statement] of statements.entries()) {
    const trailer = trailerOf(statement.text);
    if (trailer !== undefined) yield* saidByTrailer(commit, trailer, statement);
    if (kind !== 'merge' && kind !== 'revert') yield* saidByLine(commit, statement, statements[at + 1]);
  }
}

/** Merges and reverts repeat the subjects of others. */
function* saidBySubject(commit: CommitToRead, kind: CommitKind): Generator<Said> {
  if (kind === 'merge' || kind === 'revert') return;
  const raw = subjectOf(commit.message);
  for (const found of LINE_RULES) {
    if (found.rule.place === 'subject' && found.rule.line.test(raw)) yield saidByRule(commit, found, raw, {});
  }
}

function* saidByLine(commit: CommitToRead, { text }: Statement, next: Statement | undefined): Generator<Said> {
  for (const found of LINE_RULES) {
    const match = found.rule.place === 'subject' ? null : found.rule.line.exec(text);
    if (match === null || !isFollowed(found.rule, next)) continue;
    yield saidByRule(commit, found, text, takenFrom(match));
  }
}

function isFollowed(rule: LineRule, next: Statement | undefined): boolean {
  return rule.next === undefined || (next !== undefined && rule.next.test(next.text));
}

function* saidByTrailer(commit: CommitToRead, trailer: Trailer, statement: Statement): Generator<Said> {
  const { text: raw } = statement;
  const isMalformed = statement.isMalformed || trailer.isMalformed;
  for (const found of trailerRules(trailer.key)) {
    const match = found.rule.value.exec(trailer.value);
    if (match !== null) yield { ...saidByRule(commit, found, raw, takenFrom(match)), isMalformed };
  }
  if (!CREDIT_KEYS.includes(trailer.key)) return yield* saidByNames(trailer, raw, isMalformed);
  const named = peopleOf(trailer.value);
  if (named.people.length > 0) yield* saidByPeople(commit, named, raw, isMalformed);
  else yield* saidByNames(trailer, raw, isMalformed);
}

function* saidByPeople(commit: CommitToRead, named: NamedPeople, raw: string, isOdd: boolean): Generator<Said> {
  const isMalformed = isOdd || named.isMalformed;
  for (const { name, email } of named.people) {
    const found = agentOf(email, 'co-author');
    if (found !== undefined) yield { ...saidByRule(commit, found, raw, claimOf(found, name)), isMalformed };
    else yield* saidByAutomation(email, raw, isMalformed);
  }
}

function* saidByAutomation(email: string, raw: string, isMalformed: boolean): Generator<Said> {
  const found = automationOf(email);
  if (found === undefined) return;
  const claim = { by: 'automation' } as const;
  yield { kind: 'trailer', claim, ...found, ruleVersion: AUTOMATION_VERSION, raw, isPartial: true, isMalformed };
}

function* saidByNames({ key, value }: Trailer, raw: string, isMalformed: boolean): Generator<Said> {
  const common = { kind: 'trailer', ruleVersion: GENERIC_VERSION, raw, isMalformed } as const;
  for (const { id: rule, about } of NAMING_TRAILERS.filter((trailer) => trailer.key === key)) {
    const [tier, isPartial] = about === 'message' ? (['E1', true] as const) : (['E2', false] as const);
    for (const named of namedAgents(value)) yield { ...common, tier, rule, isPartial, claim: { by: 'ai', ...named } };
  }
  for (const { id: rule, value: wanted } of NAMELESS_TRAILERS.filter((trailer) => trailer.key === key)) {
    if (!wanted.test(value)) continue;
    yield { ...common, tier: 'E1', rule, isPartial: true, claim: { by: 'ai', codingAgent: UNKNOWN_AI } };
  }
}

function saidByRule(commit: CommitToRead, { agent, rule }: Found<AgentRule>, raw: string, claim: Partial<Claim>): Said {
  return {
    kind: 'kind' in rule ? rule.kind : 'trailer',
    tier: tierOf(rule, commit),
    claim: { ...claim, by: 'ai', codingAgent: agent.id },
    rule: rule.id,
    ruleVersion: agent.version,
    raw,
    isPartial: rule.isPartial === true,
    isMalformed: false,
  };
}

/** A squash hoists the trailers of all its commits: the agent had part in it, how large is unknown. */
function evidenceOf(commit: CommitToRead, kind: CommitKind, said: Said): Evidence {
  return newEvidence({
    ...said,
    scope: 'commit',
    target: { commit: commit.oid },
    field: 'message',
    verifier: 'unverifiable',
    isPartial: said.isPartial || kind === 'squash',
    observedAt: commit.receivedAt,
  });
}
