// What the author and the committer of a commit say by who they are.
import type { AgentRule, CodingAgent, IdentityRule, NameSuffixRule } from '../agents/agent-rule.ts';
import { AUTOMATION_VERSION } from '../agents/automation.ts';
import type { Claim, Evidence, Tier } from '../evidence.ts';
import { agentOf, agentOfName, automationOf, type Found, type Person } from './agent-index.ts';
import type { CommitKind, CommitToRead } from './commit-to-read.ts';
import { newEvidence, tierOf } from './new-evidence.ts';
import { statementsOf } from './statements.ts';
import { peopleOf, trailerOf } from './trailer.ts';

/** Characters of what names people. */
const MAX_HUMAN = 200;

/** Of a squash it says only that the agent had part: the forge makes whoever opened the pull request its author. */
export function readIdentities(commit: CommitToRead, kind: CommitKind): readonly Evidence[] {
  const isPartial = kind === 'squash';
  const account = agentOf(commit.author.email, 'author');
  const mark = agentOfName(commit.author.name);
  const byAccount = account === undefined ? automation(commit) : [asAuthor(commit, account, kind)];
  const byMark =
    mark === undefined ? [] : [identity(commit, 'author', mark, { claim: markClaim(mark, commit), isPartial })];
  return [...byAccount, ...byMark, ...committers(commit, [account?.agent, mark?.agent], isPartial)];
}

function asAuthor(commit: CommitToRead, found: Found<IdentityRule>, kind: CommitKind): Evidence {
  const claim = { ...claimOf(found, commit.author.name), ...humanOf(requesters(commit.message, kind)) };
  return identity(commit, 'author', found, { claim, isPartial: kind === 'squash' });
}

/** The name before the mark is the one of whoever runs the agent. */
function markClaim({ agent, rule }: Found<NameSuffixRule>, { author }: CommitToRead): Claim {
  const human = { ...author, name: author.name.slice(0, -rule.suffix.length) };
  return { by: 'ai', codingAgent: agent.id, ...humanOf([human]) };
}

/** Who only commits may have taken over another's work, as aider does with what it finds changed. */
function committers(
  commit: CommitToRead,
  authors: readonly (CodingAgent | undefined)[],
  isPartial: boolean,
): readonly Evidence[] {
  const { name, email } = commit.committer;
  return [agentOf(email, 'committer'), agentOfName(name)].flatMap((found) => {
    if (found === undefined || authors.includes(found.agent)) return [];
    return [identity(commit, 'committer', found, { claim: claimOf(found, name), isPartial, tier: 'E1' })];
  });
}

/** What a rule claims of whoever bears that name. */
export function claimOf({ agent, rule }: Found<AgentRule>, name: string): Claim {
  return { by: 'ai', codingAgent: agent.id, ...(rule.reads === 'identity' ? takenFromName(rule, name) : {}) };
}

function takenFromName(rule: IdentityRule, name: string): Partial<Claim> {
  for (const pattern of rule.name ?? []) {
    const match = pattern.exec(name);
    if (match !== null) return takenFrom(match);
  }
  return {};
}

/** What a pattern's named groups took. */
export function takenFrom({ groups }: RegExpExecArray): Partial<Claim> {
  const { model, session, version } = groups ?? {};
  return {
    ...(model === undefined ? {} : { model }),
    ...(session === undefined ? {} : { session }),
    ...(version === undefined ? {} : { toolVersion: version }),
  };
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

function automation(commit: CommitToRead): readonly Evidence[] {
  const found = automationOf(commit.author.email);
  if (found === undefined) return [];
  const item = newEvidence({
    kind: 'author',
    ...found,
    scope: 'commit',
    target: { commit: commit.oid },
    claim: { by: 'automation' },
    field: 'author',
    ruleVersion: AUTOMATION_VERSION,
    raw: written(commit.author),
    verifier: 'unverifiable',
    observedAt: commit.receivedAt,
  });
  return [item];
}

/** The people beside an agent that is the author: in the cloud, whoever asked for the work is named as co-author. */
function requesters(message: string, kind: CommitKind): readonly Person[] {
  return statementsOf(message, kind).flatMap(({ text }) => {
    const trailer = trailerOf(text);
    if (trailer?.key !== 'co-authored-by') return [];
    return peopleOf(trailer.value).people.filter(
      ({ email }) => agentOf(email, 'co-author') === undefined && automationOf(email) === undefined,
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
