// The agent as a process of its own: joins if it must, then keeps its links open until it is told to stop. It listens
// nowhere.
import { randomBytes } from 'node:crypto';
import { parseJoinToken } from '../../domain/join-token.ts';
import { LINK_ENDS } from '../../protocol/agent-link.ts';
import type { Agent } from '../agent.ts';
import type { AgentLog } from '../log.ts';
import { DialError, type GatewayPlace } from './connect.ts';
import { type Dialling, dialGateway } from './dial.ts';
import { IdentityError, type LinkIdentity, loadIdentity, saveIdentity } from './identity.ts';
import { digestOfToken, isPinned, joinGateway } from './join.ts';

export interface LinkSettings {
  readonly name: string;
  readonly gateway: GatewayPlace;
  readonly stateDir: string;
  /** Digest of the gateway's authority; absent = the join token's. */
  readonly pin?: string;
  /** Links open at once. */
  readonly links: number;
  readonly pingMs: number;
}

export interface RunOptions {
  readonly settings: LinkSettings;
  readonly agent: Agent;
  /** Names of the upstreams it serves. */
  readonly upstreams: readonly string[];
  readonly version: string;
  readonly log: AgentLog;
  /** The join token, if there is one; asked at start alone. */
  joinToken(): Promise<string | undefined>;
}

export interface RunningAgent {
  /** Resolves when the gateway knows this agent. */
  readonly ready: Promise<void>;
  /** Resolves after stop(); rejects with IdentityError when the gateway takes this agent's certificate no longer. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 20_000;

/** Starts; rejects with IdentityError when this agent cannot even begin, with DialError when joining has to wait. */
export async function runAgent(options: RunOptions): Promise<RunningAgent> {
  const { settings, agent, upstreams, version, log } = options;
  const identity = await identityOf(options);
  const ready = Promise.withResolvers<void>();
  const dialling: Dialling = dialGateway({
    place: settings.gateway,
    identity,
    agent,
    hello: { version, instance: randomBytes(12).toString('hex'), upstreams },
    log,
    links: settings.links,
    pingMs: settings.pingMs,
    save: (renewed) => saveIdentity(settings.stateDir, renewed),
    onReady: ready.resolve,
  });
  return {
    ready: ready.promise,
    ended: dialling.ended.then((end) => {
      if (end !== undefined) {
        throw new IdentityError(
          `the gateway refuses this agent: ${LINK_ENDS[end]}; hint: \`sallyport agent-token create ${settings.name}\` there, put the token where agent.joinToken says, start again`,
        );
      }
    }),
    async stop() {
      await dialling.stop(STOP_GRACE_MS);
      await agent.close();
    },
  };
}

/** What was kept, or what a join token that was not used yet gives. */
async function identityOf(options: RunOptions): Promise<LinkIdentity> {
  const { settings, version, log } = options;
  const { gateway: place, name, stateDir, pin } = settings;
  const known = loadIdentity(stateDir);
  const token = await options.joinToken();
  const parsed = token === undefined ? undefined : parseJoinToken(token);
  const isNew = parsed !== undefined && digestOfToken(parsed) !== known?.joinedWith;
  if (known !== undefined && !isNew) {
    if (pin !== undefined && !isPinned(known.authority, pin)) {
      throw new IdentityError(
        'agent.pin is not the gateway that this agent joined; hint: remove its state to join anew',
      );
    }
    return known;
  }
  if (token === undefined) {
    throw new IdentityError(
      `this agent has not joined: neither ${stateDir} nor agent.joinToken has anything; hint: \`sallyport agent-token create ${name}\` on the gateway`,
    );
  }
  const identity = await joinGateway({ place, token, name, version, ...(pin !== undefined && { pin }) });
  saveIdentity(stateDir, identity);
  log.info({ agent: identity.agent, name }, 'joined the gateway');
  return identity;
}

export { DialError, IdentityError };
