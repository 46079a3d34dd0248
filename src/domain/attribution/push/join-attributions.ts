// A push is looked at some commits at a time; what is known of all of them is one answer.
import { type AgentShown, addCounts, type CommitAttribution, NO_LINES, type PushAttribution } from '../attribution.ts';
import { isAtLeast } from '../evidence.ts';

/**
 * The parts in order. The first `shared` items of evidence are the same in each of them and stay one: what speaks of the
 * push as a whole. There is at least one part.
 */
export function joinAttributions(parts: readonly PushAttribution[], shared: number): PushAttribution {
  const [first, ...rest] = parts;
  if (first === undefined) throw new TypeError('nothing to join');
  if (rest.length === 0) return first;
  const evidence = first.evidence.slice(0, shared);
  const commits: CommitAttribution[] = [];
  const agents = new Map<string, AgentShown>();
  for (const part of parts) {
    const offset = evidence.length - shared;
    const move = (at: number) => (at < shared ? at : at + offset);
    for (const item of part.evidence.slice(shared)) evidence.push(item);
    for (const commit of part.commits) commits.push(movedCommit(commit, move));
    for (const agent of part.codingAgents) addAgent(agents, movedAgent(agent, move));
  }
  return {
    version: 1,
    ruleSet: first.ruleSet,
    evidence,
    commits,
    lines: parts.reduce((sum, { lines }) => addCounts(sum, lines), NO_LINES),
    generated: parts.reduce((sum, { generated }) => addCounts(sum, generated), NO_LINES),
    codingAgents: [...agents.values()],
    unseen: parts.flatMap(({ unseen }) => unseen),
  };
}

type Move = (at: number) => number;

function movedCommit(commit: CommitAttribution, move: Move): CommitAttribution {
  return {
    ...commit,
    evidence: commit.evidence.map(move),
    codingAgents: commit.codingAgents.map((agent) => movedAgent(agent, move)),
    files: commit.files.map((file) => ({
      ...file,
      ranges: file.ranges.map((range) => ({ ...range, evidence: range.evidence.map(move) })),
    })),
  };
}

function movedAgent(agent: AgentShown, move: Move): AgentShown {
  return { ...agent, evidence: agent.evidence.map(move) };
}

function addAgent(agents: Map<string, AgentShown>, agent: AgentShown): void {
  const known = agents.get(agent.id);
  if (known === undefined) {
    agents.set(agent.id, agent);
    return;
  }
  agents.set(agent.id, {
    id: agent.id,
    tier: isAtLeast(agent.tier, known.tier) ? agent.tier : known.tier,
    models: union(known.models, agent.models),
    sessions: union(known.sessions, agent.sessions),
    evidence: union(known.evidence, agent.evidence),
  });
}

function union<T>(one: readonly T[], other: readonly T[]): readonly T[] {
  return [...new Set([...one, ...other])];
}
