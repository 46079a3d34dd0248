// What the author and the committer of a commit say by who they are.
import type { AgentRule, CodingAgent, IdentityRule } from '../agents/agent-rule.ts';
import { AUTOMATION_VERSION } from '../agents/automation.ts';
import type { Claim, Evidence, Tier } from '../evidence.ts';
import { agentOf, agentOfName, type Found, isAutomation, type Person } from './agent-index.ts';
import type { CommitKind, CommitToRead } from './commit-to-read.ts';
import { newEvidence, tierOf } from './new-evidence.ts';
import { statementsOf } from './statements.ts';
import { peopleOf, trailerOf } from './trailer.ts';

/** Characters of what names people. */
const MAX_HUMAN = 200;

/** Of a squash it says only that the agent had part: the forge makes whoever opened the pull request its author. */
export function readIdentities(commit: CommitToRead, kind: CommitKind): readonly Evidence[] {
  const { author, committer } = commit;
  const isPartial = kind === 'squash';
  const asAuthor = agentOf(author.email, 'author');
  const asCommitter = agentOf(committer.email, 'committer');
  const authorMark = agentOfName(author.name);
  const committerMark = agentOfName(committer.name);
  const evidence: Evidence[] = [];
  if (asAuthor !== undefined) {
    const claim = { ...claimOf(asAuthor, author.name), ...humanOf(requesters(commit.message, kind)) };
    evidence.push(identity(commit, 'author', asAuthor, { claim, isPartial }));
  } else if (isAutomation(author.email)) evidence.push(automation(commit));
  if (authorMark !== undefined) {
    const human = { ...author, name: author.name.slice(0, -authorMark.rule.suffix.length) };
    const claim = { by: 'ai' as const, codingAgent: authorMark.agent.id, ...humanOf([human]) };
    evidence.push(identity(commit, 'author', authorMark, { claim, isPartial }));
  }
  // Who only commits may have taken over another's work, as aider does with what it finds changed.
  for (const [found, other] of [
    [asCommitter, asAuthor],
    [committerMark, authorMark],
  ] as const) {
    if (found === undefined || found.agent === other?.agent) continue;
    evidence.push(
      identity(commit, 'committer', found, { claim: claimOf(found, committer.name), isPartial, tier: 'E1' }),
    );
  }
  return evidence;
}

/** What a rule claims of whoever bears that name. */
export function claimOf({ agent, rule }: Found<AgentRule>, name: string): Claim {
  const model = rule.reads === 'identity' ? modelIn(rule, name) : undefined;
  return { by: 'ai', codingAgent: agent.id, ...(model === undefined ? {} : { model }) };
}

function modelIn(rule: IdentityRule, name: string): string | undefined {
  for (const pattern of rule.name ?? []) {
    const model = pattern.exec(name)?.groups?.['model'];
    if (model !== undefined) return model;
  }
  return undefined;
}

interface Says {
  readonly claim: Claim;
  readonly isPartial: boolean;
  /** In place of the rule's own. */
  readonly tier?: Tier;
}

function identity(
  commit: CommitToRead,
  role: 'author' | 'committer',
  { agent, rule }: { readonly agent: CodingAgent; readonly rule: AgentRule },
  says: Says,
): Evidence {
  return newEvidence({
    kind: role,
    tier: says.tier ?? tierOf(rule, commit),
    scope: 'commit',
    target: { commit: commit.oid },
    claim: says.claim,
    field: role,
    rule: rule.id,
    ruleVersion: agent.version,
    raw: written(commit[role]),
    verifier: 'unverifiable',
    isPartial: says.isPartial || rule.isPartial === true,
    observedAt: commit.receivedAt,
  });
}

function automation(commit: CommitToRead): Evidence {
  return newEvidence({
    kind: 'author',
    tier: 'E2',
    scope: 'commit',
    target: { commit: commit.oid },
    claim: { by: 'automation' },
    field: 'author',
    rule: 'automation/identity',
    ruleVersion: AUTOMATION_VERSION,
    raw: written(commit.author),
    verifier: 'unverifiable',
    observedAt: commit.receivedAt,
  });
}

/** The people beside an agent that is the author: in the cloud, whoever asked for the work is named as co-author. */
function requesters(message: string, kind: CommitKind): readonly Person[] {
  return statementsOf(message, kind).flatMap(({ text }) => {
    const trailer = trailerOf(text);
    if (trailer?.key !== 'co-authored-by') return [];
    return peopleOf(trailer.value).people.filter(
      ({ email }) => agentOf(email, 'co-author') === undefined && !isAutomation(email),
    );
  });
}

function humanOf(people: readonly Person[]): { readonly human?: string } {
  const human = [...new Set(people.slice(0, MAX_PEOPLE).map(written))].join(', ').slice(0, MAX_HUMAN);
  return human === '' ? {} : { human };
}

const MAX_PEOPLE = 10;

function written({ name, email }: Person): string {
  return `${name} <${email}>`;
}
