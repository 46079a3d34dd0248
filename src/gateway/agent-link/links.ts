// The links that are open now, by agent: who is there, what they serve, and whom to ask. In this process's memory and
// nowhere else: a link is a socket of this process.
import type { Readable } from 'node:stream';
import type { EnrolledAgent } from '../../domain/enrolment.ts';
import type { UpstreamAnswer } from '../../domain/ports.ts';
import type { Hello, LinkEnd } from '../../protocol/agent-link.ts';
import type { Tunnel, UpstreamOperation } from './tunnel.ts';

export interface AgentHealth {
  readonly links: number;
  /** Requests under way. */
  readonly requests: number;
  /** Milliseconds since the epoch: of the link that is open longest. */
  readonly connectedSince: number;
  readonly addresses: readonly string[];
  /** Milliseconds of the last ping. */
  readonly roundTrip?: number;
}

export interface Links {
  /** Adds a link that has said what it serves. Answers whether it is the first of its agent. */
  add(agent: EnrolledAgent, hello: Hello, tunnel: Tunnel): boolean;
  /** Answers whether it was the last of its agent. */
  remove(tunnel: Tunnel): boolean;
  rename(agentId: string, name: string): void;
  health(agentId: string): AgentHealth | undefined;
  count(agentId: string): number;
  open(): readonly Tunnel[];
  /** Those of one agent. */
  of(agentId: string): readonly Tunnel[];
  /** Breaks off every link of an agent. */
  end(agentId: string, why: LinkEnd): void;
  isConnected(agents: readonly string[], upstream: string): boolean;
  /** Asks the first of these agents that is there and serves the upstream; the next when nobody has seen the request. */
  ask(
    agents: readonly string[],
    operation: UpstreamOperation,
    body?: Readable,
    signal?: AbortSignal,
  ): Promise<UpstreamAnswer>;
}

interface Entry {
  readonly tunnel: Tunnel;
  readonly hello: Hello;
  name: string;
}

export function createLinks(): Links {
  const entries = new Map<Tunnel, Entry>();
  const of = (agentId: string) => [...entries.keys()].filter((tunnel) => tunnel.agentId === agentId);

  /** In the order of `agents`; of one agent, its newest process first, and there the link with least to do. */
  function candidates(agents: readonly string[], upstream: string): readonly Tunnel[] {
    const able = [...entries.values()].filter(
      ({ tunnel, hello }) => tunnel.isOpen() && hello.upstreams.includes(upstream),
    );
    return agents.flatMap((name) => {
      const own = able.filter((entry) => entry.name === name);
      const newest = own.reduce<Entry | undefined>(
        (a, b) => (a && a.tunnel.openedAt >= b.tunnel.openedAt ? a : b),
        undefined,
      );
      const rank = (entry: Entry) => (entry.hello.instance === newest?.hello.instance ? 0 : 1e6) + entry.tunnel.busy();
      return own.toSorted((a, b) => rank(a) - rank(b)).map(({ tunnel }) => tunnel);
    });
  }

  return {
    add(agent, hello, tunnel) {
      const isFirst = of(agent.id).length === 0;
      entries.set(tunnel, { tunnel, hello, name: agent.name });
      return isFirst;
    },
    remove(tunnel) {
      return entries.delete(tunnel) && of(tunnel.agentId).length === 0;
    },
    rename(agentId, name) {
      for (const entry of entries.values()) if (entry.tunnel.agentId === agentId) entry.name = name;
    },
    health(agentId) {
      const tunnels = of(agentId).filter((tunnel) => tunnel.isOpen());
      if (tunnels.length === 0) return undefined;
      const trips = tunnels.map((tunnel) => tunnel.roundTrip()).filter((trip) => trip !== undefined);
      return {
        links: tunnels.length,
        requests: tunnels.reduce((sum, tunnel) => sum + tunnel.busy(), 0),
        connectedSince: Math.min(...tunnels.map(({ openedAt }) => openedAt)),
        addresses: [...new Set(tunnels.map(({ address }) => address))],
        ...(trips.length > 0 && { roundTrip: Math.min(...trips) }),
      };
    },
    count: (agentId) => of(agentId).length,
    open: () => [...entries.keys()],
    of,
    end(agentId, why) {
      for (const tunnel of of(agentId)) tunnel.end(why);
    },
    isConnected: (agents, upstream) => candidates(agents, upstream).length > 0,
    async ask(agents, operation, body, signal) {
      for (const tunnel of candidates(agents, operation.address.upstream)) {
        const answer = await tunnel.ask(operation, body, signal);
        if (answer.outcome !== 'broken') return answer;
        if (answer.sent || signal?.aborted || body?.destroyed || body?.readableDidRead) {
          return { outcome: 'unavailable', detail: 'the link to the agent broke', sent: answer.sent };
        }
      }
      return { ...NO_AGENT };
    },
  };
}

const NO_AGENT = {
  outcome: 'unavailable',
  detail: 'the agent for this repository is not connected',
  sent: false,
  noAgent: true,
} as const;
