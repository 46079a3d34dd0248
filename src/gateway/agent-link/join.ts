// What an agent without a certificate may ask: to join, with a token that is good once, and what the time is.
import { createPublicKey, verify } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { AgentAuthority } from '../../adapters/keys/agent-authority.ts';
import type { Log } from '../../adapters/log/log.ts';
import type { AgentStore, Clock, Trail } from '../../domain/ports.ts';
import { hashTokenText, isTokenText, randomBase62 } from '../../domain/token-text.ts';
import { type JoinRequest, type KeyProof, PROOF_LABEL, parseJoinRequest } from '../../protocol/agent-link.ts';
import { sourceOf } from '../../protocol/source-address.ts';
import type { AttemptLimit } from '../api/attempt-limit.ts';

export interface JoinDeps {
  readonly agents: AgentStore;
  readonly authority: AgentAuthority;
  readonly trail: Pick<Trail, 'append'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly certificateLife: number;
  readonly attempts: AttemptLimit;
  /** An agent of this id has a new certificate; links on earlier ones are over. */
  onJoined(id: string): void;
}

const MAX_BODY_BYTES = 16 * 1024;

/** Answers one request of a joining agent, and closes its connection. */
export function answerJoin(deps: JoinDeps, request: IncomingMessage, response: ServerResponse): void {
  const reply = (status: number, text: string) => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(text);
  };
  if (request.method === 'GET' && request.url === '/time') {
    reply(200, JSON.stringify({ now: deps.clock.now() }));
    return;
  }
  if (request.method !== 'POST' || request.url !== '/join') {
    reply(404, 'agents join with POST /join');
    return;
  }
  read(request)
    .then(async (text) => {
      const result = await join(deps, request, text);
      if (typeof result !== 'string') return reply(200, JSON.stringify(result));
      await noteRefusal(deps, request, result);
      reply(403, result);
    })
    .catch((error: unknown) => {
      deps.log.error({ error }, 'an agent could not join');
      reply(503, 'agents cannot join now');
    });
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  request.setEncoding('utf8');
  for await (const part of request as AsyncIterable<string>) {
    text += part;
    if (text.length > MAX_BODY_BYTES) break;
  }
  return text;
}

/** What the agent gets, or why it gets nothing. */
async function join(deps: JoinDeps, request: IncomingMessage, text: string) {
  const { agents, authority, clock, attempts } = deps;
  const now = clock.now();
  const address = request.socket.remoteAddress ?? '';
  if (attempts.waitFor(address, now) > 0) return 'too many attempts, try again later';
  const asked = text.length > MAX_BODY_BYTES ? undefined : parseJoinRequest(text);
  if (asked === undefined || !isProvenOn(request, asked)) return 'the request to join is malformed';
  const hash = isTokenText(asked.token) ? hashTokenText(asked.token) : '';
  const token = await agents.findJoinToken(hash);
  if (token === undefined) return 'this join token is not known';
  if (token.usedAt !== undefined) return 'this join token was used already; hint: make another one';
  if (token.expiresAt <= now) return 'this join token is over; hint: make another one';
  const before = await agents.findByName(token.agent);
  const id = before?.id ?? `agent-${randomBase62(12)}`;
  const { pem, ...certificate } = authority.issue({ id, publicKey: asked.publicKey, now, life: deps.certificateLife });
  const agent = await agents.join(
    hash,
    { id, certificate },
    {
      type: 'agent.joined',
      body: {
        agent: id,
        name: token.agent,
        token: token.id,
        certificate: certificate.fingerprint,
        until: certificate.expiresAt,
        address: sourceOf(address),
        version: asked.version,
        ...(before && { again: true }),
      },
    },
  );
  // Somebody else was quicker with the same token, or with the name.
  if (agent === undefined) return 'this join token was used already; hint: make another one';
  if (before !== undefined) deps.onJoined(id);
  deps.log.info({ agent: agent.name }, 'an agent has joined');
  return { agent: id, name: agent.name, certificate: pem };
}

function isProvenOn(request: IncomingMessage, asked: JoinRequest): boolean {
  const { socket } = request;
  return socket instanceof TLSSocket && isProven(asked, socket.exportKeyingMaterial(32, PROOF_LABEL, Buffer.alloc(0)));
}

/** Whether whoever sent this key has its private half, on the connection that `binding` stands for. */
export function isProven({ publicKey, proof }: KeyProof, binding: Buffer): boolean {
  try {
    const key = createPublicKey(publicKey);
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    // 3072 to 8192: larger ones would only cost us time.
    if (key.asymmetricKeyType !== 'rsa' || bits < 3072 || bits > 8192) return false;
    return verify('sha256', binding, key, Buffer.from(proof, 'base64'));
  } catch {
    return false;
  }
}

async function noteRefusal(deps: JoinDeps, request: IncomingMessage, why: string): Promise<void> {
  const address = request.socket.remoteAddress ?? '';
  deps.log.warn({ address, why }, 'an agent may not join');
  if (deps.attempts.waitFor(address, deps.clock.now()) > 0) return;
  deps.attempts.failed(address, deps.clock.now());
  await deps.trail.append({ type: 'agent.refused', body: { why, address: sourceOf(address) } });
}
