// The port UpstreamAgent as the conversations see it: whoever serves an upstream, in this process or behind a link.
import type { UpstreamAgent } from '../../domain/ports.ts';
import type { Links } from './links.ts';

export interface RouterOptions {
  /** The names of the agents that serve an upstream, best first; absent: the embedded one does. */
  readonly agentsOf: ReadonlyMap<string, readonly string[]>;
  readonly embedded: UpstreamAgent;
  readonly links: Pick<Links, 'ask' | 'isConnected'>;
}

export function routeToAgents({ agentsOf, embedded, links }: RouterOptions): UpstreamAgent {
  return {
    async advertise(service, request) {
      const agents = agentsOf.get(request.address.upstream);
      if (agents === undefined) return embedded.advertise(service, request);
      return links.ask(agents, { operation: 'advertise', service, ...asked(request) }, undefined, request.signal);
    },
    async uploadPack(request) {
      const agents = agentsOf.get(request.address.upstream);
      if (agents === undefined) return embedded.uploadPack(request);
      return links.ask(agents, { operation: 'upload-pack', ...asked(request) }, request.body, request.signal);
    },
    async receivePack(request) {
      const agents = agentsOf.get(request.address.upstream);
      if (agents === undefined) return embedded.receivePack(request);
      const { length, body, signal } = request;
      return links.ask(agents, { operation: 'receive-pack', ...asked(request), length }, body, signal);
    },
    isConnected({ upstream }) {
      const agents = agentsOf.get(upstream);
      return agents === undefined || links.isConnected(agents, upstream);
    },
  };
}

function asked({
  address,
  gitProtocol,
}: Parameters<UpstreamAgent['uploadPack']>[0] | Parameters<UpstreamAgent['advertise']>[1]) {
  return { address, ...(gitProtocol !== undefined && { gitProtocol }) };
}
