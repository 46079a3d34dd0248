// What agents look like to the outside: the API's answers and the command line's --json.
import { z } from 'zod';
import type { EnrolledAgent } from '../../domain/enrolment.ts';
import type { AgentHealth } from '../agent-link/links.ts';
import { formatTime } from './push-json.ts';

const time = z.iso.datetime();

export const agentJson = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(['connected', 'away', 'revoked']),
  joinedAt: time,
  lastSeenAt: time.optional(),
  revokedAt: time.optional(),
  version: z.string().optional(),
  upstreams: z.array(z.string()).describe('as its own configuration lists them'),
  certificateExpiresAt: time,
  health: z
    .object({
      links: z.number(),
      requests: z.number().describe('under way'),
      connectedSince: time,
      addresses: z.array(z.string()),
      roundTripMs: z.number().optional(),
    })
    .optional(),
});

export const newJoinTokenJson = z.object({
  id: z.string(),
  agent: z.string(),
  expiresAt: time,
  token: z.string().describe('the text itself, shown this once'),
});

export function agentToJson(agent: EnrolledAgent, health: AgentHealth | undefined): z.infer<typeof agentJson> {
  return {
    id: agent.id,
    name: agent.name,
    state: agent.revokedAt !== undefined ? 'revoked' : health === undefined ? 'away' : 'connected',
    joinedAt: formatTime(agent.joinedAt),
    ...(agent.lastSeenAt !== undefined && { lastSeenAt: formatTime(agent.lastSeenAt) }),
    ...(agent.revokedAt !== undefined && { revokedAt: formatTime(agent.revokedAt) }),
    ...(agent.version !== undefined && { version: agent.version }),
    upstreams: [...agent.upstreams],
    certificateExpiresAt: formatTime(agent.certificateExpiresAt),
    ...(health && { health: healthToJson(health) }),
  };
}

function healthToJson({ links, requests, connectedSince, addresses, roundTrip }: AgentHealth) {
  return {
    links,
    requests,
    connectedSince: formatTime(connectedSince),
    addresses: [...addresses],
    ...(roundTrip !== undefined && { roundTripMs: Math.round(roundTrip * 1000) / 1000 }),
  };
}
